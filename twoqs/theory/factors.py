"""The Hilbert space of one site: a spin, a mode with a cut, an ensemble of two-level members.

An ensemble whose members have processes of their own leaves the symmetric states. As long as its
members are alike, its density matrix stays a mixture over the multiplets j = N/2, N/2 - 1, ...,
each alike in all its copies: |j, m><j, m'| are the only elements (Dicke states; Chase and Geremia,
PRA 78, 052101 (2008); PIQS). Their number of states, about (N/2 + 1)^2, is the dimension here.
"""

from __future__ import annotations

import math
import operator
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
import qutip
import scipy.sparse as sp
from numpy.typing import NDArray

from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.components import AXES
from twoqs.model.language.members import Member


class Factor(ABC):
    """One factor of a tensor product.

    Attributes:
        size: its dimension.
        components: S^x, S^y, S^z; of a mode x = (a + a^+)/2, y = (a^+ - a)/(2i) and n.
    """

    size: int
    components: tuple[qutip.Qobj, ...]

    def product(self, first: int, second: int) -> qutip.Qobj:
        """{U, V}/2 of two components."""
        one, other = self.components[first], self.components[second]
        return (one @ other + other @ one) / 2

    @property
    def labels(self) -> Ints:
        """Numbers of the states, shape (size,): between those of other numbers rho is zero."""
        return np.zeros(self.size, np.int64)


@dataclass(frozen=True)
class SpinFactor(Factor):
    """A spin S, or an ensemble in its symmetric states; the basis starts at m = +S."""

    spin: float

    @property
    def size(self) -> int:  # type: ignore[override]
        """2S + 1."""
        return round(2 * self.spin) + 1

    @cached_property
    def components(self) -> tuple[qutip.Qobj, ...]:  # type: ignore[override]
        """S^x, S^y, S^z."""
        return tuple(qutip.jmat(self.spin, axis) for axis in AXES)


@dataclass(frozen=True)
class ModeFactor(Factor):
    """A mode with at most `photons` quanta; the basis starts at the vacuum."""

    photons: int

    @property
    def size(self) -> int:  # type: ignore[override]
        """Number of levels."""
        return self.photons + 1

    @cached_property
    def components(self) -> tuple[qutip.Qobj, ...]:  # type: ignore[override]
        """x, y and n."""
        return tuple(self._cut(part) for part in self._beyond(1))

    def product(self, first: int, second: int) -> qutip.Qobj:
        """{U, V}/2, right up to the last level."""
        return (self.word((first, second)) + self.word((second, first))) / 2

    def word(self, axes: Sequence[int]) -> qutip.Qobj:
        """The product of components as it is written, right up to the last level."""
        parts = self._beyond(len(axes))
        return self._cut(reduce(operator.matmul, (parts[axis] for axis in axes)))

    @property
    def doubles(self) -> qutip.Qobj:
        """a^+ a^+ a a."""
        return qutip.qdiags(np.arange(self.size) * (np.arange(self.size) - 1.0), 0, dtype="CSR")

    def _beyond(self, levels: int) -> tuple[qutip.Qobj, ...]:
        """Components with so many levels more."""
        a = qutip.destroy(self.size + levels, dtype="CSR")
        return (a + a.dag()) / 2, 0.5j * (a - a.dag()), a.dag() @ a

    def _cut(self, larger: qutip.Qobj) -> qutip.Qobj:
        return qutip.Qobj(larger.data_as("csr_matrix")[: self.size, : self.size])


