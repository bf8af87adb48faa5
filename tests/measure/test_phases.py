"""Models that prefer no phase, and windows that remember one."""

from __future__ import annotations

import pytest

import twoqs
from twoqs.measure.drift import relaxation_of
from twoqs.measure.phases import phase_is_free
from twoqs.measure.records import RecordLayout
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import run_batch

S, A, ATOMS = twoqs.Spin(50, name="s"), twoqs.Mode("a"), twoqs.Ensemble(1000, "atoms")
EXCHANGE = A.adag * ATOMS.minus + A.a * ATOMS.plus
LOSS = twoqs.jump(A.a, rate=1.0)
PUMP = [LOSS, twoqs.jump(twoqs.each(ATOMS.plus), 3.0), twoqs.jump(twoqs.each(ATOMS.minus), 1.0)]
LASER = twoqs.Model(hamiltonian=0.1 * EXCHANGE, jumps=PUMP, initial={"atoms": "down"})


def of_spin(energy=S.z, jumps=(), **others) -> twoqs.Model:
    return twoqs.Model(hamiltonian=energy, jumps=list(jumps), **others)


def axes(x: float, y: float) -> list[twoqs.Jump]:
    return [twoqs.jump(S.x, rate=x), twoqs.jump(S.y, rate=y)]


LEAN, RING = twoqs.coherent(0.1), twoqs.chain(9)
PULSE = twoqs.Parameter("f", twoqs.ramp(0, 1, 0, 1))


@pytest.mark.parametrize(
    ("model", "free"),
    [
        (LASER, True),
        (twoqs.Model(spin=9, lattice=RING, coupling=(0.5, 0.5, 0.1), decay=1.0), True),
        (twoqs.Model(spin=9, lattice=RING, coupling=(0.5, 0.51, 0.1), decay=1.0), False),
        (twoqs.Model(spin=9, lattice=RING, coupling=(0.5, [0.5] * 9, 0.1), decay=1.0), True),
        (twoqs.Model(spin=9, twist=(0.2, 0.2, 1.0), dephasing=1.0, initial="up"), True),
        (twoqs.Model(spin=9, twist=(0.2, 0.0, 1.0), dephasing=1.0), False),
        (twoqs.Model(spin=9, field=(0.0, 0.1, 1.0), decay=1.0), False),
        (twoqs.Model(spin=9, field=(0.0, 0.0, 1.0), gain=1.0), True),
        (of_spin(S.x**2 + S.y**2 + PULSE * S.z, axes(1.0, 1.0)), True),
        (of_spin(S.x**2, axes(1.0, 1.0)), False),
        (of_spin(PULSE * S.x), False),
        (of_spin(S.z, axes(1.0, 0.9)), False),
        (of_spin(S.z, [twoqs.jump(S.minus + 0.1 * S.plus, rate=1.0)]), False),
        (of_spin(S.z, events=[twoqs.turn(1, S, "x", 0.1)]), False),
        (of_spin(S.z, initial=LEAN), False),
        (of_spin(S.z, initial=twoqs.mixture([(0.5, "up"), (0.5, LEAN)])), False),
        (of_spin(S.z, initial=twoqs.mixture([(0.5, "up"), (0.5, twoqs.mixed())])), True),
        (twoqs.Model(hamiltonian=A.n + 0.1 * (A.a + A.adag), jumps=[LOSS]), False),
        (twoqs.Model(hamiltonian=A.n, jumps=[LOSS], initial={"a": twoqs.gaussian(r=1.0)}), False),
        # As polynomials these two jumps are one of any phase; as operators they are not.
        (
            twoqs.Model(
                hamiltonian=ATOMS.z,
                jumps=[twoqs.jump(twoqs.each(ATOMS.x), 1.0), twoqs.jump(ATOMS.y, 1.0)],
            ),
            False,
        ),
    ],
)
def test_models_are_known_that_prefer_no_phase(model: twoqs.Model, free: bool) -> None:
    assert phase_is_free(model) == free


def test_a_phase_that_diffuses_is_no_drift() -> None:
    """Of a laser above threshold, whose n is steady; Re a and its square remember the phase."""
    numerics = resolve(LASER, Numerics(average=(60.0, 100.0), budget=("drift",)))
    parts = RecordLayout.of(LASER, numerics).split(run_batch(LASER, numerics, 0, 0))
    assert relaxation_of(LASER, numerics, parts).word == "relaxed"
    remembering = relaxation_of(LASER, numerics, parts, free=False)
    assert remembering.word == "remembering"
    assert remembering.remembers[3:, 1].tolist() == [True, True, False]


@pytest.mark.parametrize("y", [0.5, 0.6])
def test_keywords_and_formulas_of_a_model_agree(y: float) -> None:
    """The one is looked up in a list of terms, the other turned in phase space."""
    words = twoqs.Model(spin=9, twist=(0.5, y, 0.1), decay=1.0)
    same = 1 / 18 * (0.5 * S.x**2 + y * S.y**2 + 0.1 * S.z**2)
    formulas = of_spin(same, [twoqs.jump(S.minus, rate=1 / 18)])
    assert phase_is_free(words) == phase_is_free(formulas) == (y == 0.5)
