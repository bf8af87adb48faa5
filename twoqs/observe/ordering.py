"""Products of operators at one site in symmetric order, exactly, by their commutators."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import permutations
from typing import TypeAlias

from twoqs.model.language.components import CYCLIC, NUMBER

Axes: TypeAlias = tuple[int, ...]
"""A product of components of one site in its order: 0, 1, 2 for x, y, z (of a mode z is n)."""

WignerPolynomial: TypeAlias = Mapping[tuple[int, int], complex]
"""A polynomial in alpha and alpha*: coefficients by their powers."""

FACTORS = {0: ((0, 0.5), (1, 0.5)), 1: ((0, 0.5j), (1, -0.5j)), 3: ((0, 1.0),), 4: ((1, 1.0),)}
"""x, y, a and a^+ of a mode as sums of a (0) and a^+ (1): x = (a + a^+)/2, y = (a^+ - a)/(2i)."""

LOWER, RAISE = 3, 4


@lru_cache(maxsize=4096)
def symmetrised(word: Axes) -> Mapping[Axes, complex]:
    """A product of components of one spin as a sum of symmetrised products.

    Every order of the factors is a number of exchanges of neighbours away from the word. Each
    leaves a commutator, [S^a, S^b] = i eps_abc S^c, in a product that is shorter by one. The mean
    over all orders is the symmetrised product, and the commutators that are left are symmetrised
    in their turn.

    Returns:
        Coefficients by products whose axes are in order; each stands for the mean over all orders.
    """
    result: dict[Axes, complex] = {tuple(sorted(word)): 1.0}
    orders = set(permutations(word))
    for order in orders:
        for shorter, value in _exchanged(word, order):
            for axes, factor in symmetrised(shorter).items():
                result[axes] = result.get(axes, 0.0) + factor * value / len(orders)
    return {axes: value for axes, value in result.items() if value}


def _exchanged(word: Axes, order: Axes) -> list[tuple[Axes, complex]]:
    """What a product is beside the same one in another order: word = order + sum of these."""
    found, current = [], list(word)
    for i, axis in enumerate(order):
        for j in range(current.index(axis, i), i, -1):
            a, b = current[j - 1], current[j]
            if a != b:  # ... a b ... = ... b a ... + ... [a, b] ...
                c, sign = CYCLIC[a, b]
                found.append(((*current[: j - 1], c, *current[j + 1 :]), 1j * sign))
            current[j - 1], current[j] = b, a
    return found


@lru_cache(maxsize=4096)
def wigner_symbol(word: Axes) -> WignerPolynomial:
    """The Wigner function of a product of operators of one mode, a polynomial in alpha, alpha*.

    From the right, a f becomes alpha f + (df/dalpha*)/2, and a^+ f becomes
    alpha* f - (df/dalpha)/2; with n = a^+a that is exact at any order.
    """
    if not word:
        return {(0, 0): 1.0}
    first, rest = word[0], word[1:]
    if first == NUMBER:
        return wigner_symbol((RAISE, LOWER, *rest))
    result: dict[tuple[int, int], complex] = {}
    for which, factor in FACTORS[first]:
        for powers, value in wigner_symbol(rest).items():
            for more, part in _times(which, powers):
                result[more] = result.get(more, 0.0) + factor * value * part
    return {powers: value for powers, value in result.items() if value}


def _times(which: int, powers: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
    """a (0) or a^+ (1) times alpha^p alpha*^q."""
    p, q = powers
    if which == 0:
        return [((p + 1, q), 1.0), ((p, q - 1), q / 2)]
    return [((p, q + 1), 1.0), ((p - 1, q), -p / 2)]