@dataclass(frozen=True)
class EnsembleFactor(Factor):
    """N two-level members in states |j, m>; the basis starts at j = m = N/2, as that of PIQS.

    Its first N + 1 states are those of a spin N/2.
    """

    members: int

    @property
    def spin(self) -> float:
        """N/2."""
        return self.members / 2

    @property
    def size(self) -> int:  # type: ignore[override]
        """Number of |j, m>."""
        return (self.members // 2 + 1) * ((self.members + 1) // 2 + 1)

    @cached_property
    def components(self) -> tuple[qutip.Qobj, ...]:  # type: ignore[override]
        """S^x, S^y, S^z, sums over the members."""
        lowered = self._operator(0, np.array([0.0, 1.0, 0.0]))
        return (
            (lowered + lowered.dag()) / 2,
            0.5j * (lowered - lowered.dag()),
            self._operator(0, np.array([0.0, 0.0, 1.0])),
        )

    @property
    def labels(self) -> Ints:
        """Number of the multiplet."""
        return np.round(self.spin - self._quantum_numbers[0]).astype(np.int64)

    def jumps(self, form: Complexes) -> list[qutip.Qobj]:
        """Collapse operators that have the effect of c_k = f.s_k of every member.

        sum_k c_k rho c_k^+ = sum_d w_d(j) T_d rho T_d^+ of the multiplet j, where T_d lead to the
        multiplets j + d, d = 0, -1, 1: one operator T_d sqrt(w_d) for each.

        Args:
            form: f, shape (3,).
        """
        raising, lowering = (form[0] - 1j * form[1]) / 2, (form[0] + 1j * form[1]) / 2
        parts = np.array([raising, lowering, form[2]])
        j, _ = self._quantum_numbers
        half = self.spin
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = {
                0: (half + 1) / (2 * j * (j + 1)),
                -1: (half + j + 1) / (2 * j * (2 * j + 1)),
                1: (half - j) / (2 * (j + 1) * (2 * j + 1)),
            }
        found = []
        for step, weight in weights.items():
            # Of j = 0 only the way up is left, for there T_0 and T_-1 are zero.
            root = np.sqrt(np.where((j > 0) | (step > 0), weight, 0.0))
            jump = self._operator(step, parts) @ qutip.qdiags(root, 0, dtype="CSR")
            if jump.data_as("csr_matrix").count_nonzero():
                found.append(jump)
        return found

    @cached_property
    def _quantum_numbers(self) -> tuple[Floats, Floats]:
        """j and m of every state."""
        lengths = self.spin - np.arange(self.members // 2 + 1)
        sizes = np.round(2 * lengths + 1).astype(int)
        j = np.repeat(lengths, sizes)
        pairs = zip(lengths, sizes, strict=True)
        return j, np.concatenate([length - np.arange(n) for length, n in pairs])

    def _operator(self, step: int, parts: NDArray[Any]) -> qutip.Qobj:
        """T_step of parts of s^+, s^- and s^z, from j to j + step."""
        j, m = self._quantum_numbers
        up, down = j - m, j + m
        elements = {
            0: (up * (down + 1), down * (up + 1), m),
            -1: (up * (up - 1), down * (down - 1), up * down),
            1: ((down + 1) * (down + 2), (up + 1) * (up + 2), (up + 1) * (down + 1)),
        }[step]
        signs = {0: (1, 1), -1: (1, -1), 1: (-1, 1)}[step]
        starts = np.flatnonzero(np.diff(j, prepend=math.inf))
        first = dict(zip(j[starts].tolist(), starts.tolist(), strict=True))
        total = sp.csr_matrix((self.size, self.size), dtype=complex)
        for part, change, square, sign in zip(
            parts, (1, -1, 0), elements, (*signs, 1), strict=True
        ):
            there_j, there_m = j + step, m + change
            inside = (np.abs(there_m) <= there_j) & (there_j <= self.spin) & (square != 0)
            value = square if (step, change) == (0, 0) else sign * np.sqrt(np.abs(square))
            origin = np.flatnonzero(inside)
            ends = [first[k] for k in there_j[inside].tolist()]
            rows = np.round(ends + there_j[inside] - there_m[inside]).astype(int)
            shape = (self.size, self.size)
            total = total + part * sp.csr_matrix((value[inside], (rows, origin)), shape=shape)
        return qutip.Qobj(total)


def factor_of(member: Member, processes: bool, photons: int) -> Factor:
    """The factor of each site of a member.

    Args:
        processes: whether members of an ensemble have processes of their own.
        photons: largest number of quanta of a mode.
    """
    if member.kind == MODE:
        return ModeFactor(photons)
    if member.kind == ENSEMBLE and processes:
        return EnsembleFactor(round(2 * member.spin))
    return SpinFactor(member.spin)
