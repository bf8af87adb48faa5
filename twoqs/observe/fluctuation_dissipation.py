"""What fluctuates over what dissipates, and the temperature at which equilibrium has as much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Accumulator, OwnCoordinate, PartSums, Request, SamplesOfCall
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.observe.power import PowerSpectrum
from twoqs.observe.response import Response
from twoqs.observe.segments import Segments


@dataclass(frozen=True)
class FluctuationDissipation(Request):
    """F(omega) = S(omega)/chi''(omega) of one observable A, of two other requests of the run.

    S is the spectrum of <{A(t + tau), A(t)}>/2 and chi'' = int_0^inf d tau sin(omega tau) chi(tau),
    chi = i <[A(t + tau), A(t)]>, through the taper that S has. In equilibrium F is
    coth(omega/2T) (hbar = k_B = 1); elsewhere that defines the effective temperature T(omega).

    Source: Callen and Welton, Phys. Rev. 83, 34 (1951); Kubo, Rep. Prog. Phys. 29, 255 (1966).

    Attributes:
        of: the names of a `power` and of a `response` of one observable.
    """

    of: Any
    kind: ClassVar[str] = "fluctuation_dissipation"

    def __post_init__(self) -> None:
        super().__post_init__()
        pair = isinstance(self.of, tuple) and len(self.of) == 2
        fine = pair and all(isinstance(one, str) for one in self.of)
        require(fine, self.kind, "be two names, of a `power` and of a `response`", self.of)

    def parts(self, numerics: Numerics) -> tuple[PowerSpectrum, Response]:
        """The requests that are meant.

        Raises:
            ArgumentError: if there are none of these names and kinds.
        """
        known = {request.name: request for request in numerics.requests}
        power, response = (known.get(name) for name in self.of)
        fine = isinstance(power, PowerSpectrum) and isinstance(response, Response)
        wanted = "name a `power` and a `response` of the same run, in this order"
        require(fine, f"observables.{self.name}", wanted, self.of)
        assert isinstance(power, PowerSpectrum)
        assert isinstance(response, Response)
        return power, response

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse requests of other kinds, and of more than one observable."""
        power, response = self.parts(numerics)
        texts = list(dict.fromkeys((*power.texts, *response.texts)))
        wanted = "name requests of one observable A, `power: A` and `response: [A, A]`"
        require(len(texts) == 1, f"observables.{self.name}", wanted, texts)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """No sums of its own."""
        return {}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Takes nothing."""
        return _Nothing()

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """chi'', the ratio and the temperature."""
        power, response = self.parts(numerics)
        segments, name, dims = power.segments_of(numerics), self.name, (f"{self.name}_omega",)
        lost = f"{name}_dissipation"

        def ratio(averages: Averages) -> Floats:
            return np.asarray(averages[power.name][..., inner(segments)] / averages[lost])

        return (
            Observable(
                lost, f"dissipation chi''(omega) ({segments.text})",
                "square of the units of A, over unit of the rates", None,
                lambda m: dissipation(m[response.name], segments), dims, over="",
            ),
            Observable(
                name, "S(omega)/chi''(omega), coth(omega/2T) in equilibrium", "1", None, ratio,
                dims, over="", relative_to=(lost,),
            ),
            Observable(
                f"{name}_temperature", "effective temperature T(omega)", "unit of the rates", None,
                lambda m: temperature(m[name], _frequencies(segments)), dims, over="",
                relative_to=(lost,),
            ),
        )  # fmt: skip

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Frequencies between 0 and the last one."""
        segments = self.parts(numerics)[0].segments_of(numerics)
        ((dim, own),) = segments.frequencies(self.name, both_signs=False).items()
        return {dim: own._replace(values=_frequencies(segments))}


class _Nothing(Accumulator):
    def add_all(self, samples: SamplesOfCall) -> None:
        """Keep none."""


def inner(segments: Segments) -> slice:
    """Frequencies of a spectrum between 0 and the last one, at which all sines are zero."""
    return slice(1, (segments.length + 1) // 2)


def _frequencies(segments: Segments) -> Floats:
    waves = np.fft.rfftfreq(segments.length, segments.step)
    return np.asarray(2 * np.pi * waves[inner(segments)])


def dissipation(chi: Floats, segments: Segments) -> Floats:
    """int_0^inf d tau sin(omega tau) chi(tau) with the weights that spectra give to lags.

    Args:
        chi: shape (..., lag), from 0 on; zero where it ends before the segments do.

    Returns:
        Shape (..., omega), at those of `inner`.
    """
    lags = min(chi.shape[-1], segments.length)
    # The spectrum of C has each lag twice, at tau and -tau: chi'' has it once.
    weighted = segments.lag_weights[:lags] * chi[..., :lags]
    waves = np.fft.rfft(weighted, segments.length, axis=-1)
    return np.asarray(-waves[..., inner(segments)].imag)


def temperature(ratio: Floats, omega: Floats) -> Floats:
    """T of coth(omega/2T) = F; NaN where |F| < 1, which no T has."""
    with np.errstate(invalid="ignore"):
        return np.asarray(omega / (2 * np.arctanh(1 / ratio)))
