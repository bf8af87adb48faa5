"""The symbol of a product of sums over sites: exact where factors meet at one site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import TypeAlias

import numpy as np

from twoqs.model.arrays import Floats
from twoqs.model.language.components import ALL, Component
from twoqs.observe.ordering import Axes
from twoqs.observe.polynomial import ONE, Polynomial, expanded, scaled, summed
from twoqs.observe.site_symbols import SiteSymbol
from twoqs.observe.variables import AtSite, OverSites, PhaseMonomial, place_of

FactorNumbers: TypeAlias = tuple[int, ...]
"""Numbers of some things, factors of a product or units of them."""

SiteUnits: TypeAlias = tuple[FactorNumbers, ...]
"""Those of factors that stay together."""

Symbolic: TypeAlias = Mapping[PhaseMonomial, complex]
"""A polynomial of variables: coefficients by monomials."""


@dataclass(frozen=True, eq=False)
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
    _words: dict[tuple[Component, ...], Symbolic] = field(default_factory=dict)
    _kappas: dict[tuple[Axes, SiteUnits], Polynomial] = field(default_factory=dict)

    def of(self, word: tuple[Component, ...]) -> Symbolic:
        """The symbol of a product in its order."""
        if word not in self._words:
            self._words[word] = self._of(word)
        return self._words[word]

    def _of(self, word: tuple[Component, ...]) -> Symbolic:
        units = _units(word, self.count)
        axes = tuple(component.axis for component in word)
        if len(units) == 1:
            return self._summed(word, self.site_symbol(axes))
        parts = []
        for partition in partitions(len(units)):
            factors = []
            for block in partition:
                positions = sorted(position for unit in block for position in units[unit])
                kappa = self._kappa(*_part(axes, units, block))
                factors.append(self._summed([word[position] for position in positions], kappa))
            parts.append(symbolic_product(factors))
        total = symbolic_sum(parts)
        return {monomial: value for monomial, value in total.items() if value}

    def _kappa(self, axes: Axes, units: SiteUnits) -> Polynomial:
        """kappa of factors with these axes, of which those of a unit are at one site anyway."""
        if (axes, units) not in self._kappas:
            lower = [
                scaled(expanded(*(self._kappa(*_part(axes, units, block)) for block in one)), -1.0)
                for one in partitions(len(units))
                if len(one) > 1
            ]
            self._kappas[axes, units] = summed([self.site_symbol(axes), *lower])
        return self._kappas[axes, units]

    def _summed(self, components: Sequence[Component], kappa: Polynomial) -> Symbolic:
        """sum_i w_i kappa(s_i) over the sites that all factors of a block have."""
        sites = {0} if self.count == 1 else {c.site for c in components if c.site != ALL}
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
        found: dict[PhaseMonomial, complex] = {}
        for exponents, value in kappa.items():
            if exponents == ONE:
                found[()] = value * (self.count if factor is None else float(factor.sum()))
            else:
                found[OverSites(self.first, self.count, weights, exponents),] = value
        return found


def _units(word: Sequence[Component], count: int) -> SiteUnits:
    """The factors that act at one and the same site in any case, together; the others alone."""
    at: dict[int, list[int]] = {}
    alone: list[FactorNumbers] = []
    for position, component in enumerate(word):
        site = 0 if count == 1 else component.site
        if site == ALL:
            alone.append((position,))
        else:
            at.setdefault(site, []).append(position)
    return (*map(tuple, at.values()), *alone)


def _part(axes: Axes, units: SiteUnits, block: FactorNumbers) -> tuple[Axes, SiteUnits]:
    """Some of the units, their factors numbered anew."""
    positions = sorted(position for unit in block for position in units[unit])
    rank = {position: number for number, position in enumerate(positions)}
    chosen = tuple(tuple(rank[position] for position in units[unit]) for unit in block)
    return tuple(axes[position] for position in positions), chosen


@lru_cache(maxsize=16)
def partitions(count: int) -> tuple[tuple[FactorNumbers, ...], ...]:
    """All ways to put `count` things into blocks."""
    return tuple(_partitions(tuple(range(count))))


def _partitions(things: FactorNumbers) -> Iterator[tuple[FactorNumbers, ...]]:
    if not things:
        yield ()
        return
    first, rest = things[0], things[1:]
    for others in _partitions(rest):
        yield ((first,), *others)
        for i, block in enumerate(others):
            yield (*others[:i], (first, *block), *others[i + 1 :])


def symbolic_sum(parts: Iterable[Symbolic]) -> Symbolic:
    """The sum of polynomials of variables."""
    total: dict[PhaseMonomial, complex] = {}
    for part in parts:
        for monomial, value in part.items():
            total[monomial] = total.get(monomial, 0.0) + value
    return total


def symbolic_product(factors: Sequence[Symbolic]) -> Symbolic:
    """The product of polynomials of variables."""
    return reduce(_multiplied, factors, {(): 1.0})


def _multiplied(one: Symbolic, other: Symbolic) -> Symbolic:
    total: dict[PhaseMonomial, complex] = {}
    for left, value in one.items():
        for right, factor in other.items():
            monomial = tuple(sorted((*left, *right), key=place_of))
            total[monomial] = total.get(monomial, 0.0) + value * factor
    return total


def _at_site(site: int, polynomial: Polynomial) -> Symbolic:
    return {
        tuple(AtSite(site, axis) for axis, power in enumerate(exponents) for _ in range(power)): v
        for exponents, v in polynomial.items()
    }
