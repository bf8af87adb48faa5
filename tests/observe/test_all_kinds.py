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
    "total": {"total": True},
    "pairs": {"pairs": True, "components": ["xx", "xz"]},
    "two_times": {"two_times": ["sites.x", "sites.y"], "lags": 4},
    "power": {"power": ["sites.x", "sites.y"]},
    "dynamic_structure": {"dynamic_structure": True, "axes": ["x"]},
    "response": {"response": ["sites.x", "sites.y"], "lags": 4},
    "correlations": {"correlations": True, "components": ["zz", "xy"]},
    "structure": {"structure": True, "components": ["xx", "xz"]},
}
"""A request of each kind, for a model of one spin and lattices of spins."""


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(REQUESTS)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_workers_and_later_rounds_change_nothing(kind: str, tmp_path) -> None:
    def of(trajectories: int) -> Sweep:
        observables = {"own": EXAMPLES[kind]}
        numerics = {"average": [0.5, 1.5], "samples": 11, "observables": observables}
        model = {"spin": 10, "lattice": {"chain": {"n": 4}}, "coupling": [0.4, 0, 0], "decay": 1.0}
        axes = {"g": {"sets": "model.decay", "values": [0.5, 1.5]}}
        return Sweep.from_dict(
            small(trajectories=trajectories, model=model, numerics=numerics, axes=axes)
        )

    run(of(512), tmp_path / "grown", Workers(0), quiet=True)
    run(of(1024), tmp_path / "grown", Workers(2), quiet=True)
    run(of(1024), tmp_path / "whole", Workers(0), quiet=True)
    assert merged_bytes(tmp_path / "grown") == merged_bytes(tmp_path / "whole")
    ds = twoqs.open(tmp_path / "whole")
    own = [name for name in ds.data_vars if str(name).startswith("own")]
    assert own
    assert all(np.isfinite(ds[name]).any() for name in own)
