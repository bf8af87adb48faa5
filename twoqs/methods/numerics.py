"""How a model is integrated: scheme, representation, step, and when it is measured.

Everything here is checked against the model before anything runs: combinations that have no
meaning are refused with the reason.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require, told_together
from twoqs.flows.fastest import peak_note
from twoqs.flows.lowered import timetable_of
from twoqs.methods import INTERACTION_DIFFUSION, PRECISIONS, Method, method_of
from twoqs.methods.causes import CAUSES, PAIRED_EVERY
from twoqs.methods.quickest import fastest_rate
from twoqs.methods.request import Request
from twoqs.model.kinds import MODE
from twoqs.model.limits import MOST_STEPS, MOST_TIMES
from twoqs.model.model import Model

OPTIONAL_OBSERVABLES = ("correlation", "sites")

FASTEST = 1e100
"""Rates are limited so that nothing overflows; in sensible units they are of order 1."""

SLOWEST = 1e300
"""Longest step: that of rates so small that nothing ever happens."""

STEPS_PER_SAMPLE = 20
"""Steps between the samples of a time average by default: neighbours closer in time agree."""

FEWEST_INTERVALS = 50
"""Samples of a short window are closer in time, or so few would not give its mean."""

STREAM_VERSION = 8
"""Part of every point's identity; raise it when the same seed begins to give other numbers."""


@dataclass(frozen=True)
class Numerics:
    """Numerical settings of one run; `resolve` checks them and fills in what was left out.

    Attributes:
        scheme: "conserving" (Bloch vectors of fixed length, Wigner only), "discrete" (spins 1/2,
            likewise), "pda" (the paper's equations, second order) or "euler-maruyama" (the paper's
            equations, first order). Runs that name none take that of `default_for` the model.
        representation: "P" (k=+1), "W" (k=0) or "Q" (k=-1).
        step: longest time step; the steps between two measurements are equal and not longer.
        times: increasing times at which expectation values are wanted, or
        average: (start, end) of a window to average over.
        samples: number of equidistant samples in the window, both ends included.
        observables: extra observables, "correlation" and "sites"; moments are always there.
        neglect: "interaction-diffusion" accepts that P and Q lose a part of the interaction.
        precision: "double", or "single" for trajectories in 32-bit numbers: faster, with a
            rounding error far below the statistical one. Sums are in double precision always.
        requests: what else is measured, see `twoqs.observe`.
        derived: names and formulas of functions of what is measured; no part of the identity.
        budget: errors beside that of sampling that are estimated, of CAUSES; no part of it either,
            as trajectories stay what they are.
        paired_every: of so many blocks one is run at twice the step for "step"; no part of it.
    """

    scheme: str = "conserving"
    representation: str = "W"
    step: float | None = None
    times: tuple[float, ...] | None = None
    average: tuple[float, float] | None = None
    samples: int | None = None
    observables: tuple[str, ...] = ()
    neglect: str | None = None
    precision: str = "double"
    requests: tuple[Request, ...] = ()
    derived: tuple[tuple[str, str], ...] = ()
    budget: tuple[str, ...] = ()
    paired_every: int = PAIRED_EVERY

    @property
    def method(self) -> Method:
        """The scheme in its representation, with the step."""
        return method_of(self.scheme, self.representation, self.step)

    @property
    def end(self) -> float:
        """Time of the last measurement."""
        if self.times is not None:
            return self.times[-1]
        assert self.average is not None
        return self.average[1]

    @property
    def sample_times(self) -> tuple[float, ...]:
        """All times at which a trajectory is measured."""
        if self.times is not None:
            return self.times
        assert self.average is not None
        assert self.samples is not None
        return tuple(np.linspace(*self.average, self.samples).tolist())

    @property
    def saved_times(self) -> int:
        """Number of entries along `time` in the result; a window has one."""
        return len(self.times) if self.times is not None else 1

    def stops(self, breaks: Sequence[float] = ()) -> tuple[float, ...]:
        """Times of all measurements, and others that steps must end on."""
        return tuple(sorted({*self.sample_times, *breaks})) if breaks else self.sample_times

    def segments(self, stops: Sequence[float] | None = None) -> list[tuple[int, float]]:
        """(number of steps, step) from each stop to the next, beginning at time 0.

        Args:
            stops: those of `stops`; the measurements alone if left out.
        """
        assert self.step is not None
        lengths = np.diff(self.sample_times if stops is None else stops, prepend=0.0)
        # The small allowance keeps 0.3/0.1 from becoming four steps by rounding.
        counts = np.ceil(lengths / self.step * (1 - 1e-12))
        steps = np.divide(lengths, counts, out=np.zeros_like(lengths), where=counts > 0).tolist()
        # Steps that differ by rounding are one, so that what depends on it is prepared once.
        last, least, most = math.nan, math.nan, math.nan
        for place, step in enumerate(steps):
            if not least <= step <= most:
                last, least, most = step, step * (1 - 1e-12), step * (1 + 1e-12)
            steps[place] = last
        return list(zip(counts.astype(int).tolist(), steps, strict=True))

    @property
    def taps(self) -> tuple[str, ...]:
        """Labels of the jumps whose output fields are kept, in alphabetical order."""
        return tuple(sorted({label for request in self.requests for label in request.taps}))

    @property
    def vectors(self) -> bool:
        """Whether any request takes vectors of samples."""
        return any(request.vectors for request in self.requests)

    @property
    def keep(self) -> int:
        """How many trajectories are kept one by one."""
        return max((request.keeps for request in self.requests), default=0)

    @cached_property
    def n_steps(self) -> int:
        """Steps of one trajectory."""
        return sum(count for count, _ in self.segments())


