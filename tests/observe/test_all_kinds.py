"""Every kind of request: its records merge, and are the same for any workers, to the bit."""

from __future__ import annotations

from typing import Any

import pytest
from sweeps import merged_bytes, sweep

from twoqs.observe import REQUESTS
from twoqs.run.run import Workers, run

EXAMPLES: dict[str, dict[str, Any]] = {
    "total": {"total": True},
    "trajectories": {"trajectories": 300},
    "histogram": {"histogram": "spin.z", "bins": 10},
    "sphere": {"sphere": "spin", "l_max": 4},
    "wigner": {"wigner": "c", "bins": [-3, 3, 6]},
}
"""What files have of each kind, for one spin S = 10; or for a mode c, if CHANGES says so."""

CHANGES: dict[str, dict[str, Any]] = {
    "wigner": {
        "model": {
            "parameters": {"f": 1.0},
            "members": {"c": {"mode": {}}},
            "hamiltonian": "f*(c.a + c.adag)",
            "jumps": [{"operator": "c.a", "rate": 1.0}],
        },
        "axes": {"f": {"sets": "model.parameters.f", "values": [0.5, 1.5]}},
    },
    "sphere": {"axes": {"f": {"sets": "model.field.x", "values": [0.5, 1.5]}}},
}
"""Changes of the sweep for kinds that are of modes, or not of all schemes."""


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(REQUESTS)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_half_and_half_and_two_workers_equal_one_run(kind: str, tmp_path: Any) -> None:
    asked = {"numerics__observables": {"own": EXAMPLES[kind]}} | CHANGES.get(kind, {})
    run(sweep(**asked), tmp_path / "whole", Workers(0), quiet=True)
    run(sweep(trajectories=256, **asked), tmp_path / "halves", Workers(0), quiet=True)
    run(sweep(**asked), tmp_path / "halves", Workers(2), quiet=True)
    assert merged_bytes(tmp_path / "halves") == merged_bytes(tmp_path / "whole")
