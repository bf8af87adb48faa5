"""Gaussian fluctuations about classical spins, modes and ensembles, by momenta.

Deviations delta from spins s that move by ds/dt = f(s) are Gaussian to leading order in 1/S, with
the symmetrised covariance C and the mean m_1 of

    dC/dt = J C + C J^T + D,    dm_1/dt = J m_1 + g(C) + R s,

where J = df/ds, D_ij = (g_i x) N_ij (g_j x)^T is the noise of the jump operators and R its drift in
the sense of Ito, R_i = (N_ii - tr N_ii)/2; g_i = sum_j <(K_ij delta_j) x delta_i>. As f is
quadratic, the equation of <S> = s + m_1 is exact but for C, and m_1 the whole of its correction of
relative order 1/S. A coherent state has C = S/2 on the plane across the spin, which is the vacuum
of Holstein and Primakoff's boson: its commutator is in C, and D and the damping keep it there.

Modes have g = (x, y, -1/2), C = 1/4 for x and y in the vacuum, and R_i s_i with N_ab E_a P E_b g/2,
E_a = e_a x and P = diag(1, 1, 0), which in the plane is damping by N_nn/2 and moves n by
(N_xx + N_yy)/4. What single members of ensembles do is linear: A is in J, and their noise in D.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from twoqs.model.arrays import Floats
from twoqs.theory.mean_field.equations import Precession
from twoqs.theory.mean_field.tangent import jacobian, on_sites, tangent
from twoqs.theory.mean_field.translations import Translations, of_one_cell, symbols

Symbols = NDArray[Any]
"""Matrices by momenta, shape (momentum, row, row); real if there is one momentum only."""

BATCHED = 6
"""Rows of matrices up to which all Lyapunov equations are solved in one call; SciPy takes them one
by one."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The equations of fluctuations that translations leave alone.

    Attributes:
        cells: the translations.
        cell: mean-field equations of a cell.
        coupling, noise: K(q) and N(q), shape (momentum, 3 basis, 3 basis).
        ito: R of each site of a cell, shape (basis, 3, 3).
        heating: what noise adds to n of modes, shape (3, basis).
    """

    cells: Translations
    cell: Precession
    coupling: Symbols
    noise: Symbols
    ito: Floats
    heating: Floats

    @classmethod
    def of(cls, precession: Precession, cells: Translations) -> Gaussian:
        """The equations about those of mean field."""
        own = precession.noise.of_sites()[cells.home]
        drift = (own - np.trace(own, axis1=1, axis2=2)[:, None, None] * np.eye(3)) / 2
        modes, plane = precession.modes[cells.home], np.diag([1.0, 1.0, 0.0])
        drift[modes] = -own[modes, 2, 2, None, None] / 2 * plane
        heating = np.zeros((3, cells.basis))
        heating[2, modes] = (own[modes, 0, 0] + own[modes, 1, 1]) / 4
        return cls(
            cells,
            of_one_cell(precession, cells),
            symbols(precession.coupling, cells),
            symbols(precession.noise, cells),
            drift,
            heating,
        )

    def jacobian(self, s: Floats) -> Symbols:
        """J(q) for spins of a cell, shape (3, basis)."""
        return jacobian(self.cell, s, self.coupling)

    def diffusion(self, s: Floats) -> Symbols:
        """D(q) = (g x) N(q) (g x)^T, and the noise of single members."""
        g = self.cell.turned(s)
        turned = rows_crossed(g, np.swapaxes(rows_crossed(g, self.noise), -1, -2))
        found = np.asarray(np.swapaxes(turned, -1, -2))
        if self.cell.any_free:
            found = found + on_sites(self.cell.local_diffusion(s))
        return found

    def coupled(self, covariance: Symbols) -> Symbols:
        """K C."""
        if self.cells.n_cells > 1:
            return np.asarray(self.coupling @ covariance)
        basis = self.cells.basis  # sparse, where cells are large
        return np.asarray(
            (self.cell.coupling @ covariance.reshape(3, basis, -1)).reshape(covariance.shape)
        )

    def moved(self, s: Floats, covariance: Symbols, coupled: Symbols) -> Symbols:
        """J C, from K C."""
        cell, in_plane = self.cell, covariance
        if cell.any_modes:
            in_plane = cell.in_plane(np.ones_like(s)).reshape(-1, 1) * covariance
        turned = rows_crossed(cell.turning(s), in_plane)
        found = turned - rows_crossed(cell.turned(s), coupled)
        if cell.any_free:
            found = found + on_sites(cell.relaxation) @ covariance
        return np.asarray(found)

    def force(self, s: Floats, coupled: Symbols) -> Floats:
        """g(C) + R s, shape (3, basis), from K C."""
        field = self.local(coupled)  # <(K delta)_a delta_b> at each site
        field[self.cell.modes, :, 2] = 0.0
        turned = np.stack([field[:, b, c] - field[:, c, b] for b, c in ((1, 2), (2, 0), (0, 1))])
        return np.asarray(turned + np.einsum("iab,bi->ai", self.ito, s) + self.heating)

    def local(self, covariance: Symbols) -> Floats:
        """Blocks of each site of a cell with itself, shape (basis, 3, 3)."""
        basis = self.cells.basis
        parts = np.mean(covariance, axis=0).real.reshape(3, basis, 3, basis)
        return np.asarray(np.einsum("aibi->iab", parts))

    def from_home(self, covariance: Symbols) -> Floats:
        """C between the sites of the first cell and all others, shape (basis, 3, site, 3)."""
        cells, basis = self.cells, self.cells.basis
        shape = (*cells.cells, 3, basis, 3, basis)
        axes = tuple(range(len(cells.cells)))
        # C(q) is of <delta_R delta_0^T>.
        by_cell = np.fft.ifftn(covariance.reshape(shape), axes=axes).real
        by_cell = by_cell.reshape(-1, 3, basis, 3, basis)
        found = np.empty((basis, 3, cells.sites.size, 3))
        found[:, :, cells.sites.reshape(-1, basis)] = by_cell.transpose(4, 3, 0, 2, 1)
        return found

    def between(self, covariance: Symbols) -> Floats:
        """C between all sites, shape (site, 3, site, 3)."""
        cells = self.cells
        n, basis = cells.sites.size, cells.basis
        home = self.from_home(covariance)
        found = np.empty((n, 3, n, 3))
        for cell in np.ndindex(*cells.cells):
            moved = np.roll(cells.sites, [-step for step in cell], range(len(cell)))
            there = np.empty(n, np.int64)
            there[cells.sites.ravel()] = moved.ravel()
            for place in range(basis):
                found[cells.sites[cell][place]][:, there] = home[place]
        return found

    def along(self, s: Floats, covariance: Symbols) -> Floats:
        """The mean of delta that C has with it, shape (3, basis).

        As <S_i.S_i> = S(S+1) for all states, (1/2 - tr C_ii/(2S)) s/S of spins; as n + 1/2 = x^2 +
        y^2, C_xx + C_yy - 1/2 along n of modes. Ensembles of any length have none.
        """
        cell, own = self.cell, self.local(covariance)
        fixed, found = ~(cell.modes | cell.free), np.zeros_like(s)
        spins = cell.spins[fixed]
        trace = np.trace(own[fixed], axis1=1, axis2=2)
        found[:, fixed] = s[:, fixed] / spins * (0.5 - trace / (2 * spins))
        found[2, cell.modes] = own[cell.modes, 0, 0] + own[cell.modes, 1, 1] - 0.5
        return found

    def lost(self, covariance: Symbols) -> Symbols:
        """R C + C R^T: damping by noise, of the next order in 1/S, that is left out of dC/dt."""
        basis = self.cells.basis
        parts = covariance.reshape(-1, 3, basis, 3 * basis)
        product = np.einsum("iab,qbim->qaim", self.ito, parts).reshape(covariance.shape)
        return np.asarray(product + adjoint(product))

    def next_order(self, s: Floats, mean: Floats, covariance: Symbols, lost: Symbols) -> float:
        """How small the next order is: the largest of tr C/S^2, |m_1|/S and, of C, what is lost.

        Modes have tr C/|a|^2 for the first ratio if anything depends on their n, and none if they
        are linear; and |m_1|/sqrt(|a|^2 + tr C) for the second.

        Args:
            mean: m_1, shape (3, basis).
            lost: what `lost` makes of C to first order.
        """
        cell = self.cell
        plane = cell.in_plane(np.ones_like(s)).T  # n follows from x and y
        traces, missing = (np.einsum("iaa,ia->i", self.local(c), plane) for c in (covariance, lost))
        shifts = np.linalg.norm(cell.in_plane(mean), axis=0)
        modes = cell.modes
        quanta, noise = np.sum(s[:2, modes] ** 2, axis=0), traces[modes]
        first, second = (np.empty(len(modes)) for _ in range(2))
        first[~modes] = traces[~modes] / cell.spins[~modes] ** 2
        second[~modes] = shifts[~modes] / cell.spins[~modes]
        with np.errstate(divide="ignore"):
            first[modes] = np.where(self._use_quanta, noise / quanta, 0.0)
        second[modes] = shifts[modes] / np.sqrt(quanta + noise)
        return float(np.max([first, second, np.abs(missing) / traces]))

    @cached_property
    def _use_quanta(self) -> NDArray[np.bool_]:
        """Which modes have something that depends on their n, shape (mode,)."""
        if not self.cell.any_modes:
            return np.zeros(0, bool)
        rows = self.coupling.reshape(len(self.coupling), 3, self.cells.basis, -1)
        return np.any(rows[:, 2][:, self.cell.modes] != 0, axis=(0, 2))

    def at_rest(self, s: Floats) -> tuple[Symbols, Floats, Symbols]:
        """C(q), m_1 of shape (3, basis) and what C lacks to first order, at a stable fixed point.

        Args:
            s: spins of a cell, shape (3, basis).
        """
        spanning, dual = tangent(self.cell, s)
        full = self.jacobian(s)
        drift = dual.T @ full @ spanning
        inner = steady_covariance(drift, dual.T @ self.diffusion(s) @ dual)
        covariance = np.asarray(spanning @ inner @ spanning.T)
        lost = spanning @ steady_covariance(drift, dual.T @ self.lost(covariance) @ dual)
        mean = self.along(s, covariance).ravel()
        force = self.force(s, self.coupled(covariance)).ravel()
        pull = dual.T @ (force + full[0].real @ mean)
        mean = mean - spanning @ np.linalg.solve(drift[0].real, pull)
        return covariance, mean.reshape(s.shape), np.asarray(lost @ spanning.T)


def rows_crossed(v: Floats, matrices: Symbols) -> Symbols:
    """(v_i x) M for the three rows of each site, v of shape (3, site)."""
    parts = matrices.reshape(*matrices.shape[:-2], *v.shape, matrices.shape[-1])
    x, y, z = (parts[..., a, :, :] for a in range(3))
    u, found = v[:, :, None], np.empty_like(parts)
    found[..., 0, :, :] = u[1] * z - u[2] * y
    found[..., 1, :, :] = u[2] * x - u[0] * z
    found[..., 2, :, :] = u[0] * y - u[1] * x
    return np.asarray(found.reshape(matrices.shape))


def adjoint(matrices: Symbols) -> Symbols:
    """Conjugate transposes."""
    return np.asarray(np.swapaxes(matrices, -1, -2).conj())


def steady_covariance(drift: Symbols, diffusion: Symbols) -> Symbols:
    """V of A V + V A^+ + D = 0 for each momentum, A stable."""
    rows = drift.shape[-1]
    if rows > BATCHED:
        pairs = zip(drift, diffusion, strict=True)
        found = np.array([solve_continuous_lyapunov(a, -d) for a, d in pairs])
    else:
        one = np.eye(rows)
        # Row by row, vec(A V + V A^+) = (A x 1 + 1 x A*) vec V.
        left = np.einsum("qab,cd->qacbd", drift, one)
        right = np.einsum("ab,qcd->qacbd", one, drift.conj())
        matrix = (left + right).reshape(-1, rows**2, rows**2)
        found = np.linalg.solve(matrix, -diffusion.reshape(-1, rows**2, 1)).reshape(drift.shape)
    return np.asarray((found + adjoint(found)) / 2)