def resolve(model: Model, numerics: Numerics) -> Numerics:
    """These settings with step and samples filled in, checked against the model.

    Raises:
        ArgumentError: for an unknown name, a refused combination (with the reason), times that do
            not increase, or a step that is too large for the model's rates.
    """
    method = numerics.method
    _check_names(numerics)
    method.check(model, numerics.precision, numerics.neglect)
    _check_observables(model, numerics)
    _check_times(numerics)
    timetable_of(model).require_until(numerics.end, model.last_change)
    if numerics.average is not None:
        timetable_of(model).require_none_in(*numerics.average)
    rate = fastest_rate(model)
    if not rate < FASTEST:
        raise ArgumentError(
            f"Argument `model` must have no rate above {FASTEST:g}, but its fastest is {rate:g}."
        )
    step = numerics.step
    if step is None:
        # Without any rate nothing ever happens, and any step is right.
        step = min(method.default_step / rate, SLOWEST) if rate else 1.0
    require(_finite(step) and step > 0, "step", "be a positive number", step)
    largest = method.largest_step / rate if rate else math.inf
    if not step <= largest:
        note = peak_note(model, numerics.end)
        wanted = (
            f"be at most {largest:.3g} for the scheme {method.name!r}: the fastest rate of this "
            f"model is {rate:.4g}{f' ({note})' if note else ''}"
        )
        raise ArgumentError.of("step", wanted, step)
    _check_length(numerics, step)
    samples = numerics.samples
    if numerics.average is not None and samples is None:
        start, end = (float(t) for t in numerics.average)
        steps = (end - start) / step
        intervals = max(steps / STEPS_PER_SAMPLE, min(steps, FEWEST_INTERVALS))
        samples = 1 + min(math.ceil(intervals), MOST_TIMES - 1)
    # Floats throughout: 1 and 1.0 are the same time, and must give the same identity.
    times, average = numerics.times, numerics.average
    resolved = replace(
        numerics,
        step=float(step),
        times=None if times is None else tuple(float(t) for t in times),
        average=None if average is None else (float(average[0]), float(average[1])),
        samples=samples,
    )
    with told_together() as told:
        for request in resolved.requests:
            told(request.check, model, resolved)
    return resolved


