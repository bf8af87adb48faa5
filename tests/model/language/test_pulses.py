"""Pulses: values, bounds, breaks; expressions of them; what is refused."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.model.language.in_time import bounds, moving, values_in_time
from twoqs.model.language.jumps import checked_rate
from twoqs.model.language.parameters import polynomial
from twoqs.model.language.pulses import PULSES

T = np.linspace(0, 10, 41)

PULSES_AND_FORMULAS = {
    "gauss": (tq.gauss(3, 0.5, 2.0, 0.1), 0.1 + 2 * np.exp(-2 * (T - 3) ** 2)),
    "ramp": (tq.ramp(2, 6, 1.0, -1.0), np.clip(1 - (T - 2) / 2, -1, 1)),
    "cosine": (tq.cosine(0.5, 3.0, 0.2, 1.0), 1 + 0.5 * np.cos(3 * T + 0.2)),
    "piecewise": (tq.piecewise([0, 1, 5], [1, 2, -3]), np.select([T < 1, T < 5], [1, 2], -3)),
    "sampled": (tq.sampled([0, 4, 10], [0, 8, 2]), np.where(T < 4, 2 * T, 12 - T)),
}


@pytest.mark.parametrize("kind", PULSES)
def test_values_are_those_of_the_formula(kind):
    pulse, expected = PULSES_AND_FORMULAS[kind]
    np.testing.assert_allclose(pulse.at(T), expected, atol=1e-13)  # rounding
    assert pulse.at(np.array(3.3)).shape == ()
    least, most = pulse.bounds
    assert least <= expected.min()
    assert expected.max() <= most
    # Equal pulses are equal, and called alike; others are not.
    assert pulse.label.startswith(kind)
    assert type(pulse)(**pulse.__dict__) == pulse


def test_a_pulse_in_the_far_past_or_future_is_no_overflow():
    with np.errstate(all="raise"):
        assert tq.gauss(1e300, 1e-3).at(np.array([0.0])) < 1e-290
        assert tq.gauss(-1e9, 1.0).at(np.array([0.0])) < 1e-290


def test_a_function_is_kept_as_its_values():
    times = np.linspace(0, 2, 201)
    pulse = tq.sampled(times, np.sin)
    assert pulse == tq.sampled(times, np.sin(times))
    between = np.linspace(0, 2, 999)
    # Straight lines: off by spacing^2/8 of the second derivative, 1.25e-5.
    assert 1e-5 < np.abs(pulse.at(between) - np.sin(between)).max() < 1.3e-5
    assert pulse.end == 2.0


def test_steps_end_on_jumps_and_kinks():
    assert tq.piecewise([0, 1, 5], [1, 2, -3]).breaks == (1.0, 5.0)
    assert tq.ramp(2, 6, 1, 0).breaks == (2.0, 6.0)
    assert tq.gauss(3, 0.25).rate == 4.0
    assert tq.cosine(1, -3).rate == 3.0
    assert tq.sampled([0, 0.5, 2], [0, 1, 0]).rate == 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tq.gauss(0, 0), "`width` must be positive, but got 0"),
        (lambda: tq.gauss(0, -1), "`width` must be positive"),
        (lambda: tq.gauss("5", 1), "`center` must be a number"),
        (lambda: tq.gauss(0, 1, math.nan), "`height` must be finite"),
        (lambda: tq.ramp(3, 3, 0, 1), "`stop` must be later than its start at 3"),
        (lambda: tq.ramp(-1, 3, 0, 1), "`start` must be a time from 0 on"),
        (lambda: tq.cosine(1, math.inf), "`frequency` must be finite"),
        (lambda: tq.piecewise([1, 2], [0, 1]), "begin at 0 (the pulse has no value before)"),
        (lambda: tq.piecewise([0, 2, 2], [0, 1, 2]), "`times` must increase"),
        (lambda: tq.piecewise([0, 2], [0, 1, 2]), "be as many as the times, 2, but got 3"),
        (lambda: tq.piecewise([], []), "hold at least one time"),
        (lambda: tq.piecewise(0, 1), "`times` must be a flat list of numbers"),
        (lambda: tq.sampled([0], [1]), "hold at least two times"),
        (lambda: tq.sampled([0, 1], lambda t: t[:1]), "be as many as the times"),
        (lambda: tq.sampled([0, 1], lambda t, args: t), "be a function of an array of times"),
        (lambda: tq.Parameter("f", np.sin), "a pulse (`sampled(times, function)`"),
        (lambda: tq.Parameter("f", "gauss"), "`value` must be a number"),
    ],
)
def test_what_is_no_pulse_is_refused(make, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        make()


# --- Expressions ----------------------------------------------------------------------------------

OMEGA = tq.Parameter("omega", tq.gauss(3, 0.5, 2.0))
WAVE = tq.Parameter("wave", tq.cosine(1.0, 2.0))
HALF = tq.Parameter("half", 0.5)


@pytest.mark.parametrize(
    ("expression", "factor", "expected"),
    [
        (3 * HALF**2, 0.75, np.ones(len(T))),
        (3 * HALF * OMEGA, 1.5, OMEGA.value.at(T)),
        (OMEGA * WAVE, 1.0, OMEGA.value.at(T) * np.cos(2 * T)),
        (WAVE**2 / 4, 0.25, np.cos(2 * T) ** 2),
        (HALF + WAVE / 4, 1.0, 0.5 + np.cos(2 * T) / 4),
        (polynomial(tq.ramp(0, 10, 0, 10)), 1.0, T),
    ],
)
def test_an_expression_is_a_number_times_pulses(expression, factor, expected):
    found, rest = moving(expression)
    assert found == factor
    np.testing.assert_allclose(values_in_time(rest, T), expected, atol=1e-14)  # rounding
    least, most = bounds(rest)
    assert least <= expected.min() + 1e-14
    assert expected.max() <= most + 1e-14


def test_numbers_can_stand_for_pulses():
    assert moving(3 * OMEGA, {"omega": 2.0}) == (6.0, polynomial(1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: checked_rate(+WAVE),
            "not be negative at any time, but wave may be -1.",
        ),
        (lambda: checked_rate(0.5 - OMEGA / 2), "but -0.5*omega + 0.5 may be -0.5."),
        (lambda: checked_rate(1j * OMEGA), "`rate` must be real"),
        (lambda: OMEGA.value + 1, "unsupported operand"),
        (lambda: moving(1 / WAVE), "`wave` must not be zero at any time"),
        (lambda: moving(WAVE**0.5), "`wave` must not be negative at any time, for its power 0.5"),
        (lambda: (2 * OMEGA).value(), "`omega` must be a number here, and no pulse"),
        (lambda: tq.Parameter("omega", 1.0) * OMEGA, "`omega` must have one value"),
    ],
)
def test_expressions_that_make_no_sense_are_refused(make, message):
    with pytest.raises((ArgumentError, TypeError), match=re.escape(message)):
        make()


def test_rates_that_touch_zero_are_taken():
    checked_rate(1 + WAVE)
    checked_rate(WAVE**2)
