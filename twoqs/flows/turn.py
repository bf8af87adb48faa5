"""A stage: every site turns about an axis of its own, all of them at once.

    s_i turns about u_i by   dt (h_i + sum_j M_ij p_j/c_ij + sum_q 2 g_q w_qi sum_j w_qj p_j/c_j)
                             + friction + sqrt(2 n_i dt) xi_i,        p_j = u_j.s_j.

All p are constant meanwhile, so that turns by the Hamiltonian alone are exact. Friction and noise
are those of jumps at each site, see `friction` and `jumps`. What a spin does to itself is s_j/m_j,
c_jj = m_j: products of two components of one spin need the division by the weight m of means. What
it does to other spins is s_j/c_ij, see `partners`. The m of a mode is 1, and what acts on a mode is
s_j itself. Modes turn about n, or are translated, see `mode`.

Reach: couplings reach neighbours, squares all sites, the rest the site itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.flows.friction import Arc, with_friction
from twoqs.flows.mode import moved
from twoqs.model.arrays import Floats, Ints

Parts: TypeAlias = tuple[tuple[int, Floats], ...]
"""Coefficients by the parameter that multiplies them: (column of the values, array)."""


class Draws(Protocol):
    """A random stream, such as `twoqs.flows.random.ReferenceStream`."""

    def four_point(self) -> Floats:
        """Numbers of unit variance with four values, shape (lane,)."""
        ...

    def four_points(self, count: int) -> Floats:
        """So many for each lane from one word, shape (count, lane)."""
        ...

    def word(self) -> NDArray[np.uint64]:
        """64 random bits of each lane, shape (lane,)."""
        ...


@dataclass(frozen=True, eq=False)
class Turn:
    """A stage; rows are the sites that turn in it.

    Attributes:
        sites, axes: shape (row,), and u of shape (row, 3).
        translated: which rows are modes with their axis in the plane, shape (row,).
        free: whether any row is a mode or an ensemble, whose length is not restored.
        fields: h, shape (row,).
        couplings: (column, M_ij/c_ij over rows), sparse.
        squares: (column, 2 g, w of shape (row,), w/c).
        drags: friction f of shape (row, 3), over m: turns speed up by f.s.
        noises: n, shape (row,).
    """

    sites: Ints
    axes: Floats
    translated: NDArray[np.bool_]
    free: bool
    fields: Parts = ()
    couplings: tuple[tuple[int, scipy.sparse.csr_array], ...] = ()
    squares: tuple[tuple[int, float, Floats, Floats], ...] = ()
    drags: Parts = ()
    noises: Parts = ()

    @property
    def noisy(self) -> Ints:
        """Rows that take a random number."""
        some = sum((n != 0 for _, n in self.noises), np.zeros(len(self.sites), dtype=np.bool_))
        return np.flatnonzero(some)


def weighted_sum(parts: Parts, values: Floats) -> Floats:
    """The sum of all parts times their values."""
    return np.asarray(sum(values[column] * part for column, part in parts))


def field(flow: Turn, s: Floats, values: Floats) -> Floats:
    """The field along the axis of each row, shape (row, lane), from s of shape (3, row, lane)."""
    p = np.einsum("ra,arl->rl", flow.axes, s)
    along = np.zeros_like(p)
    if flow.fields:
        along += weighted_sum(flow.fields, values)[:, None]
    for column, matrix in flow.couplings:
        along += values[column] * (matrix @ p)
    for column, strength, form, divided in flow.squares:
        along += values[column] * strength * form[:, None] * (divided @ p)
    return along


def turn_sites(
    state: Floats, flow: Turn, duration: float, values: Floats, fine: bool, stream: Draws
) -> None:
    """Turn `state`, of shape (3, site, lane), in place.

    Args:
        duration: dt.
        values: of the parameters, shape (parameter,).
        fine: series of the rotation.
    """
    s = state[:, flow.sites]
    angle = duration * field(flow, s, values)
    if flow.noises:
        size = np.sqrt(2 * duration * weighted_sum(flow.noises, values))
        for row in flow.noisy.tolist():
            angle[row] += size[row] * stream.four_point()
    if flow.drags:
        arc = Arc.of(weighted_sum(flow.drags, values), flow.axes, s)
        angle = with_friction(angle, duration, [(1.0, arc)], fine)
    state[:, flow.sites] = moved(s, flow.axes, angle, flow.translated, fine, flow.free)
