"""What the report says of a sweep is what was run."""

from __future__ import annotations

import json
from pathlib import Path

from sweeps import sweep

from twoqs.access import load
from twoqs.report.facts import _cases, _settings
from twoqs.run import Workers, run
from twoqs.sweep import Sweep

CASES = {"pda": {"numerics.scheme": "pda"}, "conserving": {"trajectories": 1024}}
"""In an order that is not that of the alphabet."""


def test_cases_have_their_own_trajectories(tmp_path: Path) -> None:
    run(sweep(axes__case={"cases": CASES}), tmp_path / "s", Workers(count=0), quiet=True)
    data = load(tmp_path / "s")
    noted = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    assert noted.dims == data.sz.dims[:2] == ("omega", "case")
    assert list(noted.axes[1].coordinates) == data.case.values.tolist() == list(CASES)
    rows = {row["scheme"]: row["trajectories"] for row in _cases(noted, data)}
    assert rows == {"pda": "512", "conserving": "1024"}
    assert dict(_settings(noted, data))["grid"] == "omega: 0.5, 1.5; case: pda, conserving"


def test_another_order_of_cases_is_merged_anew(tmp_path: Path) -> None:
    store = tmp_path / "s"
    for cases in (CASES, dict(reversed(CASES.items()))):
        run(sweep(axes__case={"cases": cases}), store, Workers(count=0), quiet=True)
        assert load(store).case.values.tolist() == list(cases)
