"""Warnings for dispersive and Kerr terms: where, and that the sizes they name are true."""

from __future__ import annotations

from math import expm1, pi

import numpy as np
import pytest

import twoqs as tq
from twoqs.measure.accuracy import accuracy_note
from twoqs.measure.vacuum import false_dephasing
from twoqs.methods.numerics import Numerics, resolve

LIGHT, ATOM = tq.Mode("light"), tq.Spin(5, "atom")


def told(model: tq.Model, end: float) -> str | None:
    return accuracy_note(model, resolve(model, Numerics(times=(0.0, end))))


def dispersive(chi: float, loss: float = 1.0, gain: float = 0.0) -> tq.Model:
    jumps = [tq.jump(LIGHT.a, loss), tq.jump(LIGHT.adag, gain)]
    start = {"atom": tq.coherent(pi / 2)}
    return tq.Model(hamiltonian=chi * ATOM.z * LIGHT.n, jumps=jumps, initial=start)


def kerr(strength: float, loss: float = 1.0, drive: float = 0.3) -> tq.Model:
    return tq.Model(
        hamiltonian=strength / 2 * (LIGHT.n**2 - LIGHT.n) + drive * (LIGHT.a + LIGHT.adag),
        jumps=[tq.jump(LIGHT.a, loss)],
    )


@pytest.mark.parametrize(
    ("model", "end", "size"),
    [
        (dispersive(0.1), 8.0, None),
        (dispersive(0.1), 40.0, "4.8%"),
        (dispersive(0.5), 8.0, "20.9%"),
        (dispersive(0.5), 0.4, None),
        (dispersive(0.5, loss=2.0, gain=1.0), 8.0, "20.9%"),  # a thermal bath, which nets to 1
        (dispersive(0.5, loss=0.0), 1.0, "3.1%"),  # chi^2 t^2/8
    ],
)
def test_dispersive_couplings_are_told_with_their_false_dephasing(model, end, size):
    said = told(model, end)
    if size is None:
        assert said is None
        return
    assert said is not None
    assert "The dispersive coupling of `atom` to `light` dephases falsely" in said
    assert f"by {size} until time {end:g}" in said


def test_the_false_dephasing_is_that_of_a_run():
    """Exact is no dephasing at all, as there are no quanta; 4096 trajectories, 0.005 S."""
    with pytest.warns(tq.AccuracyWarning, match="dephases falsely"):
        found = tq.simulate(dispersive(0.5), times=[8.0], trajectories=4096, seed=1)
    named = -expm1(-false_dephasing(np.array(0.5), np.array(1.0), 8.0))
    # The noise is not Gaussian, which is worth 0.012 at this size.
    assert 1 - float(found.sx[0]) / 5 == pytest.approx(named, abs=0.03)


def test_several_modes_add_up_and_pulses_count_with_their_largest_value():
    modes = [tq.Mode(name) for name in ("one", "other")]
    jumps = [tq.jump(mode.a, 1.0) for mode in modes]
    energy = sum(0.15 * mode.n * ATOM.x for mode in modes)
    both = tq.Model(hamiltonian=energy, jumps=jumps)
    said = told(both, 6.0)
    assert said is not None
    assert "of `atom` to `one`, `other`" in said
    single = tq.Model(hamiltonian=0.15 * modes[0].n * ATOM.x, jumps=jumps[:1])
    assert told(single, 6.0) is None
    pulse = tq.piecewise([0, 1, 6], [0.0, 0.45, 0.0])
    raised = tq.Model(hamiltonian=pulse * modes[0].n * ATOM.x, jumps=jumps[:1])
    assert "dephases falsely" in str(told(raised, 6.0))


@pytest.mark.parametrize(
    ("model", "end", "how"),
    [
        (kerr(0.3), 10.0, None),
        (kerr(0.31), 10.0, "up to"),
        (kerr(1.0), 10.0, "up to"),
        (kerr(3.0), 10.0, "more than"),
        (kerr(1.0, drive=2.0), 10.0, "up to"),  # n = 1.8
        (kerr(1.0, drive=5.0), 10.0, None),  # n = 4.6: right to 1 %
        (kerr(0.6, drive=6.0), 10.0, None),
        (kerr(1.0), 0.2, None),  # too early for either
        (kerr(0.1, loss=0.0), 2.0, None),
        (kerr(0.1, loss=0.0), 4.0, "up to"),
    ],
)
def test_strong_kerr_terms_are_told(model, end, how):
    said = told(model, end)
    if how is None:
        assert said is None
        return
    assert said is not None
    assert "The Kerr term of `light` is too strong for this method" in said
    assert f"<a> was off by {how} 0.06, n by {how} 11% and g2 by {how} 0.21" in said


def test_linear_couplings_are_silent():
    """Warnings are errors here."""
    energy = LIGHT.n + ATOM.z + 0.3 * (LIGHT.a + LIGHT.adag) * ATOM.x
    model = tq.Model(hamiltonian=energy, jumps=[tq.jump(LIGHT.a, 0.5)])
    tq.simulate(model, times=[1.0], trajectories=64)
    assert told(model, 1000.0) is None
