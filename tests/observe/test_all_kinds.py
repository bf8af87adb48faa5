"""What requests of every kind promise: sums that merge, the same for any number of workers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sweeps import merged_bytes, small

import twoqs
from twoqs.observe import REQUESTS
from twoqs.run.run import Workers, run
from twoqs.sweep import Sweep

EXAMPLES: dict[str, Any] = {
    "expectation": {"expectation": "sites.z**2 + 1j*sites.x"},
    "total": {"total": True},
    "pairs": {"pairs": True, "components": ["xx", "xz"]},
    "two_times": {"two_times": ["sites.x", "sites.y"], "lags": 4},
    "power": {"power": ["sites.x", "sites.y"]},
    "dynamic_structure": {"dynamic_structure": True, "axes": ["x"]},
    "response": {"response": ["sites.x", "sites.y"], "lags": 4},
    "correlations": {"correlations": True, "components": ["zz", "xy"]},
    "structure": {"structure": True, "components": ["xx", "xz"]},
    "flux": {"flux": "decay"},
    "coincidence": {"coincidence": "decay"},
    "field": {"field": "decay"},
    "spectrum": {"spectrum": "decay"},
    "homodyne": {"homodyne": "decay", "angle": "best"},
    "g1": {"g1": "decay"},
    "g2": {"g2": "decay"},
    "quanta": {"quanta": "decay"},
    "trajectories": {"trajectories": 300},
    "histogram": {"histogram": "spin.z", "bins": 10},
    "sphere": {"sphere": "spin", "l_max": 4},
    "wigner": {"wigner": "c", "bins": [-3, 3, 6]},
}
"""A request of each kind, for a chain of spins; or for what MODELS has."""

ONE: dict[str, Any] = {"spin": 10, "lattice": "single", "field": [0.4, 0, 0], "decay": 1.0}
MODE: dict[str, Any] = {
    "members": {"c": {"mode": {}}},
    "parameters": {"f": 1.0},
    "hamiltonian": "f*(c.a + c.adag)",
    "jumps": [{"operator": "c.a", "rate": 1.0}],
}
CHAIN: dict[str, Any] = ONE | {"lattice": {"chain": {"n": 4}}, "coupling": [0.4, 0, 0]}
MODELS = {"coincidence": ONE, "histogram": ONE, "sphere": ONE, "wigner": MODE}


def test_every_kind_has_its_example() -> None:
    assert set(EXAMPLES) == set(REQUESTS) - {"measure"}  # which files do not have


def of(kind: str, trajectories: int) -> Sweep:
    """A sweep of two points that asks for it."""
    model = MODELS.get(kind, CHAIN)
    path = "model.parameters.f" if model is MODE else "model.decay"
    window: dict[str, Any] = {"average": [0.5, 1.5], "samples": 21}
    numerics = {"times": [0.5, 1.5]} if kind == "trajectories" else window
    numerics["observables"] = {"own": EXAMPLES[kind]}
    axes = {"g": {"sets": path, "values": [0.5, 1.5]}}
    return Sweep.from_dict(
        small(trajectories=trajectories, model=model, numerics=numerics, axes=axes)
    )


@pytest.mark.parametrize("kind", EXAMPLES)
def test_workers_and_later_rounds_change_nothing(kind: str, tmp_path: Any) -> None:
    run(of(kind, 512), tmp_path / "grown", Workers(0), quiet=True)
    run(of(kind, 1024), tmp_path / "grown", Workers(2), quiet=True)
    run(of(kind, 1024), tmp_path / "whole", Workers(0), quiet=True)
    assert merged_bytes(tmp_path / "grown") == merged_bytes(tmp_path / "whole")
    ds = twoqs.open(tmp_path / "whole")
    own = [name for name in ds.data_vars if str(name).startswith("own")]
    assert own
    assert all(np.isfinite(ds[name]).any() for name in own)
