"""Finds when a model has relaxed, from runs that begin to average later and later."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.measure.drift import RELAXED, Stationarity, relaxation_of
from twoqs.measure.records import RecordLayout
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.model.limits import MOST_PILOT_STEPS
from twoqs.model.model import Model
from twoqs.simulation.batch import batch_trajectories, run_batch
from twoqs.simulation.unrelaxed import LATE

AUTO = "auto"
"""What stands for a window that is to be found."""

PILOT = 256
"""Trajectories of these runs: halves of a window tell reliably from 64 on."""

FIRST_STEPS = 200
"""Steps before the first window, ten times the inverse of the fastest rate by default."""

LARGEST_LEAP = 8.0
"""How much later the next window begins at most: early relaxation times are rough guesses."""


WINDOW_VERSION = 2
"""Part of the identity of points without a window; raise it when others would be found."""


def is_auto(average: Any) -> bool:
    """Whether a window is to be found."""
    return isinstance(average, str) and average == AUTO


def relaxed_window(model: Model, numerics: Numerics, seed: int) -> tuple[float, float]:
    """A window that begins late enough, and is as long as what comes before it.

    It begins when both tests of `twoqs.measure.drift` pass, and after LATE relaxation times.

    Args:
        numerics: settings without times.
        seed: of the runs.

    Raises:
        ArgumentError: if no window does within MOST_PILOT_STEPS steps of a trajectory.
    """
    plain = replace(_plain(numerics), budget=("drift",))
    (start, end), found = first_window(model, numerics), None
    latest = latest_end(start)
    while end <= latest:
        found = _relaxation(model, replace(plain, average=(start, end)), seed)
        if found is not None and found.word == RELAXED and LATE * found.slowest <= start:
            return start, end
        late = math.inf if found is None else LATE * found.slowest
        start = max(2 * start, min(late, LARGEST_LEAP * start))
        end = 2 * start
    raise ArgumentError(
        f'Argument `average` must be a window, as "auto" finds none: up to time {start:.3g} '
        f"({MOST_PILOT_STEPS:g} steps) values have not relaxed."
    )


def first_window(model: Model, numerics: Numerics) -> tuple[float, float]:
    """The first window that is tried, and the earliest that is found.

    Args:
        numerics: settings without times.

    Raises:
        ArgumentError: if times are given, or the settings do not fit the model.
    """
    times, wanted = numerics.times, 'be left out where `average` is "auto"'
    require(times is None, "times", wanted, times)
    step = resolve(model, replace(_plain(numerics), average=(0.0, 0.0))).step
    assert step is not None
    return FIRST_STEPS * step, 2 * FIRST_STEPS * step


def latest_end(start: float) -> float:
    """The time at which any window ends that is found, if the first one begins at `start`."""
    return MOST_PILOT_STEPS / FIRST_STEPS * start


def window_id(model: Model, numerics: Numerics) -> str:
    """Identity of a point whose window is not found yet: 16 hexadecimal digits.

    Args:
        numerics: resolved settings with the window of `first_window`.
    """
    text = repr((AUTO, WINDOW_VERSION, point_id(model, numerics)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def require_any_window(model: Model, numerics: Numerics) -> None:
    """Refuse requests whose result has another shape or other coordinates for another window.

    Args:
        numerics: resolved settings with the window of `first_window`; its own are asked for anew.

    Raises:
        ArgumentError: naming the request.
    """
    assert numerics.average is not None
    start, end = numerics.average
    other = resolve(model, replace(numerics, average=(7 * start, 7 * end), samples=None))
    for request in numerics.requests:
        same = request.shapes(model, numerics) == request.shapes(model, other)
        a, b = request.coordinates(model, numerics), request.coordinates(model, other)
        if not same or any(not np.array_equal(a[dim].values, b[dim].values) for dim in a):
            wanted = "be a window [start, end]: dimensions of the result depend on it"
            raise ArgumentError.of("average", f"{wanted} ({request.name})", AUTO)


def _plain(numerics: Numerics) -> Numerics:
    """Settings without all that is measured beside the moments, and when."""
    plain = replace(numerics, samples=None, requests=(), derived=(), observables=(), times=None)
    return replace(plain, budget=())


def _relaxation(model: Model, numerics: Numerics, seed: int) -> Stationarity | None:
    settings = resolve(model, numerics)
    count = math.ceil(PILOT / batch_trajectories(model, settings))
    rows = np.concatenate([run_batch(model, settings, seed, batch) for batch in range(count)])
    return relaxation_of(model, settings, RecordLayout.of(model, settings).split(rows))
