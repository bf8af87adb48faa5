"""What a product of components of one site is in phase space: a polynomial of its vector.

Averages of it are expectation values. docs/method.md derives the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from twoqs.errors import ArgumentError
from twoqs.methods.method import Method
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.members import Member
from twoqs.observe.ordering import Axes, symmetrised, wigner_symbol
from twoqs.observe.polynomial import (
    COMPONENT_POWERS,
    LENGTH,
    SQUARE,
    Polynomial,
    constant,
    expanded,
    laplacian,
    scaled,
    summed,
)

SiteSymbol: TypeAlias = Callable[[Axes], Polynomial]
"""The symbol of a product of components of one site, as it is written."""


def site_symbol(member: Member, method: Method) -> SiteSymbol:
    """The symbol of any site of a member, in the phase space of a method."""
    if member.kind == MODE:
        return of_mode
    weights = method.tensor_weights(member.spin)
    if not weights:
        return partial(_of_spin, _from_correspondence(method, member.spin))
    square = SQUARE if member.kind == ENSEMBLE else constant(member.spin * (member.spin + 1))
    if member.kind == ENSEMBLE:  # its vector has its own length: only the mean keeps its weight
        weights = (*weights[:2], *(float(rank <= 2 * member.spin) for rank in (2, 3, 4)))
    return partial(_of_spin, Tensors(weights, square))


def of_mode(word: Axes) -> Polynomial:
    """The symbol of products of a mode, exact: alpha = x - i y, and |alpha|^2 = z + 1/2."""
    parts = []
    for (p, q), value in wigner_symbol(word).items():
        both = min(p, q)
        alone: Polynomial = {COMPONENT_POWERS[0]: 1.0, COMPONENT_POWERS[1]: 1j if q > p else -1j}
        quanta: Polynomial = {COMPONENT_POWERS[2]: 1.0, **constant(0.5)}
        parts.append(scaled(expanded(*[quanta] * both, *[alone] * abs(p - q)), value))
    return summed(parts)


def _of_spin(symmetric: SiteSymbol, word: Axes) -> Polynomial:
    """The symbol of products of a spin, by those of symmetrised products."""
    return summed(scaled(symmetric(axes), value) for axes, value in symmetrised(word).items())


@dataclass(frozen=True)
class Tensors:
    """Symmetrised products of one spin by irreducible tensors.

    Attributes:
        weights: of tensors of rank 0 to 4.
        square: what stands for S^2.
    """

    weights: tuple[float, ...]
    square: Polynomial

    def __call__(self, word: Axes) -> Polynomial:
        """p(S), symmetrised, for p = h_k + r^2 h_(k-2) + r^4 h_(k-4) with harmonic polynomials h.

        r^2 h_l is a number times h_l(S), by the symmetry of rotations: S^2, S^2 - 1/3 and
        S^2 - 5/6 for l = 0, 1 and 2; r^4 is S^2 (S^2 - 1/3).
        """
        p = expanded(*({COMPONENT_POWERS[axis]: 1.0} for axis in word))
        rank, r2, w = len(word), self.square, self.weights
        if rank < 2:
            return scaled(p, w[rank])
        once = laplacian(p)
        if rank == 2:
            rest = scaled(once, 1 / 6)
            return summed([scaled(_less(p, expanded(r2, rest)), w[2]), expanded(r2, rest)])
        if rank == 3:
            rest = scaled(once, 1 / 10)
            trace = expanded(_less(r2, constant(1 / 3)), rest)
            return summed([scaled(_less(p, expanded(r2, rest)), w[3]), scaled(trace, w[1])])
        last = scaled(laplacian(once), 1 / 120)
        middle = _less(scaled(once, 1 / 14), scaled(expanded(r2, last), 20 / 14))
        top = _less(p, expanded(r2, middle), expanded(r2, r2, last))
        return summed([
            scaled(top, w[4]),
            scaled(expanded(_less(r2, constant(5 / 6)), middle), w[2]),
            expanded(r2, _less(r2, constant(1 / 3)), last),
        ])  # fmt: skip


def _less(one: Polynomial, *others: Polynomial) -> Polynomial:
    return summed([one, *(scaled(other, -1.0) for other in others)])


def _from_correspondence(method: Method, spin: float) -> SiteSymbol:
    """Up to second order by what a method says of means and squares.

    Its offset is linear in the mean length, which is that of each trajectory then.
    """
    spins = np.array([spin])
    order = method.correspondence(spins, np.zeros(1))
    offset = float(order.offset[0])
    slope = float(method.correspondence(spins, np.ones(1)).offset[0]) - offset

    def symbol(word: Axes) -> Polynomial:
        p = expanded(*({COMPONENT_POWERS[axis]: 1.0} for axis in word))
        if len(word) < 2:
            return scaled(p, float(order.mean[0]) ** len(word))
        if len(word) > 2:
            wanted = (
                "have at most two components of one spin in a product for the scheme "
                f'"{method.name}" (leave the scheme out: that on the sphere has four)'
            )
            raise ArgumentError.of("product", wanted, len(word))
        square = summed([constant(offset), scaled({LENGTH: 1.0}, slope)])  # type: ignore[dict-item]
        return summed([scaled(p, order.product), square if word[0] == word[1] else {}])

    return symbol
