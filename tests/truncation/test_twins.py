"""Twins have the equations of the mean field of the model that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs as tq
from twoqs.theory.mean_field.trajectory import trajectory
from twoqs.truncation.lengths import ALL_OF_MODEL, twins_for
from twoqs.truncation.twin import NoTwinError, twin_of

A, B, M = tq.Spin(8, "a"), tq.Spin(4, "b"), tq.Mode("m")
E = tq.Ensemble(16, "a")
TILTED = tq.coherent(1.2, 0.4)
MODELS = {
    "bath of two spins": tq.Model(
        hamiltonian=0.3 * A.x + 0.05 * A.x * B.z + 0.1 * B.z**2,
        jumps=[tq.jump(A.minus + 0.5 * B.minus, 0.05)],
        initial=TILTED,
    ),
    "mode": tq.Model(
        hamiltonian=0.1 * (M.a * A.plus + M.adag * A.minus) + 0.4 * (M.a + M.adag) + M.n,
        jumps=[tq.jump(M.a, 0.6), tq.jump(A.minus + 0.6 * A.z, 0.05)],
        initial={"a": TILTED, "m": tq.gaussian(1.0)},
    ),
    "ensemble": tq.Model(
        hamiltonian=0.3 * E.x + tq.ramp(0, 1, 0.1, 0.05) * E.z**2,
        jumps=[tq.jump(tq.each(E.minus), 0.2), tq.jump(E.minus, 0.05)],
        initial=TILTED,
    ),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_equations_of_the_mean_field_stay(model: tq.Model) -> None:
    times = [0.5, 2.0, 4.0]
    twin = twin_of(model, 0.5)
    assert [member.spin for member in twin.members] == [member.spin / 2 for member in model.members]
    whole, half = trajectory(model, times), trajectory(twin, times)
    for name in ("sx", "sy", "sz"):
        # the tolerance of the integration, 1e-10 of S in a step
        np.testing.assert_allclose(whole[name] / 2, half[name], rtol=0, atol=1e-7)
    if "n" in whole:
        np.testing.assert_allclose(whole.n / 2, half.n, rtol=0, atol=1e-7)


def test_a_model_that_fits_stands_for_itself() -> None:
    found = twins_for(MODELS["bath of two spins"])
    assert (found.tested, [twin.share for twin in found.twins]) == (
        ALL_OF_MODEL,
        [0.375, 0.5, 0.75],
    )
    small = tq.Model(spin=3, field=(1.0, 0, 0), decay=1.0)
    assert twins_for(small).twins == ((1.0, small),)


def test_a_chain_is_tested_by_a_part_of_it() -> None:
    model = tq.Model(spin=50, lattice=tq.chain(20), coupling=(0.5, -0.8, 0.3), decay=1.0)
    found = twins_for(model)
    assert found.tested == "a chain of 3 sites of 20"
    assert [twin.model.spin for twin in found.twins] == [1.0, 1.5, 2.0]
    # Each is tied to two neighbours, as those of the longer chain are.
    times = [1.0, 3.0]
    whole, part = trajectory(model, times), trajectory(found.twins[-1].model, times)
    np.testing.assert_allclose(whole.sz / 50, part.sz / 2, rtol=0, atol=1e-7)


def test_what_has_no_twin_is_refused() -> None:
    modes = tq.Sites(tq.Mode(), tq.chain(8), "m")
    model = tq.Model(
        hamiltonian=tq.bonds(modes.a, modes.adag) + tq.bonds(modes.adag, modes.a),
        jumps=[tq.jump(tq.each(modes.a), 1.0)],
        initial={"m": "vacuum"},
    )
    with pytest.raises(NoTwinError, match="no spins that could be shorter"):
        tq.trust(model, times=[1.0])
