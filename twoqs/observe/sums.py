"""The symbol of a product of sums over sites: exact where factors meet at one site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TypeAlias

import numpy as np

from twoqs.model.arrays import Floats
from twoqs.model.language.components import ALL, Component
from twoqs.observe.polynomial import ONE, Polynomial, product, scaled, summed
from twoqs.observe.site_symbols import SiteSymbol
from twoqs.observe.variables import AtSite, Monomial, OverSites, order_of

Block: TypeAlias = tuple[int, ...]
Symbolic: TypeAlias = Mapping[Monomial, complex]
"""A polynomial of variables: coefficients by monomials."""


@dataclass(frozen=True)
class MemberSymbols:
    """The symbols of products of components of one member.

    A sum over sites i, j, ... of products has other symbols where two of them are one site. With
    sigma_B that of the product of the factors B at one site, and kappa_B such that

        sigma_B = sum over partitions of B of the product of kappa_b over the blocks b,

    the symbol of the whole is sum over partitions of the product over the blocks of
    sum_i w_i kappa_b(s_i), w_i the product of the weights in the block: sums over sites without
    any restriction.

    Attributes:
        first, count: of the sites of the member.
        site_symbol: of the products at one of them.
    """

    first: int
    count: int
    site_symbol: SiteSymbol

    def of(self, word: Sequence[Component]) -> Symbolic:
        """The symbol of a product in its order."""
        units = _units(word, self.count)
        if len(units) == 1:
            return self._block(word, units, (0,), self._sigma(word, units, (0,)))
        total: dict[Monomial, complex] = {}
        for partition in partitions(len(units)):
            kappas = [self._kappa(word, units, block) for block in partition]
            factors = [self._block(word, units, *one)
                       for one in zip(partition, kappas, strict=True)]  # fmt: skip
            for monomial, value in multiplied(factors).items():
                total[monomial] = total.get(monomial, 0.0) + value
        return {monomial: value for monomial, value in total.items() if value}

    def _sigma(self, word: Sequence[Component], units: Sequence[Block], block: Block) -> Polynomial:
        positions = sorted(position for unit in block for position in units[unit])
        return self.site_symbol(tuple(word[position].axis for position in positions))

    def _kappa(self, word: Sequence[Component], units: Sequence[Block], block: Block) -> Polynomial:
        lower = [
            scaled(
                product(*(self._kappa(word, units, tuple(block[i] for i in part)) for part in one)),
                -1.0,
            )
            for one in partitions(len(block))
            if len(one) > 1
        ]
        return summed([self._sigma(word, units, block), *lower])

    def _block(
        self, word: Sequence[Component], units: Sequence[Block], block: Block, kappa: Polynomial
    ) -> Symbolic:
        """sum_i w_i kappa(s_i) over the sites that all factors of a block have."""
        components = [word[position] for unit in block for position in units[unit]]
        sites = {c.site for c in components if c.site != ALL}
        if self.count == 1:
            sites = {0}
        if len(sites) > 1:
            return {}
        weights = [np.array(c.weights) for c in components if c.weights]
        factor = np.multiply.reduce(weights) if weights else None
        if sites:
            (site,) = sites
            value = 1.0 if factor is None else float(factor[site])
            return _at_site(self.first + site, scaled(kappa, value))
        return self.over_sites(factor, kappa)

    def over_sites(self, factor: Floats | None, kappa: Polynomial) -> Symbolic:
        """sum_i factor_i kappa(s_i) over all sites; a factor of None is 1."""
        weights = () if factor is None else tuple(factor.tolist())
        found: dict[Monomial, complex] = {}
        for exponents, value in kappa.items():
            if exponents == ONE:
                found[()] = value * (self.count if factor is None else float(factor.sum()))
            else:
                found[OverSites(self.first, self.count, weights, exponents),] = value
        return found


def _units(word: Sequence[Component], count: int) -> list[Block]:
    """The factors that act at one and the same site in any case, together; the others alone."""
    at: dict[int, list[int]] = {}
    alone: list[Block] = []
    for position, component in enumerate(word):
        site = 0 if count == 1 else component.site
        if site == ALL:
            alone.append((position,))
        else:
            at.setdefault(site, []).append(position)
    return [*map(tuple, at.values()), *alone]


@lru_cache(maxsize=16)
def partitions(count: int) -> tuple[tuple[Block, ...], ...]:
    """All ways to put `count` things into blocks."""
    return tuple(_partitions(tuple(range(count))))


def _partitions(things: Block) -> Iterator[tuple[Block, ...]]:
    if not things:
        yield ()
        return
    first, rest = things[0], things[1:]
    for others in _partitions(rest):
        yield ((first,), *others)
        for i, block in enumerate(others):
            yield (*others[:i], (first, *block), *others[i + 1 :])


def multiplied(factors: Sequence[Symbolic]) -> Symbolic:
    """The product of polynomials of variables."""
    return reduce(_multiplied, factors, {(): 1.0})


def _multiplied(one: Symbolic, other: Symbolic) -> Symbolic:
    total: dict[Monomial, complex] = {}
    for left, value in one.items():
        for right, factor in other.items():
            monomial = tuple(sorted((*left, *right), key=order_of))
            total[monomial] = total.get(monomial, 0.0) + value * factor
    return total


def _at_site(site: int, polynomial: Polynomial) -> Symbolic:
    return {
        tuple(AtSite(site, axis) for axis, power in enumerate(exponents) for _ in range(power)): v
        for exponents, v in polynomial.items()
    }
