"""Pulses that set the step of a whole run by what they do in a short part of it."""

from __future__ import annotations

import math

import numpy as np

from twoqs.flows.fastest import fastest_turn
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.model.model import Model

TALL = 4.0
"""How many times faster than usual the fastest rate is, if that is worth a word."""

INSTANTS = 256
"""Times of a run at which pulses are looked at, for what is usual."""


def peak_note(model: Model, end: float) -> str:
    """What sets the fastest rate of a model, if that is a pulse at its largest; else nothing.

    Args:
        end: of the run, in which a pulse has its median.
    """
    if not model.general or timetable_of(model).constant:
        return ""
    generators, timetable = generators_of(model), timetable_of(model)
    largest = timetable.peaks
    times = end * (np.arange(INSTANTS) + 0.5) / INSTANTS
    medians = np.minimum(np.median(np.abs(timetable.values(times)), axis=0), largest)
    turn, usual = fastest_turn(generators, largest), fastest_turn(generators, medians)
    if timetable.rate > TALL * usual and timetable.rate >= turn:
        return f"that of a pulse which changes within {1 / timetable.rate:.3g}"
    usual = max(usual, timetable.rate)
    if turn <= TALL * usual:
        return ""
    # The pulse without whose peak spins would turn the slowest.
    columns = np.arange(1, len(largest))
    without = [
        fastest_turn(generators, np.where(np.arange(len(largest)) == one, medians, largest))
        for one in columns
    ]
    name = timetable.keys[int(columns[np.argmin(without)])]
    return f"that of `{name!r}` at its largest; with the medians of pulses it is {usual:.4g}"


def step_note(model: Model, end: float, step: float, default: float) -> str:
    """A clause on the default step of a run, if a pulse sets it in a short part of it.

    Args:
        end: of the run.
        step: of the run.
        default: the step by default, times the fastest rate.
    """
    note = peak_note(model, end)
    if not note:
        return ""
    timetable = timetable_of(model)
    rate = max(fastest_turn(generators_of(model), timetable.peaks), timetable.rate)
    if not math.isclose(step * rate, default):
        return ""
    return f"{default:g} over the fastest rate, {rate:.4g} ({note})"
