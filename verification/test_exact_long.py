"""Long checks of the exact references, run before a release."""

from __future__ import annotations

import numpy as np
import pytest

from twoqs.measure.fits import squeezing
from twoqs.model.grids import chain
from twoqs.model.model import Model
from twoqs.theory import driven_steady_state, evolve, steady_state
from twoqs.theory.spin_waves import chain_prediction


def test_two_spins_of_eight() -> None:
    pair = Model(spin=8, lattice=chain(2, periodic=False), coupling=(1, -6, 0), decay=1)
    result = steady_state(pair)
    values = [
        float(result.sz) / 8,
        float(result.var_sx) / 64,
        float(result.var_sy) / 64,
        float(result.var_sz + result.sz**2) / 64,
        float(result.correlation_zz[1]) / 64,
    ]
    # the digits of an independent integration in time
    assert values == pytest.approx([-0.2704, 0.4522, 0.2166, 0.4562, 0.0200], abs=5.1e-5)


def test_steady_state_is_the_long_time_limit() -> None:
    model = Model(spin=3, lattice=chain(2, periodic=False), coupling=(1, -4, 0.5), decay=1)
    late, steady = evolve(model, [300.0]).isel(time=0), steady_state(model)
    for name in steady:
        # residual 1e-10 over the gap, times S^2
        np.testing.assert_allclose(late[name], steady[name], atol=1e-7, err_msg=str(name))


def test_squeezing_of_a_hundred() -> None:
    names = ["sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz"]
    state = evolve(Model(spin=100, twist=(1.0, 0.0, 0.0), decay=0.125), [1.0, 2.0, 3.0, 4.0])
    measured = squeezing(100, *(state[k] for k in names))
    assert measured == pytest.approx([0.4455, 0.3114, 0.2930, 0.3078], abs=5.1e-5)


def test_driven_spin_of_thirty() -> None:
    for omega in (0.9, -1.2):
        result = steady_state(Model(spin=30, field=(omega, 0, 0), decay=1.0))
        for name, value in driven_steady_state(30, omega, 1.0).items():
            # residual 1e-10 times S^2 over a gap of about 1/S
            assert float(result[name]) == pytest.approx(value, abs=1e-5), name


def test_prediction_of_the_ring_improves_with_the_spin() -> None:
    errors = []
    for spin in (1, 2, 4):
        model = Model(spin=spin, lattice=chain(3), coupling=(0.4, -0.6, 0), decay=1.0)
        exact, prediction = steady_state(model), chain_prediction(model)
        errors.append(abs(float(exact.sz - prediction.sz)))
    assert errors[1] < 0.7 * errors[0]
    assert errors[2] < 0.6 * errors[1]
