"""Values of symbols along trajectories: each variable and each product is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.pieces import Complexes
from twoqs.observe.polynomial import Exponents
from twoqs.observe.sums import Symbolic
from twoqs.observe.variables import (
    AtSite,
    OverPairs,
    OverSites,
    PhaseMonomial,
    PhaseVariable,
    place_of,
)

BLAS_WEIGHTS = 2048
"""Numbers of a matrix that BLAS multiplies by one thread; for larger ones `einsum` is no slower."""


class SumsOfMember(NamedTuple):
    """Sums over the sites of a member of products of components, by matrix products.

    Attributes:
        first, last: of its sites, the last one excluded.
        powers: for each product that of one component less, or -1, and the component.
        sums: for some of the products their number, the first row of the results, and the weights,
            shape (row, site).
    """

    first: int
    last: int
    powers: tuple[tuple[int, int], ...]
    sums: tuple[tuple[int, int, Floats], ...]


class Features:
    """Symbols together, ready to be evaluated.

    Rows of one array hold 1, the variables, and products of a row and a variable, shorter ones
    first; each symbol is a linear form of the rows.

    Attributes:
        n_symbols: how many there are.
        n_sites: of the model.
    """

    def __init__(self, symbols: Sequence[Symbolic], n_sites: int) -> None:
        self.n_symbols, self.n_sites = len(symbols), n_sites
        rows: dict[PhaseMonomial, int] = {(): 0}
        variables = {v for symbol in symbols for monomial in symbol for v in monomial}
        for variable in sorted(variables, key=place_of):
            rows[variable,] = len(rows)
        self._plan_variables([monomial[0] for monomial in rows if monomial])
        self._plan_products(symbols, rows)
        self._count = len(rows)
        coefficients = np.zeros((len(symbols), len(rows)), dtype=np.complex128)
        for i, symbol in enumerate(symbols):
            for monomial, value in symbol.items():
                coefficients[i, rows[monomial]] = value
        self._complex = bool(np.any(coefficients.imag))
        parts = [coefficients.real, coefficients.imag][: 1 + self._complex]
        self._coefficients = np.concatenate(parts)

    def values(self, bloch: Floats) -> Complexes:
        """The symbols of each trajectory, shape (symbol, lane).

        Args:
            bloch: components x, y, z (of modes Re alpha, -Im alpha, |alpha|^2 - 1/2) and the length
                of the vector at each site, shape (4, site, lane); methods that keep it do without
                the length.
        """
        lanes = bloch.shape[2]
        rows = np.empty((self._count, lanes))
        rows[0] = 1.0
        if len(self._single):  # `clip`, as `take` would first make a copy that it can check
            flat, single = bloch.reshape(-1, lanes), rows[1 : 1 + len(self._single)]
            flat.take(self._single, axis=0, out=single, mode="clip")
        for member in self._members:
            _sum_sites(member, bloch, rows)
        for row, pairs in self._pairs:
            a, b = pairs.term.first, pairs.term.second
            left, right = bloch[a, pairs.pairs[:, 0]], bloch[b, pairs.pairs[:, 1]]
            rows[row] = weighted_sums(pairs.weights[None], left * right)[0]
        for start, stop, one, other in self._levels:
            left, right = rows.take(one, axis=0), rows.take(other, axis=0)
            np.multiply(left, right, out=rows[start:stop])
        result = np.empty((self.n_symbols, lanes), dtype=np.complex128)
        parts = weighted_sums(self._coefficients, rows)
        result.real = parts[: self.n_symbols]
        result.imag = parts[self.n_symbols :] if self._complex else 0.0
        return result

    def _plan_variables(self, variables: Sequence[PhaseVariable]) -> None:
        single = [one.axis * self.n_sites + one.site for one in variables
                  if isinstance(one, AtSite)]  # fmt: skip
        self._single = np.array(single, dtype=np.int64)
        numbered = list(enumerate(variables, start=1))
        self._pairs = [(row, one) for row, one in numbered if isinstance(one, OverPairs)]
        found: dict[tuple[int, int], dict[Exponents, list[tuple[int, OverSites]]]] = {}
        for row, one in numbered:
            if isinstance(one, OverSites):
                of_member = found.setdefault((one.first, one.count), {})
                of_member.setdefault(one.exponents, []).append((row, one))
        self._members = [
            _sums_of_member(first, count, sums) for (first, count), sums in found.items()
        ]

    def _plan_products(self, symbols: Sequence[Symbolic], rows: dict[PhaseMonomial, int]) -> None:
        """Rows for all products, and of the shorter ones that they are made of."""
        needed = {monomial[:n] for symbol in symbols for monomial in symbol
                  for n in range(2, len(monomial) + 1)}  # fmt: skip
        self._levels: list[tuple[int, int, Ints, Ints]] = []
        for length in range(2, max(map(len, needed), default=1) + 1):
            level = sorted((m for m in needed if len(m) == length),
                           key=lambda m: tuple(map(place_of, m)))  # fmt: skip
            start = len(rows)
            for monomial in level:
                rows[monomial] = len(rows)
            one = np.array([rows[monomial[:-1]] for monomial in level], dtype=np.int64)
            other = np.array([rows[monomial[-1:]] for monomial in level], dtype=np.int64)
            self._levels.append((start, len(rows), one, other))


def _sums_of_member(
    first: int, count: int, sums: dict[Exponents, list[tuple[int, OverSites]]]
) -> SumsOfMember:
    """The order in which products of components are made, each of one that is lower by one."""
    numbers: dict[Exponents, int] = {}
    powers: list[tuple[int, int]] = []

    def number(exponents: Exponents) -> int:
        if not any(exponents):
            return -1
        if exponents not in numbers:
            axis = max(i for i, power in enumerate(exponents) if power)
            lower = tuple(power - (i == axis) for i, power in enumerate(exponents))
            powers.append((number(lower), axis))  # type: ignore[arg-type]  # of length 4
            numbers[exponents] = len(powers) - 1
        return numbers[exponents]

    plan = []
    for exponents, rows in sums.items():
        weights = np.stack([np.array(one.weights) if one.weights else np.ones(count)
                            for _, one in rows])  # fmt: skip
        plan.append((number(exponents), rows[0][0], weights))
    return SumsOfMember(first, first + count, tuple(powers), tuple(plan))


def _sum_sites(member: SumsOfMember, bloch: Floats, rows: Floats) -> None:
    components = bloch[:, member.first : member.last]
    products: list[Floats] = []
    for lower, axis in member.powers:
        one = components[axis]
        products.append(one if lower < 0 else products[lower] * one)
    for number, row, weights in member.sums:
        rows[row : row + len(weights)] = weighted_sums(weights, products[number])


def weighted_sums(weights: Floats, values: Floats) -> Floats:
    """weights @ values, equal to the bit for any number of threads.

    BLAS shares large products among threads, and adds in another order then.
    """
    if weights.size <= BLAS_WEIGHTS:
        return np.dot(weights, values)
    return np.einsum("ri,il->rl", weights, values)
