"""Events and pulses that make no sense, each told in one clear line."""

from __future__ import annotations

import math
import re

import pytest

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import steady_state

A, B = tq.Spin(3, "a"), tq.Spin(2, "b")
S = tq.Sites(tq.Spin(2), tq.chain(4), "s")
PULSE = tq.gauss(2.0, 0.5, 1.5)
OMEGA = tq.Parameter("omega", PULSE)
DECAY = tq.jump(A.minus, 0.1)


def digest(**arguments) -> str:
    return tq.Model(**arguments).digest


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


def test_a_member_of_events_alone_is_told():
    a, z = tq.Spin(3, "a"), tq.Spin(4, "zz")
    given = {"hamiltonian": 0.1 * a.x, "events": [tq.turn(0.5, z, "x", 1.0)]}
    with pytest.raises(ArgumentError, match="`events` must be of the members that operators have"):
        tq.Model(**given)
    assert tq.Model(**given, members=[a, z]).n_sites == 2
