"""Observables as polynomials whose factors do not commute: sums of words of components."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple, TypeAlias

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import number
from twoqs.model.language.components import (
    ALL,
    AXES,
    Bond,
    Component,
    DisplacedBond,
    Key,
    Linear,
    Product,
    SiteProduct,
    Unit,
)
from twoqs.model.language.multiply import real_parts
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, polynomial
from twoqs.model.language.values import Coefficient, checked, complex_number, multiplied, plus
from twoqs.model.limits import MOST_FACTORS, MOST_FACTORS_OF_MEMBER, MOST_WORDS

ComponentWord: TypeAlias = tuple[Component, ...]
"""A product of components in its order; members by name, for they commute. () is the number 1."""

LatticeSum: TypeAlias = Bond | DisplacedBond | SiteProduct
"""A sum over bonds, or of products at sites, as one term."""


class ProductOfSums(NamedTuple):
    """{U, V}/2 times a number, where one of U and V, or both, are sums over a lattice.

    Attributes:
        value: the number.
        one, other: U and V.
        symmetric: false if it was written as UV, with U and V that differ.
    """

    value: complex
    one: Words
    other: Words
    symmetric: bool


@dataclass(frozen=True, eq=False, repr=False)
class Words:
    """A sum of products of components, of up to fourth order in those of one member.

    Products are as they are written. Immutable; made of operators by `Words.of`, and by
    + - * ** and numbers.

    Attributes:
        terms: coefficients by words; to read only.
        sums: sums over bonds, or of products at sites, with one coefficient or one for each of
            these. To read only.
        products: of these, with each other or with words.
    """

    terms: Mapping[ComponentWord, complex]
    sums: Mapping[LatticeSum, Coefficient]
    products: tuple[ProductOfSums, ...] = ()

    def __post_init__(self) -> None:
        require(len(self.terms) <= MOST_WORDS, "expression", FEWER, len(self.terms))
        kept = {word: complex_number("coefficient", v) for word, v in self.terms.items() if v}
        object.__setattr__(self, "terms", kept)
        sums = {key: checked(value) for key, value in self.sums.items() if value}
        object.__setattr__(self, "sums", sums)

    @classmethod
    def number(cls, value: Expression) -> Words:
        """A number, for the values that its parameters have."""
        return cls({(): value.value()}, {})

    @classmethod
    def of(cls, operator: Operator) -> Words:
        """An operator of second order, for the values that its parameters have.

        Raises:
            ArgumentError: for a parameter that is a pulse.
        """
        terms: dict[ComponentWord, complex] = {}
        sums: dict[LatticeSum, Coefficient] = {}
        for (powers, key), value in operator.terms.items():
            factor = Expression({powers: 1.0 + 0.0j}, operator.parameters).value()
            scaled = multiplied(value, factor)
            if isinstance(key, Bond | DisplacedBond | SiteProduct):
                sums[key] = plus(sums[key], scaled) if key in sums else scaled
                continue
            for word, part in _words_of(key, scaled):
                terms[word] = terms.get(word, 0.0) + part
        return cls(terms, sums)

    def __repr__(self) -> str:
        return "an operator"

    def __add__(self, other: Any) -> Words:
        words = _words(other)
        return NotImplemented if words is None else added_words([self, words])

    __radd__ = __add__

    def __neg__(self) -> Words:
        return self._scaled(-1.0 + 0.0j)

    def __sub__(self, other: Any) -> Words:
        return self + -other

    def __rsub__(self, other: Any) -> Words:
        return -self + other

    def __mul__(self, other: Any) -> Words:
        if isinstance(other, Words):
            return _product(self, other)
        factor = polynomial(other)
        return NotImplemented if factor is None else self._scaled(factor.value())

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Words:
        wanted = "be a number (operators have no inverse here)"
        divisor = None if isinstance(other, Words) else polynomial(other)
        require(divisor is not None, "divisor", wanted, "an operator")
        assert divisor is not None
        value = divisor.value()
        require(value != 0, "divisor", "not be zero", 0)
        return self._scaled(complex_number("coefficient", 1.0 / value))

    def __pow__(self, exponent: Any) -> Words:
        exponent = number("exponent", exponent)
        wanted = f"be a whole number from 1 to {MOST_FACTORS_OF_MEMBER} for an operator"
        whole = exponent.is_integer() and 1 <= exponent <= MOST_FACTORS_OF_MEMBER
        require(whole, "exponent", wanted, exponent)
        result = self
        for _ in range(int(exponent) - 1):
            result = result * self
        return result

    def symmetrised(self) -> Words:
        """The mean over all orders of the factors of every word."""
        terms: dict[ComponentWord, complex] = {}
        for word, value in self.terms.items():
            orders = _orders(word)
            require(len(terms) + len(orders) <= MOST_WORDS, "expression", FEWER, "more")
            for order in orders:
                terms[order] = terms.get(order, 0.0) + value / len(orders)
        products = tuple(one._replace(symmetric=True) for one in self.products)
        return Words(terms, self.sums, products)

    def _scaled(self, factor: complex) -> Words:
        terms = {word: value * factor for word, value in self.terms.items()}
        sums = {key: multiplied(value, factor) for key, value in self.sums.items()}
        products = tuple(one._replace(value=factor * one.value) for one in self.products)
        return Words(terms, sums, products)

    @property
    def order(self) -> int:
        """Components in its longest product."""
        lengths = [*map(len, self.terms), *(2 for _ in self.sums)]
        return max([*lengths, *(one.order + other.order for _, one, other, _ in self.products)],
                   default=0)  # fmt: skip

    def require_symmetric(self) -> None:
        """Refuse products of different sums over a lattice whose order would matter.

        Raises:
            ArgumentError: naming one of the sums.
        """
        for _, one, other, symmetric in self.products:
            wanted = "be in `sym(...)`, or a square, if it is one of sums over bonds or of `each`"
            named = _named(next(iter({**one.sums, **other.sums})))
            require(symmetric, "product", wanted, named)


FEWER = f"have at most {MOST_WORDS} products when written out (a sum over sites is one: `s.x`)"


def added_words(parts: Iterable[Words]) -> Words:
    """The sum of many, in one pass."""
    parts = list(parts)
    terms: dict[ComponentWord, complex] = {}
    sums: dict[LatticeSum, Coefficient] = {}
    for part in parts:
        for word, value in part.terms.items():
            terms[word] = terms.get(word, 0.0) + value
        for key, numbers in part.sums.items():
            sums[key] = plus(sums[key], numbers) if key in sums else numbers
    return Words(terms, sums, tuple(one for part in parts for one in part.products))


def _words(value: Any) -> Words | None:
    if isinstance(value, Words):
        return value
    factor = polynomial(value)
    return None if factor is None else Words.number(factor)


def _words_of(key: Key, value: Coefficient) -> Iterator[tuple[ComponentWord, complex]]:
    """A term of an operator as words."""
    if isinstance(key, Unit):
        assert isinstance(value, complex)
        yield (), value
    elif isinstance(key, Linear):
        for component, part in real_parts(key.component, value):
            yield (component,), part
    elif isinstance(key, Product):
        assert isinstance(value, complex)
        for word in ((key.first, key.second), (key.second, key.first)):
            yield _ordered(word), value / 2


def _product(one: Words, other: Words) -> Words:
    count = len(one.terms) * len(other.terms)
    require(count <= MOST_WORDS, "expression", FEWER, count)
    terms: dict[ComponentWord, complex] = {}
    for left_word, value in one.terms.items():
        for right_word, factor in other.terms.items():
            word = _ordered(left_word + right_word)
            terms[word] = terms.get(word, 0.0) + value * factor
    return added_words([Words(terms, {}), *_with_sums(one, other)])


def _with_sums(one: Words, other: Words) -> Iterator[Words]:
    """What a product has beside the products of words."""
    alike = one.terms == other.terms and one.sums == other.sums
    a, p = (Words({word: v for word, v in w.terms.items() if word}, {}) for w in (one, other))
    b, q = (Words({}, w.sums, w.products) for w in (one, other))
    for words, number_of in ((b, other), (q, one)):
        yield words._scaled(number_of.terms.get((), 0.0j))
    for left, right in ((a, q), (b, p), (b, q)):
        if left.order and right.order:
            order, most = left.order + right.order, MOST_FACTORS_OF_MEMBER
            wanted = f"have at most {most} factors if it has sums over bonds or of `each`"
            require(order <= most, "product", wanted, order)
            yield Words({}, {}, (ProductOfSums(1.0 + 0.0j, left, right, alike),))


def _ordered(word: ComponentWord) -> ComponentWord:
    """A product with members by name, and of one member sites in order if all are single.

    Raises:
        ArgumentError: if it has too many factors.
    """
    if len(word) > MOST_FACTORS:
        wanted = f"have at most {MOST_FACTORS} factors in each product"
        raise ArgumentError.of("product", wanted, len(word))
    counts = Counter(component.member for component in word)
    for member, count in counts.items():
        if count > MOST_FACTORS_OF_MEMBER:
            wanted = (
                f"have at most {MOST_FACTORS_OF_MEMBER} factors of one member in a product "
                f"(`{member}`; replace one by a number, its mean value)"
            )
            raise ArgumentError.of("product", wanted, count)
    summed = {component.member for component in word if component.site == ALL}
    return tuple(sorted(word, key=lambda c: (c.member, 0 if c.member in summed else c.site)))


def _orders(word: ComponentWord) -> set[ComponentWord]:
    """All orders of a product; factors of different members commute."""
    result: set[ComponentWord] = {()}
    for member in dict.fromkeys(component.member for component in word):
        own = [component for component in word if component.member == member]
        orders = {_ordered(order) for order in permutations(own)}
        result = {one + order for one in result for order in orders}
    return result


def _named(key: LatticeSum) -> str:
    axes = AXES[key.first], AXES[key.second]
    other = key.other if isinstance(key, DisplacedBond) else key.member
    if isinstance(key, SiteProduct):
        return f"each({key.member}.{axes[0]}*{key.member}.{axes[1]})"
    return f"bonds({key.member}.{axes[0]}, {other}.{axes[1]})"
