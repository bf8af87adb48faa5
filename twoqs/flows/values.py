"""Values of the parameters in the steps of a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.flows.generators import Channel, Generators, LocalJump
from twoqs.model.arrays import Floats


def checked_values(generators: Generators, values: Any) -> Floats:
    """Values of shape (step, parameter) that a run can take.

    Raises:
        ArgumentError: if they are not finite numbers of this shape with 1 in column 0, or if a
            parameter of a rate is negative in any step.
    """
    count = generators.parameters
    try:
        given = np.array(values, dtype=float)
    except (TypeError, ValueError):
        given = np.zeros(0)
    fits = given.ndim == 2 and len(given) > 0 and given.shape[1] == count
    fits = fits and bool(np.all(np.isfinite(given)))
    if not fits:
        raise ArgumentError.of("values", f"be finite, of shape (step, {count})", values)
    require(bool(np.all(given[:, 0] == 1)), "values", "be 1 in column 0", given[:, 0])
    jumps: list[LocalJump | Channel] = [*generators.local, *generators.channels]
    for column in sorted({jump.parameter for jump in jumps}):
        least = float(given[:, column].min())
        require(least >= 0, "values", f"not be negative in column {column}, a rate", least)
    return given
