"""Correlations at all distances along the first axis of a lattice, from power spectra."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.kernels.radices import fourier_plan, scratch_rows, waves_of
from twoqs.model.arrays import Floats
from twoqs.model.lattice import Lattice


class Spectrum:
    """Sums of products of spins at the distances of a lattice.

    Attributes:
        plan, scratch, power: what `twoqs.kernels.fourier.add_power` needs to add a sample; without
            any component of `power`, as for lattices without distances, it adds nothing.
    """

    def __init__(self, lattice: Lattice, components: int = 3) -> None:
        self._sites = lattice.shape[0] if components else 1
        self._distances = len(lattice.distances)
        # Open ends need padding, or the far end would wrap around.
        self.plan = fourier_plan(self._sites, padded=not lattice.periodic)
        self._waves = waves_of(self.plan.radices.tolist())
        self._folded = lattice.periodic and len(self._waves) > self._sites
        self.scratch = aligned((scratch_rows(self.plan), GROUP))
        self.power = np.zeros((components, ROWS, len(self._waves)))

    def take(self) -> Floats:
        """The sums since the last call, shape (row, 3, distance)."""
        found = self.so_far()
        self.power[:] = 0
        return found

    def so_far(self) -> Floats:
        """The same, which go on."""
        power = np.empty_like(self.power)
        power[:, :, self._waves] = self.power
        # The even part of the power belongs to both trajectories, and has a real transform.
        sums = np.fft.ifft(power).real
        kept = sums[:, :, : self._distances]
        if self._folded:
            # Padding cut the ring: what went round it the other way belongs to the rest.
            n, end = self._sites, self._sites - self._distances
            kept[:, :, 1:] += sums[:, :, n - 1 : end : -1]
        return np.moveaxis(kept, 1, 0)
