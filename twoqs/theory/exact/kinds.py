"""Which kinds of requests have an exact result, and the values of all of them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from twoqs.flows.lowered import timetable_of
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model
from twoqs.observe.coherence import G1, G2, Quanta
from twoqs.observe.correlations import Correlations
from twoqs.observe.dynamic_structure import DynamicStructure
from twoqs.observe.emission import Coincidence, Flux
from twoqs.observe.expectation import Expectation
from twoqs.observe.field import MeanOutput
from twoqs.observe.fluctuation_dissipation import FluctuationDissipation
from twoqs.observe.homodyne import Homodyne
from twoqs.observe.pairs import Pairs
from twoqs.observe.power import PowerSpectrum
from twoqs.observe.response import Response
from twoqs.observe.spectrum import EmissionSpectrum
from twoqs.observe.structure import StructureFactor
from twoqs.observe.total import Total
from twoqs.observe.two_times import TwoTimes
from twoqs.theory.exact import means, outputs, pairs, two_times
from twoqs.theory.exact.intervals import Intervals
from twoqs.theory.exact.means import Asked, ExactValues, Means
from twoqs.theory.exact.run import ConstantRun, response_of_run, two_times_of_run
from twoqs.theory.exact.window import SteadyWindow
from twoqs.theory.exponential import Matrix
from twoqs.theory.master_equation import AtRest
from twoqs.theory.observables import Expectations
from twoqs.theory.space import Space

BY_MEANS: dict[str, Callable[[Any, Asked], Means]] = {
    Expectation.kind: means.exact_expectation,
    Total.kind: means.exact_total,
    Flux.kind: means.exact_flux,
    Coincidence.kind: means.exact_coincidence,
    MeanOutput.kind: means.exact_mean_output,
    Pairs.kind: pairs.exact_pairs,
    StructureFactor.kind: pairs.exact_structure,
    Correlations.kind: pairs.exact_correlations,
}
"""What kinds need of the state at one time."""

BY_REGRESSION: dict[str, Callable[[Any, SteadyWindow], ExactValues]] = {
    EmissionSpectrum.kind: outputs.exact_spectrum,
    Homodyne.kind: outputs.exact_homodyne,
    G1.kind: outputs.exact_g1,
    G2.kind: outputs.exact_g2,
    Quanta.kind: outputs.exact_quanta,
    TwoTimes.kind: two_times.exact_two_times,
    PowerSpectrum.kind: two_times.exact_power,
    DynamicStructure.kind: two_times.exact_dynamic_structure,
    Response.kind: two_times.exact_response,
    FluctuationDissipation.kind: two_times.exact_fluctuation_dissipation,
}
"""What kinds are in a steady state, whose outputs are correlated in time."""


OF_RUNS: dict[str, Callable[[Any, ConstantRun], ExactValues]] = {
    TwoTimes.kind: two_times_of_run,
    Response.kind: response_of_run,
}
"""What kinds are from the initial state on, where nothing depends on time."""


def without_theory(model: Model, numerics: Numerics) -> list[str]:
    """Names of the requests that have no exact result."""
    known = {*BY_MEANS}
    if numerics.times is None:
        known |= {*BY_REGRESSION}
    elif timetable_of(model).empty:
        known |= {*OF_RUNS}
    return [one.name for one in numerics.requests if one.kind not in known]


def of_run(model: Model, numerics: Numerics, limit: int, cuts: dict[str, int]) -> ExactValues:
    """All variables of kinds that are about two times of a run."""
    values: ExactValues = {}
    if timetable_of(model).empty:
        run = ConstantRun(model, numerics, limit, cuts)
        for one in numerics.requests:
            if one.kind in OF_RUNS:
                values |= OF_RUNS[one.kind](one, run)
    return values


class RequestedMeans:
    """What all requests of a model need of the state at one time.

    Attributes:
        times: at which the state is needed, shape (time,).
    """

    def __init__(self, model: Model, numerics: Numerics) -> None:
        self._model, self._numerics = model, numerics
        self._requests = [one for one in numerics.requests if one.kind in BY_MEANS]
        self._sites = "sites" in numerics.observables
        self._asked_for = np.zeros(1) if numerics.times is None else np.array(numerics.times)
        self._intervals: Intervals | None = None
        lasting = any(one.kind == MeanOutput.kind for one in self._requests)
        if lasting and numerics.times is not None:
            self._intervals = Intervals.between(model, self._asked_for)
        nodes = self._asked_for if self._intervals is None else self._intervals.nodes
        self.times: Floats = np.union1d(self._asked_for, nodes)

    def measure(self, space: Space) -> InSpace:
        """What measures density matrices of a Hilbert space."""
        asked = Asked(self._model, self._numerics, space)
        parts = [BY_MEANS[one.kind](one, asked) for one in self._requests]
        return InSpace([*parts, means.sites(asked)] if self._sites else parts)

    def values(self, measure: InSpace, measured: Complexes) -> ExactValues:
        """Of all variables, of shape (time, *dims), from all means, shape (time, operator)."""
        found: ExactValues = {}
        places = np.searchsorted(self.times, self._asked_for)
        start = 0
        for one in measure.parts:
            stop = start + len(one.operators)
            own = measured[:, start:stop]
            if one.lasting and self._intervals is not None:
                there = np.searchsorted(self.times, self._intervals.nodes)
                own = one.factors(self.times[there]) * own[there]
                own = self._intervals.averages(own)
            else:
                own = own[places]
            found |= one.finish(own)
            start = stop
        return found


class InSpace:
    """Requests with their operators in one Hilbert space.

    Attributes:
        parts: one for each request.
    """

    def __init__(self, parts: list[Means]) -> None:
        self.parts = parts
        self._means = Expectations([operator for one in parts for operator in one.operators])

    def __call__(self, rho: Matrix) -> Complexes:
        """All means, shape (operator,)."""
        return self._means(rho)


def in_steady_state(model: Model, numerics: Numerics, found: AtRest) -> ExactValues:
    """All variables that requests have at rest, of shape (*dims)."""
    requested = RequestedMeans(model, numerics)
    measure = requested.measure(found.space)
    values = {
        name: value[0]
        for name, value in requested.values(measure, measure(found.rho)[None]).items()
    }
    window = SteadyWindow(model, numerics, found)
    for one in numerics.requests:
        if one.kind in BY_REGRESSION:
            values |= BY_REGRESSION[one.kind](one, window)
    return values
