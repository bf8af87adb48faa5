"""A small sweep over members and parameters."""

from __future__ import annotations

import copy

SPEC = {
    "name": "two",
    "seed": 3,
    "trajectories": 256,
    "model": {
        "members": {"b": {"spin": 6}, "a": {"spin": 3}},
        "parameters": {"lam": 0.2, "kappa": 0.1},
        "hamiltonian": "lam*(a.x*b.x + a.y*b.y)",
        "jumps": [{"operator": "a.minus + b.minus", "rate": "kappa"}],
        "initial": {"a": "up"},
    },
    "numerics": {"times": [0, 0.5, 1], "step": 0.05, "observables": ["sites"]},
    "axes": {
        "lam": {"sets": "model.parameters.lam", "values": [0.1, 0.2], "units": "Gamma"},
        "S": {"sets": "model.members.a.spin", "values": [3, 4]},
        "case": {"cases": {"up": {}, "tilted": {"model.initial.a.coherent.theta": 0.4}}},
    },
}
"""Two by two by two points, a batch of 256 trajectories each."""


def changed(**changes) -> dict:
    """SPEC with other values at dotted paths, whose dots are written as two underscores."""
    spec = copy.deepcopy(SPEC)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = spec
        for key in parents:
            inner = inner[key]
        inner[last] = value
    return spec
