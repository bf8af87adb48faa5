"""Segments of a trajectory: steps that end on breaks, turns, what is measured."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.flows.lowered import timetable_of
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation import timeline as module
from twoqs.simulation.calls import calls
from twoqs.simulation.timeline import timeline

A = tq.Spin(10, "a")
JUMPS = tq.Parameter("f", tq.piecewise([0, 0.33, 1.21], [1.0, 0.0, 2.0]))


def segments(model, **settings):
    numerics = resolve(model, Numerics(**{"step": 0.1} | settings))
    return timeline(numerics, timetable_of(model)), numerics


def test_steps_end_on_jumps():
    model = tq.Model(hamiltonian=JUMPS * A.x)
    found, _ = segments(model, times=(0.0, 1.0, 2.0))
    ends = [one.start + one.steps * one.step for one in found]
    np.testing.assert_allclose(ends, [0, 0.33, 1.0, 1.21, 2.0], rtol=1e-14)  # rounding
    assert [one.measured for one in found] == [True, False, True, False, True]
    assert [one.steps for one in found] == [0, 4, 7, 3, 8]
    for one in found:
        assert one.step <= 0.1
        # Midpoints lie within pieces.
        values = JUMPS.value.at(one.midpoints(1))
        assert len(set(values.tolist())) <= 1
    # Jumps at a measurement or after the end cut nothing.
    at_times, _ = segments(model, times=(0.33, 1.21))
    assert [one.measured for one in at_times] == [True, True]
    before, _ = segments(model, times=(0.2,))
    assert len(before) == 1


def test_what_is_measured_at_a_turn_comes_after_it():
    model = tq.Model(hamiltonian=A.x, events=[tq.turn([0, 1, 1.5], A, "x", 0.3)])
    found, _ = segments(model, times=(0.0, 1.0, 2.0))
    told = [(one.start, len(one.turns), one.steps, one.measured) for one in found]
    assert told == [
        (0.0, 1, 0, True),
        (0.0, 0, 10, False), (1.0, 1, 0, True),
        (1.0, 0, 5, False), (1.5, 1, 5, True),
    ]  # fmt: skip
    later, _ = segments(model, times=(0.5, 1.5))
    told = [(one.start, len(one.turns), one.steps, one.measured) for one in later]
    assert told == [(0.0, 1, 5, True), (0.5, 0, 5, False), (1.0, 1, 5, False), (1.5, 1, 0, True)]


def test_every_sample_is_taken_once():
    turns = [tq.turn([0.5, 1.7], A, "z", 1)]
    for settings in ({"times": (0.0, 0.5, 1.0, 2.0)}, {"average": (1.7, 2.0), "samples": 7}):
        model = tq.Model(hamiltonian=JUMPS * A.x, events=turns)
        found, numerics = segments(model, **settings)
        made = list(calls(model, numerics, timeline(numerics, timetable_of(model))))
        assert sum(one.first.steps * one.samples for one in made) == sum(s.steps for s in found)
        measured = [one for one in made if one.first.measured]
        assert sum(one.samples for one in measured) == len(numerics.sample_times)
        assert sum(len(one.first.turns) for one in made) == 2
        if numerics.average is None:
            assert [one.saved for one in measured] == [0, 1, 2, 3]
        else:
            assert [one.saved for one in measured[:-1]] == [-1] * (len(measured) - 1)
            assert measured[-1].saved == 0


def test_times_that_differ_by_rounding_are_one():
    """3*0.1 is above 0.3, and 3*0.3 below 0.9."""
    for tau, time in ((0.1, 0.3), (0.2, 0.6), (0.3, 0.9)):
        model = tq.Model(hamiltonian=A.x, events=[tq.turn(3 * tau, A, "x", 1.0)])
        found, _ = segments(model, times=(0.0, time))
        told = [(one.start, len(one.turns), one.measured) for one in found]
        assert told == [(0.0, 0, True), (0.0, 0, False), (time, 1, True)]
    late = tq.Model(hamiltonian=A.x * tq.sampled([0, 0.3], [0, 1]))
    segments(late, times=(0.0, 0.1 * 3))


def test_windows_hold_no_turns():
    model = tq.Model(hamiltonian=A.x, events=[tq.turn([0.5, 1.7], A, "z", 1)])
    with pytest.raises(ArgumentError, match="`average` must be a window without turns"):
        segments(model, average=(0.5, 2.0))
    segments(model, average=(1.7, 2.0))  # which begins with one


def test_values_of_pulses_are_in_memory_for_some_steps_only(monkeypatch):
    monkeypatch.setattr(module, "ROWS_IN_MEMORY", 8)
    model = tq.Model(hamiltonian=JUMPS * A.x)
    found, _ = segments(model, times=(0.3, 3.3))
    assert max(one.steps for one in found) <= 8
    whole = timeline(resolve(model, Numerics(times=(0.3, 3.3), step=0.1)), timetable_of(model))
    assert whole == found
    midpoints = np.concatenate([one.midpoints(1) for one in found])
    assert np.all(np.diff(midpoints) > 0)
    assert sum(one.measured for one in found) == 2


@pytest.mark.parametrize(("start", "count"), [(0.0, 3), (1.7, 1)])
def test_midpoints_are_in_the_middle_of_steps(start, count):
    one = module.Segment(start, (), 2, 0.25, True)
    expected = start + 0.25 * (np.arange(2 * count) + 0.5)
    np.testing.assert_array_equal(one.midpoints(count), expected)
