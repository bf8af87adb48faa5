"""Initial states by name, to begin with one after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping

from twoqs.model.states import SpinState, coherent, mixed

STARTS: Mapping[str, SpinState | str] = {
    "down": "down",
    "up": "up",
    "x": coherent(math.pi / 2),
    "y": coherent(math.pi / 2, math.pi / 2),
    "random": mixed(),
}
"""Initial states by name. Down and up may lie on one orbit of the mean field, and agree; x does not
as often, and random directions never do."""
