"""Correlations at all distances along the first axis of a lattice, from power spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.fourier import add_power
from twoqs.kernels.memory import aligned
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.kernels.radices import plan_of, scratch_rows, waves_of
from twoqs.lattice import Lattice

Floats = NDArray[np.float64]


class Spectrum:
    """Sums of products of spins at the distances of a lattice."""

    def __init__(self, lattice: Lattice) -> None:
        self._sites, self._distances = lattice.shape[0], len(lattice.distances)
        # Open ends need padding, or the far end would wrap around.
        self._plan = plan_of(self._sites, padded=not lattice.periodic)
        self._waves = waves_of(self._plan)
        self._folded = lattice.periodic and len(self._waves) > self._sites
        self._scratch = aligned((scratch_rows(self._plan), GROUP))
        self._power = np.zeros((3, ROWS, len(self._waves)))

    def add(self, bloch: Floats) -> None:
        """Add one sample; `bloch` has shape (3 or more, site, lane)."""
        add_power(bloch, self._plan, self._scratch, self._power)

    def take(self) -> Floats:
        """The sums since the last call, shape (row, 3, distance)."""
        power = np.empty_like(self._power)
        power[:, :, self._waves] = self._power
        self._power[:] = 0
        # The even part of the power belongs to both trajectories, and has a real transform.
        sums = np.fft.ifft(power).real
        kept = sums[:, :, : self._distances]
        if self._folded:
            # Padding cut the ring: what went round it the other way belongs to the rest.
            n, end = self._sites, self._sites - self._distances
            kept[:, :, 1:] += sums[:, :, n - 1 : end : -1]
        return np.moveaxis(kept, 1, 0)
