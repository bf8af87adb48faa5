"""The expectation value of an observable that is written as an expression of operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import ArgumentError, require, shown
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.method import Method
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Accumulator, PartSums, Request, SamplesOfCall, part_name
from twoqs.model.arrays import Floats
from twoqs.model.language.operators import Operator
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model
from twoqs.observe.features import Features
from twoqs.observe.symbol import Symbol, symbol_of

PARTS = ("re", "im")
"""Of a mean that need not be real."""


@dataclass(frozen=True)
class Expectation(Request):
    """<A> of a polynomial A in the operators of a model, of up to fourth order in each member.

    Its variable has the name of the request; of what is not Hermitian there are two, which end in
    `_re` and `_im`.

    Attributes:
        formula: A, as text or as an operator.

    Raises:
        ArgumentError: if it is neither.
    """

    formula: Any
    kind: ClassVar[str] = "expectation"
    formulas: ClassVar[tuple[str, ...]] = ("formula",)

    def __post_init__(self) -> None:
        text = isinstance(self.formula, str | Operator)
        require(text, "expectation", "be a formula or an operator", self.formula)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what is no observable of the model.

        Positions in messages are those in the formula with parameters as numbers, which they show.
        """
        try:
            self.symbol(model, numerics)
        except ArgumentError as error:
            told = str(error).removesuffix(".")
            raise ArgumentError(f"{told}, in {shown(self.formula)}.") from None

    def symbol(self, model: Model, numerics: Numerics) -> Symbol:
        """The function of phase space whose average is <A>."""
        return _symbol(self.formula, model, numerics.method, f"observables.{self.name}")

    def identity(self, model: Model, numerics: Numerics) -> str:
        """With a word for sums that were of leading order once."""
        text = super().identity(model, numerics)
        return text + " meeting" if self.symbol(model, numerics).meets else text

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """The sum of real parts, and that of imaginary ones if there are any."""
        parts = PARTS[:1] if self.symbol(model, numerics).hermitian else PARTS
        return dict.fromkeys(parts, (numerics.saved_times,))

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds the symbol of each trajectory."""
        return _Sums(self.name, _shared(model, numerics), parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The mean, or its real and its imaginary part."""
        symbol = self.symbol(model, numerics)
        note = "" if symbol.order_note == "exact" else f" (order of operators {symbol.order_note})"
        text = f"<{self.formula}>{note}"
        if symbol.hermitian:
            return (self._mean(self.name, text, PARTS[0]),)
        texts = (f"real part of {text}", f"imaginary part of {text}")
        return tuple(
            self._mean(f"{self.name}_{part}", of_part, part)
            for part, of_part in zip(PARTS, texts, strict=True)
        )

    def _mean(self, name: str, text: str, part: str) -> Observable:
        def finish(averages: Averages) -> Floats:
            return np.asarray(averages.sums[part_name(self, part)] / averages.sums["count"])

        return Observable(name, text, "1", None, finish, over="")


# Blocks of one model follow one another, and each asks for it.
@lru_cache(maxsize=64)
def _symbol(formula: str | Operator, model: Model, method: Method, where: str) -> Symbol:
    return symbol_of(formula, model, method, name=where)


class _SharedValues:
    """The symbols of all expressions of a run: what they have in common is computed once."""

    def __init__(self, symbols: Mapping[str, Symbol], n_sites: int) -> None:
        self._rows = {name: row for row, name in enumerate(symbols)}
        self._features = Features([one.terms for one in symbols.values()], n_sites)
        self._last: tuple[SamplesOfCall | None, Complexes] = (None, np.empty((0, 0), np.complex128))

    def values(self, name: str, samples: SamplesOfCall) -> Complexes:
        """Values of one expectation along trajectories, as of `SamplesOfCall.side_by_side`."""
        last, values = self._last
        if last is not samples:  # which each request of a block is given in turn
            values = self._features.values(samples.side_by_side)
            self._last = samples, values
        return values[self._rows[name]]


@lru_cache(maxsize=8)
def _shared(model: Model, numerics: Numerics) -> _SharedValues:
    requests = [one for one in numerics.requests if isinstance(one, Expectation)]
    symbols = {one.name: one.symbol(model, numerics) for one in requests}
    return _SharedValues(symbols, model.n_sites)


class _Sums(Accumulator):
    """Of a symbol over the trajectories that are finite."""

    def __init__(self, name: str, shared: _SharedValues, parts: PartSums) -> None:
        self._name, self._shared, self._parts = name, shared, parts

    def add_all(self, samples: SamplesOfCall) -> None:
        """Take some more samples."""
        values = self._shared.values(self._name, samples)
        samples.add_to(self._parts["re"], values.real, ROWS)
        if "im" in self._parts:
            samples.add_to(self._parts["im"], values.imag, ROWS)
