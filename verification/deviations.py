"""How far runs are off exact results, in units of S and of S^2."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from twoqs.look.unphysical import spins

MEANS = ("sx", "sy", "sz")
SECOND = ("var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")


class Deviation(NamedTuple):
    """Largest deviation over times and members, and largest part beyond three standard errors.

    Attributes:
        means, second: of first moments in units of S, and of second ones in units of S^2.
        means_beyond, second_beyond: of the same, less three standard errors of each value.
    """

    means: float
    second: float
    means_beyond: float
    second_beyond: float

    def within(self, means: float, second: float) -> bool:
        """Whether both hold, with three standard errors on top."""
        return self.means_beyond < means and self.second_beyond < second


def off(found: xr.Dataset, exact: xr.Dataset) -> Deviation:
    """Deviation of the moments of single spins, all times and members of the run."""
    lengths = spins(found)
    rows = [
        [
            (np.abs(found[n] - exact[n]) / lengths**power, found[f"{n}_se"] / lengths**power)
            for n in names
        ]
        for names, power in ((MEANS, 1), (SECOND, 2))
    ]
    plain = [max(float(size.max()) for size, _ in row) for row in rows]
    beyond = [max(float((size - 3 * error).max()) for size, error in row) for row in rows]
    return Deviation(*plain, *beyond)


def apart(one: xr.Dataset, other: xr.Dataset, names: tuple[str, ...]) -> float:
    """Largest difference of some values of two runs, in its standard errors."""
    sizes = [np.abs(one[n] - other[n]) / np.hypot(one[f"{n}_se"], other[f"{n}_se"]) for n in names]
    return max(float(size.where(np.isfinite(size)).max()) for size in sizes)
