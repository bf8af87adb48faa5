"""Models with pulses and events: equal however they are written, and what is refused."""

from __future__ import annotations

import math

import numpy as np

import twoqs as tq
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model
from twoqs.theory import evolve

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
