"""How far runs are off exact results: of spins in units of S and of S^2, of modes of quanta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr

from twoqs.look.unphysical import spins

MEANS = ("sx", "sy", "sz")
SECOND = ("var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")
AMPLITUDES = ("a_re", "a_im")
QUADRATURES = ("var_q", "var_p", "cov_qp")


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


class ModeDeviation(NamedTuple):
    """The same of modes, each as (largest, largest beyond three standard errors).

    Attributes:
        quanta: of n, over the largest n.
        amplitude: of Re <a> and Im <a>, over the root of the largest n, or 1.
        second: of the variances and the covariance of q and p, over the largest n, or 1.
    """

    quanta: tuple[float, float]
    amplitude: tuple[float, float]
    second: tuple[float, float]

    def within(self, quanta: float, amplitude: float, second: float) -> bool:
        """Whether all hold, with three standard errors on top."""
        found = (self.quanta[1], self.amplitude[1], self.second[1])
        return all(np.array(found) < (quanta, amplitude, second))


def off(found: xr.Dataset, exact: xr.Dataset) -> Deviation:
    """Deviation of the moments of single spins, all times and members of the run."""
    lengths = spins(found)
    (means, means_beyond), (second, second_beyond) = (
        _largest(found, exact, names, lengths**power) for names, power in ((MEANS, 1), (SECOND, 2))
    )
    return Deviation(means, second, means_beyond, second_beyond)


def off_modes(found: xr.Dataset, exact: xr.Dataset) -> ModeDeviation:
    """Deviation of the moments of modes, all times and modes of the run."""
    most = float(exact.n.max())
    units = {("n",): most, AMPLITUDES: max(1.0, most) ** 0.5, QUADRATURES: max(1.0, most)}
    return ModeDeviation(*(_largest(found, exact, names, unit) for names, unit in units.items()))


def _largest(
    found: xr.Dataset, exact: xr.Dataset, names: Iterable[str], unit: float | xr.DataArray
) -> tuple[float, float]:
    """The largest deviation of these values, and the largest beyond three standard errors."""
    rows = [(np.abs(found[n] - exact[n]) / unit, found[f"{n}_se"] / unit) for n in names]
    plain = max(float(size.max()) for size, _ in rows)
    return plain, max(float((size - 3 * error).max()) for size, error in rows)


def apart(one: xr.Dataset, other: xr.Dataset, names: tuple[str, ...]) -> float:
    """Largest difference of some values of two runs, in its standard errors."""
    sizes = [np.abs(one[n] - other[n]) / np.hypot(one[f"{n}_se"], other[f"{n}_se"]) for n in names]
    return max(float(size.where(np.isfinite(size)).max()) for size in sizes)
