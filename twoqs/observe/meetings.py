"""Products of sums over a lattice written out where their factors meet at one site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from twoqs.model.language.components import ALL, Bond, Component, DisplacedBond
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.values import along
from twoqs.model.limits import MOST_WORDS
from twoqs.observe.words import ComponentWord, ProductOfSums, Words


class Meeting(NamedTuple):
    """{A, B}/2 times a number, of two products of single components with a site in common."""

    value: complex
    one: ComponentWord
    other: ComponentWord


def meetings(product: ProductOfSums, numbering: Numbering) -> list[Meeting] | None:
    """All of a product; none if they are too many, or if its factors have several at one site.

    Terms that have no site in common commute, and the symbol of their product is that of both.
    """
    if not (_single(product.one) and _single(product.other)):
        return None
    right = list(_written_out(product.other, numbering))
    places = defaultdict(list)
    for n, (word, _) in enumerate(right):
        for component in word:
            places[component.member, component.site].append(n)
    found: list[Meeting] = []
    for word, value in _written_out(product.one, numbering):
        numbers = {n for component in word for n in places[component.member, component.site]}
        if len(found) + len(numbers) > MOST_WORDS:
            return None
        for n in sorted(numbers):
            other, factor = right[n]
            found.append(Meeting(product.value * value * factor, word, other))
    return found


def _single(words: Words) -> bool:
    """Whether all of its terms are bonds or components."""
    bonds = all(isinstance(key, Bond | DisplacedBond) for key in words.sums)
    return bonds and not words.products and all(len(word) < 2 for word in words.terms)


def _written_out(words: Words, numbering: Numbering) -> Iterator[tuple[ComponentWord, complex]]:
    """Its terms with components at single sites, and their coefficients."""
    for word, value in words.terms.items():
        for component in word:
            if component.site != ALL:
                yield word, value
                continue
            for site in range(numbering.members[component.member].n_sites):
                weight = component.weights[site] if component.weights else 1.0
                yield (Component(component.member, site, component.axis),), value * weight
    for key, given in words.sums.items():
        assert isinstance(key, Bond | DisplacedBond)
        other = key.member if isinstance(key, Bond) else key.other
        pairs, weights = numbering.joined_by(key)
        sites = pairs - [numbering.first[key.member], numbering.first[other]]
        factors = np.asarray(weights * along(given, len(pairs)), complex).tolist()
        for (i, j), factor in zip(
            sites.tolist(), np.asarray(factors, complex).tolist(), strict=True
        ):
            ends = Component(key.member, i, key.first), Component(other, j, key.second)
            yield tuple(sorted(ends, key=lambda one: (one.member, one.site))), factor
