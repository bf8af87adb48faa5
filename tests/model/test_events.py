"""Models with pulses and events: equal however they are written, and what is refused."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model
from twoqs.theory import evolve, steady_state

A, B = tq.Spin(3, "a"), tq.Spin(2, "b")
S = tq.Sites(tq.Spin(2), tq.chain(4), "s")
PULSE = tq.gauss(2.0, 0.5, 1.5)
OMEGA = tq.Parameter("omega", PULSE)
DECAY = tq.jump(A.minus, 0.1)


def digest(**arguments) -> str:
    return tq.Model(**arguments).digest


# --- One model, however it is written -------------------------------------------------------------


def test_names_of_pulses_are_no_part_of_a_model():
    other = tq.Parameter("drive", PULSE)
    found = {
        digest(hamiltonian=OMEGA * A.x, jumps=[DECAY]),
        digest(hamiltonian=other * A.x, jumps=[DECAY]),
        digest(hamiltonian=A.x * PULSE, jumps=[DECAY]),
        digest(hamiltonian=(OMEGA * A.x + other * A.x) / 2, jumps=[DECAY]),
        digest(hamiltonian=tq.Parameter("half", 0.5) * 2 * OMEGA * A.x, jumps=[DECAY]),
    }
    assert len(found) == 1
    longer = tq.Parameter("omega", tq.gauss(2.0, 0.6, 1.5))
    assert digest(hamiltonian=longer * A.x, jumps=[DECAY]) not in found


def test_keywords_take_pulses():
    """With the 1/(2S) of theirs."""
    words = tq.Model(
        spin=3, field=(PULSE, 0, 0.2), twist=(0, 0, tq.ramp(0, 1, 0, 1)),
        decay=tq.cosine(0.1, 1, 0, 0.2),
    )  # fmt: skip
    spin = tq.Spin(3)
    own = tq.Model(
        hamiltonian=spin.x * PULSE + 0.2 * spin.z + spin.z**2 * tq.ramp(0, 1, 0, 1) / 6,
        jumps=[tq.jump(spin.minus, tq.Parameter("g", tq.cosine(0.1, 1, 0, 0.2)) / 6)],
    )
    assert words.digest == own.digest
    assert words.general
    # A number in a parameter is a number.
    assert tq.Model(spin=3, field=(tq.Parameter("h", 0.5), 0, 0), decay=1) == tq.Model(
        spin=3, field=(0.5, 0, 0), decay=1
    )


def test_a_change_is_a_piecewise_pulse():
    lam = tq.Parameter("lam", 0.2)
    late = tq.Parameter("late", 3.0)
    changed = tq.Model(
        hamiltonian=lam * A.x,
        events=[tq.change(late, lam, 0.5), tq.change(1.0, "lam", 0.1)],
    )
    steps = tq.Parameter("lam", tq.piecewise([0, 1, 3], [0.2, 0.1, 0.5]))
    assert changed.digest == tq.Model(hamiltonian=steps * A.x).digest
    assert changed.events == ()
    at_once = tq.Model(hamiltonian=lam * A.x, events=[tq.change(0, lam, 0.5)])
    np.testing.assert_array_equal(timetable_of(at_once).values(np.array([0.0, 1.0]))[:, 1], 0.5)


def test_a_change_reaches_the_angles_of_later_turns():
    """Those at its own time, too, which may differ by rounding."""
    angle = tq.Parameter("angle", 0.5)
    model = tq.Model(
        hamiltonian=A.z,
        events=[
            tq.turn([0.1, 0.3, 1.0, 2.0], A, "x", 2 * angle),
            tq.change(3 * 0.1, angle, 0.2),
            tq.change(2.0, "angle", 0.3),
        ],
    )
    by_hand = [tq.turn(0.1, A, "x", 1.0), tq.turn([0.3, 1], A, "x", 0.4), tq.turn(2, A, "x", 0.6)]
    assert model.turns == tq.Model(hamiltonian=A.z, events=by_hand).turns
    # In H as well.
    both = tq.Model(
        hamiltonian=angle * A.z, events=[tq.turn(1, A, "x", angle), tq.change(0.5, angle, 0.1)]
    )
    steps = tq.Parameter("angle", tq.piecewise([0, 0.5], [0.5, 0.1]))
    own = tq.Model(hamiltonian=steps * A.z, events=[tq.turn(1, A, "x", 0.1)])
    assert both.digest == own.digest


def test_text_gives_the_same_model():
    model = tq.Model(
        hamiltonian=OMEGA * A.x * B.z + S[1].y,
        jumps=[tq.jump(A.minus + B.minus, 0.1 * OMEGA**2)],
        events=[tq.turn([1, 2.5], [A, S[3]], (1, 1, 0), 0.3), tq.turn(2, None, "z", math.pi)],
    )
    again = build_model(model_text(model))
    assert again.digest == model.digest
    assert model_text(again) == model_text(model)
    taken = tq.Spin(2, "pulse1")
    of_that_name = tq.Model(hamiltonian=OMEGA * taken.x)
    assert build_model(model_text(of_that_name)).digest == of_that_name.digest


def test_events_are_part_of_a_model():
    events = {
        "none": [],
        "turn": [tq.turn(1, A, "x", 0.3)],
        "later": [tq.turn(2, A, "x", 0.3)],
        "other axis": [tq.turn(1, A, "y", 0.3)],
        "other angle": [tq.turn(1, A, "x", 0.4)],
        "other spin": [tq.turn(1, B, "x", 0.3)],
        "all": [tq.turn(1, None, "x", 0.3)],
        "twice": [tq.turn(1, A, "x", 0.3), tq.turn(1, A, "x", 0.3)],
    }
    found = {digest(hamiltonian=A.x * B.x, events=one) for one in events.values()}
    assert len(found) == len(events)


def test_what_pulses_multiply_has_columns_of_its_own():
    model = tq.Model(
        hamiltonian=A.x + OMEGA * (A.y + A.z**2) + OMEGA**2 * B.x + A.z * B.z,
        jumps=[DECAY, tq.jump(OMEGA * B.minus, 0.3)],
    )
    generators, timetable = generators_of(model), timetable_of(model)
    assert [one.parameter for one in generators.fields] == [0, 1, 2]
    assert [one.parameter for one in generators.onsite] == [1]
    assert [one.parameter for one in generators.bonds] == [0]
    assert [one.parameter for one in generators.local] == [0, 2]  # the square of the pulse
    times = np.array([0.0, 2.0])
    expected = [[1, p, p**2] for p in PULSE.at(times)]
    np.testing.assert_allclose(timetable.values(times), expected, rtol=1e-14)
    np.testing.assert_allclose(timetable.peaks, [1, 1.5, 2.25])


def test_turns_of_single_sites_tell_sites_apart():
    energy = 0.1 * tq.bonds(S.z, S.z)
    assert tq.Model(hamiltonian=energy, events=[tq.turn(1, S, "x", 1)]).homogeneous
    assert tq.Model(hamiltonian=energy, events=[tq.turn(1, None, "x", 1)]).homogeneous
    assert not tq.Model(hamiltonian=energy, events=[tq.turn(1, S[0], "x", 1)]).homogeneous


def test_a_model_says_its_pulses_and_events():
    model = tq.Model(hamiltonian=OMEGA * A.x, events=[tq.turn([1, 2], A, "y", 0.5)])
    text = str(model)
    assert "omega = gauss(center=2, width=0.5, height=1.5, offset=0)" in text
    assert "turn at 1, 2: a about y by 0.5" in text


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tq.turn(-1, A, "x", 1), "`time` must be from 0 on, but got -1"),
        (lambda: tq.turn([2, 1], A, "x", 1), "`time` must increase"),
        (lambda: tq.turn([], A, "x", 1), "`time` must be 1 to 10000 times"),
        (lambda: tq.turn("1", A, "x", 1), "`time` must be a number or an expression"),
        (lambda: tq.turn(1, "a", "x", 1), "be members, sites of one, or None"),
        (lambda: tq.turn(1, [], "x", 1), "hold at least one member"),
        (lambda: tq.turn(1, [A, A], "x", 1), "name each spin once, but got 'a, a'"),
        (lambda: tq.turn(1, [S, S[1]], "x", 1), "name each spin once, but got 's, s[1]'"),
        (lambda: tq.turn(1, A, "w", 1), "be x, y, z, or three numbers, but got 'w'"),
        (lambda: tq.turn(1, A, (0, 0, 0), 1), "`axis` must have a direction"),
        (lambda: tq.turn(1, A, (1, 0), 1), "`axis` must hold 3 numbers"),
        (lambda: tq.turn(1, A, "x", 1j), "`angle` must be real"),
        (lambda: tq.turn(1, A, "x", math.nan), "`angle` must be finite"),
        (lambda: tq.turn(1, A, "x", OMEGA), "`angle` must have one value (`omega` is a pulse)"),
        (lambda: tq.turn(OMEGA, A, "x", 1), "`time` must have one value (`omega` is a pulse)"),
        (lambda: tq.change(1, OMEGA, "2"), "`value` must be a number or an expression"),
        (lambda: tq.Model(spin=3, events=[1]), "be a list of `turn(...)` and `change(...)`"),
        (lambda: tq.Model(spin=3, events=tq.turn(1, None, "x", 1)), "be a list of `turn(...)`"),
        (
            lambda: tq.Model(hamiltonian=A.x, members=[A], events=[tq.turn(1, B, "x", 1)]),
            "`events` must be of members of the model (there is `a`)",
        ),
        (
            lambda: tq.Model(hamiltonian=A.x, events=[tq.change(1, "lam", 1)]),
            "`events` must change parameters of H, jump operators or turns",
        ),
        (
            lambda: tq.Model(hamiltonian=OMEGA * A.x, events=[tq.change(1, "omega", 1)]),
            "leave `omega` alone, a pulse",
        ),
        (
            lambda: tq.Model(
                hamiltonian=tq.Parameter("lam", 1.0) * A.x,
                events=[tq.change(1, "lam", 1), tq.change(1, "lam", 2)],
            ),
            "give `lam` one value at the time 1",
        ),
        (
            lambda: tq.Model(
                hamiltonian=tq.Parameter("lam", 1.0) * A.x,
                events=[tq.change(1, "lam", 2), tq.turn(tq.Parameter("lam", 1.0), A, "x", 2)],
            ),
            "change no parameter that the time of a turn depends on, but got 'lam'",
        ),
        (
            lambda: tq.Model(
                hamiltonian=tq.Parameter("lam", 1.0) * A.x,
                events=[tq.turn(2, A, "x", tq.Parameter("lam", 2.0))],
            ),
            "`lam` must have one value (two parameters are called `lam`), but got '1 and 2'",
        ),
        (
            lambda: tq.Model(
                jumps=[tq.jump(A.minus, tq.Parameter("g", 1.0))], events=[tq.change(1, "g", -1)]
            ),
            "`events.rate` must not be negative at any time, but g may be -1",
        ),
        (
            lambda: tq.Model(jumps=[tq.jump(A.minus + OMEGA * A.plus, 0.1)]),
            "`jumps[0]` must have its pulses as factors of the whole operator",
        ),
        (
            lambda: tq.Model(spin=3, decay=tq.cosine(1, 1)),
            "`decay` must not be negative at any time",
        ),
        (
            lambda: tq.Model(spin=3, lattice=tq.chain(3), field=([PULSE, 0, 0], 0, 0)),
            "`field.x` must be numbers where sites differ",
        ),
        (
            lambda: tq.Model(spin=3, coupling=(PULSE, 0, 0)),
            "`coupling` must be zero on a lattice without bonds",
        ),
        (
            lambda: tq.Model(hamiltonian=A.x * B.x, field=(PULSE, 0, 0)),
            "`field` must be left out where there are several members",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        make()


DRIVEN = tq.Model(spin=3, field=(PULSE, 0, 0), decay=1.0)
ECHO = tq.Model(spin=3, field=(0.3, 0, 0), decay=1.0, events=[tq.turn(2.0, None, "x", math.pi)])


@pytest.mark.parametrize("model", [DRIVEN, ECHO])
@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama"])
def test_other_schemes_refuse_what_depends_on_time(model, scheme):
    with pytest.raises(ArgumentError, match="neither pulses nor events for the scheme"):
        tq.simulate(model, times=[0, 4], scheme=scheme)


LATER = tq.Model(hamiltonian=tq.Parameter("lam", 1.0) * A.x, events=[tq.change(2.0, "lam", 2)])


@pytest.mark.parametrize("model", [ECHO, LATER])
def test_runs_reach_events(model):
    said = re.escape("`events` must have times within the run, which ends at 1, but got 2.0.")
    with pytest.raises(ArgumentError, match=said):
        tq.simulate(model, times=[0, 1])
    for end in (2.0, 2.0 * (1 - 1e-12)):  # which differ by rounding
        assert resolve(model, Numerics(times=(end,))).end == end
    # A pulse may go on for longer.
    steps = tq.Parameter("lam", tq.piecewise([0, 2], [1, 2]))
    pulse = tq.Model(hamiltonian=steps * A.x)
    assert pulse.digest == LATER.digest
    assert resolve(pulse, Numerics(times=(1.0,))).end == 1.0


def test_runs_stay_within_samples():
    short = tq.Model(spin=3, field=(tq.sampled([0, 1], [0, 1]), 0, 0))
    with pytest.raises(ArgumentError, match="known until the end of the run at 2, but got"):
        tq.simulate(short, times=[0, 2])


@pytest.mark.parametrize("model", [DRIVEN, ECHO])
def test_there_is_no_steady_state(model):
    said = "have neither pulses nor events for a steady state, but got .*(Gauss|a turn at 2)"
    with pytest.raises(ArgumentError, match=said):
        steady_state(model)


def test_qutip_gets_operators_in_time():
    import qutip

    energy, (jump,) = tq.Model(
        hamiltonian=OMEGA * A.x + 0.3 * A.z, jumps=[tq.jump(OMEGA * A.minus, 0.5)]
    ).to_qutip()
    x, z = qutip.jmat(3, "x"), qutip.jmat(3, "z")
    for time in (0.0, 1.7, 2.0):
        omega = float(PULSE.at(np.array(time)))
        assert (energy(time) - omega * x - 0.3 * z).norm() < 1e-13  # rounding
        assert (jump(time) - omega * qutip.jmat(3, "-")).norm() < 1e-13
    found = evolve(tq.Model(hamiltonian=OMEGA * A.x, initial="down"), [0.0, 6.0])
    # A turn about x by the area of the pulse.
    area = 1.5 * 0.5 * math.sqrt(2 * math.pi) * 0.9999683  # as it begins four widths before
    assert abs(float(found.sz[1]) + 3 * math.cos(area)) < 1e-5


def test_a_member_of_events_alone_is_told():
    a, z = tq.Spin(3, "a"), tq.Spin(4, "zz")
    given = {"hamiltonian": 0.1 * a.x, "events": [tq.turn(0.5, z, "x", 1.0)]}
    with pytest.raises(ArgumentError, match="`events` must be of the members that operators have"):
        tq.Model(**given)
    assert tq.Model(**given, members=[a, z]).n_sites == 2
