"""Every kind of request: its records merge, and are the same for any workers, to the bit."""

from __future__ import annotations

from typing import Any

import pytest
from sweeps import merged_bytes, sweep

from twoqs.observe import REQUESTS
from twoqs.run.run import Workers, run

EXAMPLES: dict[str, dict[str, Any]] = {
    "total": {"total": True},
    "pairs": {"pairs": True, "components": ["xx", "xz"]},
    "structure": {"structure": True, "components": ["xx", "xz"]},
    "correlations": {"correlations": True, "components": ["zz", "xy"]},
    "two_times": {"two_times": ["sites.x", "sites.y"], "lags": 4},
    "power": {"power": ["sites.x", "sites.y"]},
    "dynamic_structure": {"dynamic_structure": True, "axes": ["x"]},
    "response": {"response": ["sites.x", "sites.y"], "lags": 4},
}
"""What files have of each kind, for one spin S = 10; or for another model, if CHANGES says so."""

LATTICE: dict[str, Any] = {
    "model": {
        "spin": 10, "lattice": {"chain": {"n": 4}}, "coupling": [0.4, 0, 0], "decay": 1.0,
    },
    "axes": {"g": {"sets": "model.decay", "values": [0.5, 1.5]}},
}  # fmt: skip
IN_WINDOW = {"numerics": {"average": [0.5, 1.5], "samples": 11}, **LATTICE}

CHANGES: dict[str, dict[str, Any]] = {
    "pairs": LATTICE,
    "structure": LATTICE,
    "correlations": IN_WINDOW,
    "two_times": IN_WINDOW,
    "power": IN_WINDOW,
    "dynamic_structure": IN_WINDOW,
    "response": IN_WINDOW,
}
"""Changes of the sweep for kinds that are of lattices or windows."""


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(REQUESTS)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_half_and_half_and_two_workers_equal_one_run(kind: str, tmp_path: Any) -> None:
    asked = CHANGES.get(kind, {}) | {"numerics__observables": {"own": EXAMPLES[kind]}}
    run(sweep(**asked), tmp_path / "whole", Workers(0), quiet=True)
    run(sweep(trajectories=256, **asked), tmp_path / "halves", Workers(0), quiet=True)
    run(sweep(**asked), tmp_path / "halves", Workers(2), quiet=True)
    assert merged_bytes(tmp_path / "halves") == merged_bytes(tmp_path / "whole")
