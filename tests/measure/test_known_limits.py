"""Warnings of known limits; verification/known_limits.py measures how often they are right."""

from __future__ import annotations

import re
from math import cos, pi, sin, sqrt

import numpy as np
import pytest

import twoqs as tq
from twoqs.measure.accuracy import accuracy_notes
from twoqs.measure.limits.classical import path_of
from twoqs.methods.numerics import Numerics, resolve

X, MINUS_X = tq.coherent(pi / 2), tq.coherent(pi / 2, pi)


def told(model: tq.Model, end: float, scheme: str = "conserving") -> str:
    numerics = resolve(model, Numerics(times=(0.0, end), scheme=scheme))
    return " ".join(accuracy_notes(model, numerics))


def squeezed(spin: float, theta: float, dephasing: float = 0.0) -> tq.Model:
    one = tq.Spin(spin, "s")
    jumps = [tq.jump(cos(theta) * one.minus + sin(theta) * one.plus, 1 / (2 * spin))]
    return tq.Model(jumps=[*jumps, tq.jump(one.x, dephasing), tq.jump(one.y, dephasing)])


def bath(spin: float, starts: tuple, drive: float = 0.0, own: float = 0.0) -> tq.Model:
    one, two = tq.Spin(spin, "a"), tq.Spin(spin, "b")
    jumps = [tq.jump(one.minus + two.minus, 1 / (2 * spin))]
    jumps += [tq.jump(s.minus, own / (2 * spin)) for s in (one, two) if own]
    start = dict(zip("ab", starts, strict=True))
    return tq.Model(hamiltonian=drive * one.x, jumps=jumps, initial=start, members=[one, two])


def dicke(spin: float, coupling: float) -> tq.Model:
    light, one = tq.Mode("light"), tq.Spin(spin, "s")
    tied = 2 * coupling / sqrt(2 * spin) * (light.a + light.adag) * one.x
    return tq.Model(hamiltonian=light.n + one.z + tied, jumps=[tq.jump(light.a, 0.5)])


def one(spin: float, **terms) -> tq.Model:
    return tq.Model(spin=spin, **terms)


@pytest.mark.parametrize(
    ("model", "end", "words"),
    [
        (squeezed(10, 0.7), 40, r"squeeze the spin to 0.86/S .* 70 to 110 % .* S = 36"),
        (bath(3, (X, MINUS_X)), 8, r"`a`, `b` share a bath.* 0\.13 S .* S = 14"),
        (bath(2, ("up", "down")), 8, "share a bath"),
        (bath(3, ("down", "down"), drive=0.8), 8, "share a bath"),
        (dicke(3, 0.9), 12, r"not stable.* 0\.06 S\^2 and n by up to 7 %"),
        (one(10, twist=(40, -40, 0), decay=2.0, initial="up"), 0.5, "part as exp.* 0.05 to 0.25 S"),
        (one(10, twist=(1.0, 0, 0)), 32, r"lasts beyond time 24\.7.* 0\.5 S\^2"),
    ],
)  # fmt: skip
def test_what_is_off_is_told_with_its_size(model, end, words):
    (note,) = accuracy_notes(model, resolve(model, Numerics(times=(0.0, end))))
    assert re.search(words, note), note


@pytest.mark.parametrize(
    ("model", "end"),
    [
        (squeezed(40, 0.7), 40),
        (squeezed(10, 0.7, dephasing=0.1), 40),  # noise of the spin's own widens it
        (squeezed(10, 0.7), 0.2),  # not squeezed yet
        (bath(20, (X, MINUS_X)), 8),
        (bath(5, ("up", "down")), 8),
        (bath(3, ("down", "down"), drive=0.2), 8),
        (bath(3, (X, MINUS_X), own=1.0), 8),  # decay empties dark states
        (dicke(3, 0.35), 12),  # below threshold
        (dicke(8, 0.9), 12),
        (one(10, twist=(40, -40, 0), decay=40.0, initial="up"), 0.5),
        (one(10, twist=(1, -1, 0), initial="up"), 2.0),  # not folded yet
        (one(10, twist=(1.0, 0, 0)), 12),
        (one(5, twist=(1.0, 0, 0), decay=0.2), 16),  # no revivals
        (one(100, field=(1.5, 0, 0), decay=1.0), 1000),
    ],
)
def test_what_is_right_is_not_told(model, end):
    assert told(model, end) == ""


@pytest.mark.filterwarnings("ignore::twoqs.UnphysicalWarning")  # which says so afterwards
def test_lengths_that_will_drift_apart_are_told_for_pda_alone():
    """The spread is that of a run of 1000 trajectories to a third: orbits stand for averages."""
    model = one(100, field=(0.5, 0, 0), decay=1.0)
    assert told(model, 50.0) == told(model, 10.0, "pda") == ""
    note = told(model, 50.0, "pda")
    assert "Lengths of spins drift apart by 0.25 S until time 50" in note
    assert "'conserving', or end the run at time 33 " in note
    with pytest.warns(UserWarning, match="drift apart"):
        found = tq.simulate(model, times=[50.0], trajectories=1000, scheme="pda", seed=1)
    assert float(found.spin_length_std[0]) / 100 == pytest.approx(0.25, rel=1 / 3)


def test_orbits_of_spins_of_other_lengths_are_told_before_lengths_are_wrong():
    """S = 1000 above the transition, where pda is off by 0.03 S^2 at time 6, and 0.2 S^2 at 7."""
    model = one(1000, field=(1.2, 0, 0), decay=1.0)
    assert told(model, 10.0) == told(model, 2.0, "pda") == ""
    note = told(model, 10.0, "pda")
    assert re.search(r"drift apart by 0\.05\d* S .* elsewhere on their orbits: .* time 6\.3 ", note)
    kept = tq.simulate(model, times=[10.0], trajectories=256, seed=1)
    with pytest.warns(tq.AccuracyWarning, match="orbits"):
        free = tq.simulate(model, times=[10.0], trajectories=256, seed=1, scheme="pda")
    assert 0.2 < abs(float((free.sz - kept.sz)[0])) / 1000 < 0.4
    # Twisting parts neighbours by more than that, and hides it: there it is off by 0.005 S.
    sheared = one(100, twist=(0, 0, 5.0), decay=0.1, initial=X)
    assert told(sheared, 5.0, "pda") == ""


def test_the_classical_motion_is_that_of_the_mean_field():
    """s^z = -S sqrt(1 - (Omega/Gamma)^2) at rest; n = (drive/G)^2 of a mode."""
    model = one(100, field=(0.6, 0, 0), decay=1.0)
    path = path_of(model, 30.0)
    assert path.mean[-1, 2] == pytest.approx(-80, rel=2e-4)  # steps of 0.2
    np.testing.assert_allclose(np.linalg.norm(path.around, axis=2)[-1], 100.2, rtol=5e-3)
    light = tq.Mode("light")
    driven = tq.Model(hamiltonian=2 * (light.a + light.adag), jumps=[tq.jump(light.a, 1.0)])
    path = path_of(driven, 30.0)
    assert path.mean[-1, 2] == pytest.approx(4, rel=2e-4)
