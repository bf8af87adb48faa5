"""From an observable to the function of phase space whose averages are its expectation values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TypeAlias

import numpy as np

from twoqs.errors import within
from twoqs.methods.method import Method
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.components import ALL, Bond, Component, SiteProduct
from twoqs.model.language.members import Member
from twoqs.model.language.operators import Operator
from twoqs.model.language.values import Coefficient, along
from twoqs.model.model import Model
from twoqs.observe.features import Features
from twoqs.observe.formula import named_numbering, read_words
from twoqs.observe.meetings import Meeting, meetings
from twoqs.observe.polynomial import scaled, summed
from twoqs.observe.site_symbols import site_symbol
from twoqs.observe.sums import MemberSymbols, Symbolic, symbolic_product, symbolic_sum
from twoqs.observe.variables import AtSite, OverPairs, OverSites, PhaseMonomial
from twoqs.observe.words import ComponentWord, LatticeSum, ProductOfSums, Words

SitePattern: TypeAlias = tuple[tuple[tuple[str, int, int], ...], ...]
"""Products as members, ranks of sites among those of a member, and axes."""

IMAGINARY_ROUNDING = 1e-12
"""Imaginary parts this far below the largest term, as large as vectors can be, are of rounding."""


@dataclass(frozen=True, eq=False)
class Symbol:
    """A polynomial of the vectors of all sites whose average is an expectation value.

    Attributes:
        terms: coefficients by products of variables; to read only.
        hermitian: whether the imaginary part is zero on all of phase space.
        order_note: how right the ordering of operators is.
        n_sites: of the model.
        meets: whether sums in it are written out where they meet at one site.
    """

    terms: Symbolic
    hermitian: bool
    order_note: str
    n_sites: int
    meets: bool

    def values(self, bloch: Floats) -> Complexes:
        """The symbol of each trajectory, shape (lane,); `Features` has several at less cost.

        Args:
            bloch: as that of `Features.values`.
        """
        return self._features.values(bloch)[0]

    @cached_property
    def _features(self) -> Features:
        return Features([self.terms], self.n_sites)


def symbol_of(
    given: str | Operator,
    model: Model,
    method: Method,
    parameters: Mapping[str, float] | None = None,
    name: str = "observable",
) -> Symbol:
    """The symbol of an observable in the phase space of a method.

    Args:
        given, model, parameters, name: as those of `read_words`.
        method: by which trajectories are made.

    Raises:
        ArgumentError: for what is no observable of the model (see `read_words`), or has products
            that the method knows no symbol of.
    """
    words = read_words(given, model, parameters, name)
    with within(name):
        return _Symbols(model, method).of(words)


class _Symbols:
    """The symbols of the members of a model, under the names that an observable has for them."""

    def __init__(self, model: Model, method: Method) -> None:
        self.numbering = named_numbering(model)
        self.members, first = self.numbering.members, self.numbering.first
        self.symbols = {
            name: MemberSymbols(first[name], member.n_sites, site_symbol(member, method))
            for name, member in self.members.items()
        }
        self._meetings: dict[ProductOfSums, list[Meeting] | None] = {}
        self._corrections: dict[SitePattern, Symbolic] = {}

    def of(self, words: Words) -> Symbol:
        words.require_symmetric()
        total = self._terms(words)
        sizes = {monomial: abs(value) * self._size(monomial) for monomial, value in total.items()}
        small = IMAGINARY_ROUNDING * max(sizes.values(), default=0.0)
        hermitian = all(
            abs(value.imag) * self._size(monomial) <= small for monomial, value in total.items()
        )
        kept = {
            monomial: complex(value.real) if hermitian else value
            for monomial, value in total.items()
            if value
        }
        meets = any(map(self._met, words.products))
        return Symbol(kept, hermitian, self._note(words), self.numbering.count, meets)

    def _terms(self, words: Words) -> Symbolic:
        parts = [self._word(word, value) for word, value in words.terms.items()]
        parts += [self._lattice_sum(key, value) for key, value in words.sums.items()]
        for product in words.products:
            parts.append(self._product(product.value, product.one, product.other))
            parts += [self._correction(*meeting) for meeting in self._met(product) or ()]
        return symbolic_sum(parts)

    def _met(self, product: ProductOfSums) -> list[Meeting] | None:
        if product not in self._meetings:
            self._meetings[product] = meetings(product, self.numbering)
        return self._meetings[product]

    def _correction(self, value: complex, one: ComponentWord, other: ComponentWord) -> Symbolic:
        """{A, B}/2 times a number, less the product of their symbols.

        It is the same for all that meet in the same way, wherever that is.
        """
        first, ranks = self.numbering.first, dict[tuple[str, int], int]()
        sites = sorted({(c.member, c.site) for c in (*one, *other)})
        for _, own in groupby(sites, key=lambda place: place[0]):
            ranks |= {place: rank for rank, place in enumerate(own)}
        words = one, other
        pattern = tuple(
            tuple((c.member, ranks[c.member, c.site], c.axis) for c in word) for word in words
        )
        if pattern not in self._corrections:
            a, b = (Words({tuple(Component(*c) for c in word): 1.0}, {}) for word in pattern)
            self._corrections[pattern] = symbolic_sum(
                [self._terms((a * b + b * a) * 0.5), self._product(-1.0, a, b)]
            )
        actual = {first[name] + rank: first[name] + site for (name, site), rank in ranks.items()}
        return {
            _moved(monomial, actual): value * number
            for monomial, number in self._corrections[pattern].items()
            if number
        }

    def _product(self, value: complex, one: Words, other: Words) -> Symbolic:
        return symbolic_product([{(): value}, self._terms(one), self._terms(other)])

    def _word(self, word: ComponentWord, value: complex) -> Symbolic:
        factors: list[Symbolic] = [{(): value}]
        for member, own in groupby(word, key=lambda component: component.member):
            factors.append(self.symbols[member].of(tuple(own)))
        return symbolic_product(factors)

    def _lattice_sum(self, key: LatticeSum, value: Coefficient) -> Symbolic:
        numbers = along(value, self._count(key))
        found: dict[PhaseMonomial, complex] = {}
        for part, unit in ((numbers.real, 1.0 + 0.0j), (numbers.imag, 1.0j)):
            if np.any(part):
                for monomial, factor in self._real_sum(key, part).items():
                    found[monomial] = found.get(monomial, 0.0) + factor * unit
        return found

    def _count(self, key: LatticeSum) -> int:
        if isinstance(key, SiteProduct):
            return self.members[key.member].n_sites
        return len(self.numbering.joined_by(key)[0])

    def _real_sum(self, key: LatticeSum, weights: Floats) -> Symbolic:
        symbols = self.symbols[key.member]
        if isinstance(key, SiteProduct):
            a, b = key.first, key.second
            both = [scaled(symbols.site_symbol(word), 0.5) for word in ((a, b), (b, a))]
            alike = bool(np.all(weights == 1.0))
            return symbols.over_sites(None if alike else weights, summed(both))
        other = key.member if isinstance(key, Bond) else key.other
        (one,) = symbols.site_symbol((key.first,)).values()
        (two,) = self.symbols[other].site_symbol((key.second,)).values()
        pairs, own = self.numbering.joined_by(key)
        variable = OverPairs(key, tuple(weights.tolist()), pairs, own * weights)
        return {(variable,): one * two}

    def _size(self, monomial: PhaseMonomial) -> float:
        """How large a product of variables is about."""
        size = 1.0
        for variable in monomial:
            if isinstance(variable, AtSite):
                size *= self._length(variable.site)
            elif isinstance(variable, OverSites):
                weights = sum(map(abs, variable.weights)) or variable.count
                size *= weights * self._length(variable.first) ** sum(variable.exponents)
            else:
                ends = variable.pairs[0]
                length = self._length(int(ends[0])) * self._length(int(ends[1]))
                size *= float(np.abs(variable.weights).sum()) * length
        return size

    def _length(self, site: int) -> float:
        for name, first in self.numbering.first.items():
            if first <= site < first + self.members[name].n_sites:
                return max(1.0, self.members[name].spin)
        raise AssertionError("the site is one of the model's")

    def _note(self, words: Words) -> str:
        if any(self._met(product) is None for product in words.products):
            return "right to relative order 1/S^2, where sums over a lattice are multiplied"
        counts: list[tuple[Member, int]] = []
        for word in words.terms:
            for name, own in groupby(word, key=lambda component: component.member):
                counts.append((self.members[name], _at_one_site(tuple(own))))
        return note_of(counts)


def _moved(monomial: PhaseMonomial, sites: Mapping[int, int]) -> PhaseMonomial:
    """A product of components at other sites, in the same order."""
    found = []
    for variable in monomial:
        assert isinstance(variable, AtSite)
        found.append(AtSite(sites[variable.site], variable.axis))
    return tuple(found)


def _at_one_site(word: Sequence[Component]) -> int:
    """How many factors of a product can meet at one site."""
    sites = Counter(component.site for component in word)
    summed = sites.pop(ALL, 0)
    return summed + max(sites.values(), default=0)


def note_of(counts: Sequence[tuple[Member, int]]) -> str:
    """How right the order of operators is, for the most components of each member at one site."""
    spins = [(member, count) for member, count in counts if member.kind != MODE]
    if all(count <= 2 or member.spin == 0.5 for member, count in spins):
        return "exact"
    ensembles = any(member.kind == ENSEMBLE for member, count in spins if count > 2)
    return f"right to relative order {'1/N^2' if ensembles else '1/S^2'}"
