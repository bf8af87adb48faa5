"""Observables that are written as formulas, as matrices: products in their order."""

from __future__ import annotations

from itertools import groupby, product

import qutip

from twoqs.model.kinds import MODE
from twoqs.model.language.values import along
from twoqs.model.model import Model
from twoqs.observe.formula import named_numbering, read_words
from twoqs.observe.words import ComponentWord, Words
from twoqs.theory.factors import ModeFactor
from twoqs.theory.language import TermMatrices
from twoqs.theory.space import Space


class WordMatrices:
    """Matrices of the formulas of a model."""

    def __init__(self, model: Model, space: Space) -> None:
        self._model, self._space = model, space
        self._terms = TermMatrices(named_numbering(model), {}, space)

    def of(self, formula: str) -> qutip.Qobj:
        """The matrix of a formula.

        Raises:
            ArgumentError: as `read_words`.
        """
        words = read_words(formula, self._model)
        words.require_symmetric()
        return self._matrix(words)

    def _matrix(self, words: Words) -> qutip.Qobj:
        found = self._space.zero
        for word, value in words.terms.items():
            found = found + value * self._word(word)
        for key, values in words.sums.items():
            matrices = self._terms.matrices(key)
            for factor, matrix in zip(along(values, len(matrices)), matrices, strict=True):
                found = found + factor * matrix
        for value, *factors, _ in words.products:
            one, other = map(self._matrix, factors)
            found = found + value / 2 * (one @ other + other @ one)
        return found

    def _word(self, word: ComponentWord) -> qutip.Qobj:
        found = self._space.one
        for member, own in groupby(word, key=lambda component: component.member):
            factors = tuple(own)
            if self._terms.numbering.members[member].kind == MODE:
                found = found @ self._of_modes(factors)
                continue
            for component in factors:
                found = found @ self._terms.total(component)
        return found

    def _of_modes(self, word: ComponentWord) -> qutip.Qobj:
        """Site by site, as a product of cut matrices is wrong at the last levels."""
        found = self._space.zero
        for chosen in product(*(self._terms.weights(component).items() for component in word)):
            part, axes = self._space.one, dict[int, list[int]]()
            for component, (site, weight) in zip(word, chosen, strict=True):
                part = weight * part
                axes.setdefault(site, []).append(component.axis)
            for site, own in axes.items():
                factor = self._space.factors[site]
                assert isinstance(factor, ModeFactor)
                part = part @ self._space.at(site, factor.word(own))
            found = found + part
        return found
