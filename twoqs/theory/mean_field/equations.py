"""The equations of motion of a model without noise: classical spins, modes and ensembles.

Vectors s_i turn about fields that are linear in all of them,

    ds_i/dt = omega_i x g_i + A_i s_i + p_i,    omega = h + K s.

H = h.s + s^T K s/2 gives h and the symmetric part of K. A jump operator c = sum_j (a_j + i b_j).s_j
with the rate G gives friction, 2G (a b^T - b a^T) as a part of K, and noise: omega dt gets the
increments sqrt(2G) (a dW_2 - b dW_1), whose covariance is N dt, N = 2G (a a^T + b b^T).

Spins have g = s and keep their lengths S_i. Modes have s = (Re a, -Im a, n) and g = (x, y, -1/2),
as [x, y] = -i/2: they keep n = x^2 + y^2, and a linear mode is followed exactly. Ensembles of N
members with jump operators of their own are vectors of any length, with g = s and the Bloch
equations d<s>/dt = A <s> + p/N of one member, whose noise is that of `local_diffusion`.

These are the flows of `twoqs.flows` with vectors of the length S instead of sqrt(S(S+1)), with
the weight m of means set to 1, and n for its symbol n - 1/2: what is left out is smaller by 1/S.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twoqs.flows.generators import Generators
from twoqs.flows.relaxing import member_bloch
from twoqs.model.arrays import Floats
from twoqs.theory.mean_field.matrix import MatrixBuilder, SpinMatrix


def crossed(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
    """u x v of vectors along the first axis; for few spins much faster than NumPy's `cross`."""
    x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
    return np.stack([x, y, z])


