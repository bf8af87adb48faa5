"""What requests of every kind promise: sums that merge, the same for any number of workers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sweeps import merged_bytes, small

import twoqs
from twoqs.execution.run import Workers, carry_out
from twoqs.observe import REQUESTS
from twoqs.sweep import Sweep

EXAMPLES: dict[str, Any] = {
    "expectation": {"expectation": "sites.z**2 + 1j*sites.x"},
    "total": {"total": True},
    "pairs": {"pairs": True, "components": ["xx", "xz"]},
    "two_times": {"two_times": ["sites.x", "sites.y"], "lags": 4},
    "power": {"power": "sites.y + sites.z"},
    "dynamic_structure": {"dynamic_structure": True, "axes": ["x"]},
    "response": {"response": ["sites.y + sites.z"] * 2, "lags": 8},
    "fluctuation_dissipation": {"fluctuation_dissipation": ["own_power", "own_response"]},
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
MODELS = {"chain": CHAIN, "one": ONE, "mode": MODE, "times": CHAIN}
OTHERS = {
    "coincidence": "one", "histogram": "one", "sphere": "one", "wigner": "mode",
    "trajectories": "times",
}  # fmt: skip
"""What of MODELS a kind is measured of, if not of the chain in a window."""

WITHOUT_HALVES = {
    "dynamic_structure", "fluctuation_dissipation", "g1", "g2", "homodyne", "power", "quanta",
    "spectrum",
}  # fmt: skip
"""Kinds whose pieces are longer than half of this window, or belong to no half of any."""


def test_every_kind_has_its_example() -> None:
    assert set(EXAMPLES) == set(REQUESTS) - {"measure"}  # which files do not have


def of(name: str, trajectories: int) -> Sweep:
    """A sweep of two points of a model that asks for all kinds that it has."""
    model = MODELS[name]
    asked = {f"own_{kind}": spec for kind, spec in EXAMPLES.items()
             if OTHERS.get(kind, "chain") == name}  # fmt: skip
    window: dict[str, Any] = {"average": [0.5, 1.5], "samples": 21}
    numerics = {"times": [0.5, 1.5]} if name == "times" else window
    numerics["observables"] = asked
    path = "model.parameters.f" if model is MODE else "model.decay"
    axes = {"g": {"sets": path, "values": [0.5, 1.5]}}
    return Sweep.from_dict(
        small(trajectories=trajectories, model=model, numerics=numerics, axes=axes)
    )


@pytest.mark.parametrize("name", MODELS)
def test_workers_and_later_rounds_change_nothing(name: str, tmp_path: Any) -> None:
    """All kinds of a model in one sweep: the merged bytes hold every sum of theirs."""
    carry_out(of(name, 512), tmp_path / "grown", Workers(0), quiet=True)
    carry_out(of(name, 1024), tmp_path / "grown", Workers(2, threads=True), quiet=True)
    carry_out(of(name, 1024), tmp_path / "whole", Workers(0), quiet=True)
    assert merged_bytes(tmp_path / "grown") == merged_bytes(tmp_path / "whole")
    ds = twoqs.open(tmp_path / "whole")
    for kind in EXAMPLES:
        if OTHERS.get(kind, "chain") != name:
            continue
        own = [one for one in ds.data_vars if str(one).startswith(f"own_{kind}")]
        assert own, kind
        for one in own:
            unknown = one.endswith("_drift") and kind in WITHOUT_HALVES
            unknown |= one.endswith(("_step", "_step_se"))  # twins have no sums of theirs
            assert unknown or np.isfinite(ds[one]).any(), one
