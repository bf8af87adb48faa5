"""Linear responses: what a small turn does to an observable, with the same noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods import METHODS
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    SMALL_TURN,
    Accumulator,
    OneByOne,
    OwnCoordinate,
    PartSums,
    Perturbation,
    Sample,
    by_rows,
    part_name,
)
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.observe.linear import LinearPair, OfPair, linear_weights


@dataclass(frozen=True)
class Response(OfPair):
    """chi_AB(tau) = i <[A(t + tau), B(t)]>: what H' = -f B does, delta <A> = int chi f.

    B acts at the first sample; in a window again after each `lags`.

    Attributes:
        of: see `OfPair`; two formulas.
        lags: the largest one, in samples of a window; all of it if left out.
    """

    lags: int | None = None
    kind: ClassVar[str] = "response"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(isinstance(self.of, tuple), "response", "be two formulas, A and B", self.of)
        lags = self.lags
        whole = isinstance(lags, int) and not isinstance(lags, bool) and lags >= 1
        require(lags is None or whole, "lags", "be a whole number from 1 on", lags)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what is not linear, schemes without twins, and lags beyond the window."""
        where = f"observables.{self.name}"
        self.pair(model, numerics)
        fit = " or ".join(f'"{name}"' for name, method in METHODS.items() if method.has_twins)
        wanted = f"be measured with the scheme {fit}"
        require(numerics.method.has_twins, where, wanted, numerics.scheme)
        if numerics.average is None:
            require(self.lags is None, where, "have `lags` in a window only", "times")
            return
        assert numerics.samples is not None
        most = numerics.samples - 1
        wanted = f"have `lags` up to {most}, as there are {most + 1} samples"
        require(self.lags is None or self.lags <= most, where, wanted, self.lags)

    def _lags(self, numerics: Numerics) -> int:
        """Samples from one turn to the next."""
        samples = len(numerics.sample_times)
        return samples if self.lags is None else 1 + self.lags

    def perturbation(self, model: Model, numerics: Numerics) -> Perturbation:
        """The turn by B."""
        form = linear_weights(self.of[1], model, f"observables.{self.name}")
        return Perturbation(form, None if self.lags is None else self._lags(numerics))

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of differences, and how many there are; over times, or over lags."""
        shape: tuple[int, ...] = (numerics.saved_times,)
        if numerics.average is not None:
            shape = (1, self._lags(numerics))
        return {"difference": shape, "pairs": shape}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds differences of twins."""
        return _Differences(self.name, self.pair(model, numerics), parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The susceptibility."""

        def finish(averages: Averages) -> Floats:
            sums = averages.sums
            return sums[part_name(self, "difference")] / sums[part_name(self, "pairs")]

        dims = (f"{self.name}_lag",) if numerics.average is not None else ()
        text = "response i <[A(t + tau), B(t)]>, B at the first sample"
        units = "units of A times units of B"
        return (Observable(self.name, text, units, None, finish, dims, over=""),)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """tau, in a window."""
        if numerics.average is None:
            return {}
        times = np.array(numerics.sample_times[: self._lags(numerics)])
        text, units = "time of A after that of B", "inverse unit of the rates"
        return {f"{self.name}_lag": OwnCoordinate(times - times[0], text, units)}


class _Differences(OneByOne):
    def __init__(self, name: str, pair: LinearPair, parts: PartSums) -> None:
        self._name, self._pair, self._parts = name, pair, parts
        self._over_lags = parts["pairs"].ndim == 3

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        twin = sample.twins[self._name]
        plus, minus = (self._pair.values(one[:3])[0] for one in (twin.plus, twin.minus))
        difference = twin.finite * (plus - minus) / (2 * SMALL_TURN)
        lag = sample.number - twin.began
        place = (0, lag) if self._over_lags else (sample.saved,)
        for part, values in (("difference", difference), ("pairs", twin.finite)):
            self._parts[part][:, *place] += by_rows(values, ROWS)