@dataclass(frozen=True, eq=False)
class Precession:
    """The equations for given values of the parameters.

    Attributes:
        spins: S, N/2 of ensembles and 0 of modes, shape (site,).
        modes: which sites are modes, shape (site,).
        field: h, shape (3, site).
        coupling: K.
        noise: N.
        relaxation: A, shape (site, 3, 3); zero but for ensembles.
        pumping: p, shape (3, site), likewise.
    """

    spins: Floats
    modes: NDArray[np.bool_]
    field: Floats
    coupling: SpinMatrix
    noise: SpinMatrix
    relaxation: Floats
    pumping: Floats

    def turning(self, s: Floats) -> Floats:
        """omega, shape (3, site, lane), for spins of that shape, or both without lanes."""
        field = self.field.reshape(*self.field.shape, *(1,) * (s.ndim - 2))
        return np.asarray(field + self.coupling @ s)

    def turned(self, s: Floats) -> Floats:
        """g, of the shape of s."""
        if not self.any_modes:
            return s
        found = s.copy()
        found[2, self.modes] = -0.5
        return found

    def in_plane(self, deviations: NDArray[Any]) -> NDArray[Any]:
        """dg for ds of shape (3, site, ...): without n of modes."""
        if not self.any_modes:
            return deviations
        found = deviations.copy()
        found[2, self.modes] = 0.0
        return found

    def rate(self, s: Floats) -> Floats:
        """ds/dt, of the shape of s: (3, site, lane) or (3, site)."""
        found = crossed(self.turning(s), self.turned(s))
        if not self.any_free:
            return found
        pumping = self.pumping.reshape(*self.pumping.shape, *(1,) * (s.ndim - 2))
        return np.asarray(found + self.relaxed(s) + pumping)

    def change(self, s: Floats, deviations: Floats) -> Floats:
        """J ds for deviations of the shape of s, (3, site)."""
        moved = crossed(self.turning(s), self.in_plane(deviations))
        moved = moved + crossed(self.coupling @ deviations, self.turned(s))
        return np.asarray(moved + self.relaxed(deviations) if self.any_free else moved)

    def relaxed(self, s: NDArray[Any]) -> NDArray[Any]:
        """A s, shape (3, site, ...)."""
        return np.einsum("iab,bi...->ai...", self.relaxation, s)

    def local_diffusion(self, s: Floats) -> Floats:
        """Noise of single members at s, -N/4 (A + A^T) - (p s^T + s p^T)/N; shape (site, 3, 3)."""
        found = np.zeros_like(self.relaxation)
        here = self.free
        members = 2 * self.spins[here, None, None]
        a = self.relaxation[here]
        outer = np.einsum("ai,bi->iab", self.pumping[:, here], s[:, here]) / members
        found[here] = -members / 4 * (a + a.transpose(0, 2, 1)) - outer - outer.transpose(0, 2, 1)
        return found

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Which sites are ensembles of any length, shape (site,)."""
        return np.asarray(np.any(self.relaxation != 0, axis=(1, 2)))

    @cached_property
    def any_free(self) -> bool:
        """Whether there are any."""
        return bool(np.any(self.free))

    @cached_property
    def any_modes(self) -> bool:
        """Whether there are modes."""
        return bool(np.any(self.modes))

    @cached_property
    def scales(self) -> Floats:
        """What components are large or small beside, shape (3, site): S; |a| and |a|^2 of modes."""
        found = np.tile(self.spins, (3, 1))
        if self.any_modes:
            sizes = self._amplitudes()
            found[:, self.modes] = sizes, sizes, sizes**2
        return found

    def _amplitudes(self) -> Floats:
        """About how large modes become, at least 1, shape (mode,).

        |a| = F/w without Kerr terms, F the largest force of drives and spins, w the smaller
        singular value of the drift; and (F/K)^(1/3) at most with them.
        """
        modes = self.modes
        blocks, h = self.coupling.of_sites()[modes], self.field[:, modes]
        drift = np.array([
            [-blocks[:, 1, 0] / 2, -h[2] - blocks[:, 1, 1] / 2],
            [h[2] + blocks[:, 0, 0] / 2, blocks[:, 0, 1] / 2],
        ]).transpose(2, 0, 1)  # fmt: skip
        largest, slowest = np.linalg.svd(drift, compute_uv=False).T
        forces = self.coupling.bound(np.tile(self.spins, (3, 1)))[:, modes] + np.abs(h)
        force, kerr = np.hypot(forces[0], forces[1]) / 2, np.abs(blocks[:, 2, 2])
        with np.errstate(divide="ignore", invalid="ignore"):
            linear = np.where(slowest > 1e-9 * largest, force / slowest, self.spins.sum() ** 0.5)
            bounded = np.where(kerr > 0, np.cbrt(force / kerr), np.inf)
        return np.maximum(1.0, np.minimum(linear, bounded))

    def fastest(self) -> float:
        """Upper bound of rates at which anything of these scales turns or relaxes."""
        bound = self.coupling.bound(self.scales)
        turns = self._pace(self.field) + self._pace(bound)
        return float(np.max(turns + np.linalg.norm(self.relaxation, axis=(1, 2))))

    def _pace(self, omega: Floats) -> Floats:
        """|omega| of spins; modes are moved by half of it in the plane. Shape (site,)."""
        found = np.linalg.norm(omega, axis=0)
        if self.any_modes:
            x, y, n = omega[:, self.modes]
            found[self.modes] = np.abs(n) + np.hypot(x, y) / (2 * self.scales[0, self.modes])
        return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Equations:
    """The equations of a model, by the parameters that its terms are multiplied by."""

    parts: tuple[Precession, ...]

    @classmethod
    def of(cls, generators: Generators) -> Equations:
        """The equations of all terms; each column of the values is a part."""
        columns = range(generators.parameters)
        return cls(tuple(_part(generators, column) for column in columns))

    def at(self, values: Floats | None = None) -> Precession:
        """The equations for the values of a moment, shape (parameter,); all are 1 if left out."""
        given = np.ones(len(self.parts)) if values is None else values
        pairs = list(zip(given.tolist(), self.parts, strict=True))
        if len(pairs) == 1 and pairs[0][0] == 1.0:
            return pairs[0][1]
        return Precession(
            pairs[0][1].spins,
            pairs[0][1].modes,
            np.asarray(sum(value * part.field for value, part in pairs)),
            _sum([(value, part.coupling) for value, part in pairs]),
            _sum([(value, part.noise) for value, part in pairs]),
            np.asarray(sum(value * part.relaxation for value, part in pairs)),
            np.asarray(sum(value * part.pumping for value, part in pairs)),
        )


def _sum(pairs: list[tuple[float, SpinMatrix]]) -> SpinMatrix:
    return SpinMatrix(
        sparse.csr_array(sum(value * matrix.entries for value, matrix in pairs)),
        np.hstack([value * matrix.left for value, matrix in pairs]),
        np.hstack([matrix.right for _, matrix in pairs]),
    )


def _part(generators: Generators, column: int) -> Precession:
    """The terms of one column."""
    n = generators.n_sites
    field = np.zeros((3, n))
    for one in generators.fields:
        if one.parameter == column:
            field += one.vectors.T
    coupling, noise = MatrixBuilder(n), MatrixBuilder(n)
    _add_products(generators, column, coupling)
    _add_jumps(generators, column, coupling, noise)
    members = _members(generators, column)
    return Precession(
        generators.spins, generators.modes, field, coupling.matrix(), noise.matrix(), *members
    )


def _members(generators: Generators, column: int) -> tuple[Floats, Floats]:
    """A and p of all sites."""
    n = generators.n_sites
    relaxation, pumping = np.zeros((n, 3, 3)), np.zeros((3, n))
    for jump in generators.members:
        if jump.parameter == column:
            matrix, vector = member_bloch(jump.form)
            relaxation += jump.rates[:, None, None] * matrix
            pumping += 2 * generators.spins * jump.rates * vector[:, None]
    return relaxation, pumping


def _add_products(generators: Generators, column: int, coupling: MatrixBuilder) -> None:
    everywhere = np.arange(generators.n_sites)
    for bonds in generators.bonds:
        if bonds.parameter == column:
            first, second = bonds.pairs.T
            coupling.blocks(first, second, bonds.tensors)
            coupling.blocks(second, first, bonds.tensors.transpose(0, 2, 1))
    for onsite in generators.onsite:
        if onsite.parameter == column:
            coupling.blocks(everywhere, everywhere, 2 * onsite.tensors)
    for square in generators.squares:
        if square.parameter == column:
            form = square.form.T.ravel()
            coupling.outer(2 * square.strength * form, form)


def _add_jumps(
    generators: Generators, column: int, coupling: MatrixBuilder, noise: MatrixBuilder
) -> None:
    n = generators.n_sites
    for jump in generators.local:
        if jump.parameter == column:
            sites = np.flatnonzero(jump.rates)
            a, b = jump.form.real, jump.form.imag
            rates = 2 * jump.rates[sites, None, None]
            coupling.blocks(sites, sites, rates * (np.outer(a, b) - np.outer(b, a)))
            noise.blocks(sites, sites, rates * (np.outer(a, a) + np.outer(b, b)))
    for channel in generators.channels:
        if channel.parameter == column and channel.rate > 0:
            forms = np.zeros((3, n), dtype=complex)
            forms[:, channel.sites] = channel.forms.T
            a, b = forms.real.ravel(), forms.imag.ravel()
            coupling.outer(2 * channel.rate * a, b)
            coupling.outer(-2 * channel.rate * b, a)
            noise.outer(2 * channel.rate * a, a)
            noise.outer(2 * channel.rate * b, b)
