"""Finds when a model has relaxed, from runs that begin to average later and later."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError
from twoqs.measure.drift import RELAXED, Stationarity, relaxation_of
from twoqs.measure.records import RecordLayout
from twoqs.methods.numerics import Numerics, resolve
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
    plain = replace(numerics, samples=None, requests=(), derived=(), observables=(), times=None)
    plain = replace(plain, budget=("drift",))
    step = resolve(model, replace(plain, average=(0.0, 0.0), budget=())).step
    assert step is not None
    start, found = FIRST_STEPS * step, None
    while 2 * start <= MOST_PILOT_STEPS * step:
        found = _relaxation(model, replace(plain, average=(start, 2 * start)), seed)
        if found is not None and found.word == RELAXED and LATE * found.slowest <= start:
            return start, 2 * start
        late = math.inf if found is None else LATE * found.slowest
        start = max(2 * start, min(late, LARGEST_LEAP * start))
    raise ArgumentError(
        f'Argument `average` must be a window, as "auto" finds none: up to time {start:.3g} '
        f"({MOST_PILOT_STEPS:g} steps) values have not relaxed."
    )


def _relaxation(model: Model, numerics: Numerics, seed: int) -> Stationarity | None:
    settings = resolve(model, numerics)
    count = math.ceil(PILOT / batch_trajectories(model, settings))
    rows = np.concatenate([run_batch(model, settings, seed, batch) for batch in range(count)])
    return relaxation_of(model, settings, RecordLayout.of(model, settings).split(rows))