def point_id(model: Model, numerics: Numerics) -> str:
    """Identity of a model with resolved settings: 16 hexadecimal digits, the same everywhere."""
    others = ("requests", "derived", "budget", "paired_every")
    names = [f.name for f in fields(numerics) if f.name not in others]
    settings = [(name, getattr(numerics, name)) for name in names]
    settings += [("request", request.identity(model, numerics)) for request in numerics.requests]
    variant = numerics.method.variant(model, numerics.taps)
    text = repr((STREAM_VERSION, model.digest, settings, *variant))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check_names(numerics: Numerics) -> None:
    for name in numerics.observables:
        known = ", ".join(OPTIONAL_OBSERVABLES)
        wanted = (
            f"name only {known} (others are mappings, `name: formula`; moments are there anyway)"
        )
        require(name in OPTIONAL_OBSERVABLES, "observables", wanted, name)
    precision, known = numerics.precision, ", ".join(PRECISIONS)
    named = isinstance(precision, str) and precision in PRECISIONS
    require(named, "precision", f"be one of {known}", precision)
    for name in numerics.budget:
        require(name in CAUSES, "budget", f"name only {', '.join(CAUSES)}", name)
    neglect, wanted = numerics.neglect, f'be left out or "{INTERACTION_DIFFUSION}"'
    known_neglect = isinstance(neglect, str) and neglect == INTERACTION_DIFFUSION
    require(neglect is None or known_neglect, "neglect", wanted, neglect)


def _check_observables(model: Model, numerics: Numerics) -> None:
    if "correlation" in numerics.observables and not model.lattice.distances:
        raise ArgumentError(
            'Argument `observables` must not name "correlation" for the lattice '
            f"{model.lattice!r}: distances are defined for chains, square and cubic lattices only."
        )
    if "correlation" in numerics.observables and np.any(model.kinds == MODE):
        raise ArgumentError(
            'Argument `observables` must not name "correlation" for modes: correlations over '
            "distances are those of spins only."
        )


def _check_times(numerics: Numerics) -> None:
    times, average = numerics.times, numerics.average
    if (times is None) == (average is None):
        raise ArgumentError(
            "Argument `times` or `average` must be given, one and only one of them, but got "
            f"times={times!r}, average={average!r}."
        )
    if times is not None:
        require(len(times) > 0, "times", "hold at least one time", times)
        require(len(times) <= MOST_TIMES, "times", f"hold at most {MOST_TIMES} times", len(times))
        require(all(_finite(t) and t >= 0 for t in times), "times", "be finite, from 0 on", times)
        require(all(a < b for a, b in pairwise(times)), "times", "increase", times)
        require(numerics.samples is None, "samples", "go with `average` only", numerics.samples)
        return
    assert average is not None
    require(
        len(average) == 2 and all(_finite(t) for t in average) and 0 <= average[0] <= average[1],
        "average",
        "be a window (start, end) with 0 <= start <= end",
        average,
    )
    samples = numerics.samples
    least = 1 if average[0] == average[1] else 2
    require(
        samples is None or (isinstance(samples, int) and samples >= least),
        "samples",
        f"be an integer of at least {least}",
        samples,
    )
    few = samples is None or samples <= MOST_TIMES
    require(few, "samples", f"be at most {MOST_TIMES}", samples)


def _check_length(numerics: Numerics, step: float) -> None:
    """Refuse trajectories of too many steps, of which the step or else the end is to blame."""
    if numerics.step is not None:
        least = numerics.end / MOST_STEPS
        require(step >= least, "step", f"be at least {least:.3g}: {MOST_STEPS:g} steps", step)
    name, most = "average" if numerics.times is None else "times", MOST_STEPS * step
    wanted = f"end at {most:.3g} at most: {MOST_STEPS:g} steps of {step:.3g}"
    require(numerics.end <= most, name, wanted, numerics.end)


def _finite(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)
