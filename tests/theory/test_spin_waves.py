"""The Holstein-Primakoff prediction against a covariance in real space and the full spins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from twoqs.errors import ArgumentError
from twoqs.model.grids import chain
from twoqs.model.lattice import single
from twoqs.model.model import Model
from twoqs.theory import steady_state
from twoqs.theory.spin_waves import chain_prediction, relaxation_time


def ring(jx: float, jy: float, n: int = 100, spin: float = 5000) -> Model:
    return Model(spin=spin, lattice=chain(n), coupling=(jx, jy, 0.0), decay=1.0)


def covariance(jx: float, jy: float, n: int) -> tuple[NDArray, NDArray, NDArray]:
    """<xx>, <pp>, symmetrised <xp> of S_x = sqrt(S) x, S_y = -sqrt(S) p at every pair of sites.

    H = sum over bonds of (J_x x x' + J_y p p')/2 with [x, p] = i, damped at the rate 1.
    """
    bonds = np.roll(np.eye(n), 1, axis=0) + np.roll(np.eye(n), -1, axis=0)
    one = np.eye(n)
    drift = np.block([[-one, jy / 2 * bonds], [-jx / 2 * bonds, -one]])
    v = solve_continuous_lyapunov(drift, -np.eye(2 * n))  # vacuum has <xx> = 1/2
    return v[:n, :n], v[n:, n:], v[:n, n:]


@pytest.mark.parametrize(
    "couplings", [(0.5, -0.8), (0.5, -1.6), (0.5, 1.6), (1.0, 0.0), (-0.7, 0.4)]
)
@pytest.mark.parametrize("n", [10, 11])
def test_moments_equal_those_in_real_space(couplings: tuple[float, float], n: int) -> None:
    xx, pp, xp = covariance(*couplings, n)
    spin = 50.0
    prediction = chain_prediction(ring(*couplings, n, spin))
    number = (xx + pp) / 2 - np.eye(n) / 2  # <a_0^+ a_s>, real here
    correlation = number[0, : n // 2 + 1] / number[0, 0]
    # rounding of the Lyapunov solver
    assert float(prediction.sz) == pytest.approx(number[0, 0] - spin, abs=1e-9)
    assert float(prediction.var_sx) == pytest.approx(spin * xx[0, 0], rel=1e-9)
    assert float(prediction.var_sy) == pytest.approx(spin * pp[0, 0], rel=1e-9)
    assert float(prediction.cov_sxsy) == pytest.approx(-spin * xp[0, 0], abs=1e-9)
    assert prediction.correlation_normalised.values == pytest.approx(correlation, abs=1e-9)
    pair = abs((xx - pp)[0, 0] / 2 + 1j * xp[0, 0]) ** 2  # |<aa>|^2, by Wick's theorem
    occupied = number[0, 0]
    assert float(prediction.var_sz) == pytest.approx(occupied**2 + occupied + pair, rel=1e-9)


def test_spins_approach_the_prediction() -> None:
    errors = []
    for spin in (1, 2):
        model = ring(0.4, -0.6, n=3, spin=spin)
        exact, prediction = steady_state(model), chain_prediction(model)
        names = ("sz", "var_sx", "var_sy", "var_sz", "cov_sxsy")
        scale = np.array([1, spin, spin, 1, spin])
        errors.append(np.array([float(exact[k] - prediction[k]) for k in names]) / scale)
    small, large = np.abs(errors)
    assert np.all(large < 0.75 * small)  # falls as 1/S, with corrections of 1/S^2
    assert np.all(large < 0.05)


def test_correlation_length_is_the_decay() -> None:
    for jx, jy, sign in ((0.5, -1.6, 1), (0.5, 1.6, -1), (-1.2, 0.3, 1), (2.0, 3.0, -1)):
        prediction = chain_prediction(ring(jx, jy, n=400))
        c = prediction.correlation_normalised.values
        ratio = sign * np.exp(-2 / float(prediction.xi))
        # the first distances: further out rounding matters, at 200 the ring
        assert c[4] / c[2] == pytest.approx(ratio, rel=1e-9)
        assert c[6] / c[4] == pytest.approx(ratio, rel=1e-9)
        assert np.max(np.abs(c[1::2])) < 1e-12
        wrong = np.exp(-1 / float(prediction.xi))  # negative control: per site, not per two
        assert abs(c[4] / c[2]) != pytest.approx(wrong, rel=0.05)


def test_values_near_the_transition() -> None:
    # figure 7b in units of the model: four times (1/8, -0.49)
    assert float(chain_prediction(ring(0.5, -1.96)).xi) == pytest.approx(7.02, abs=5e-3)
    assert float(chain_prediction(ring(0.5, -1.6)).xi) == pytest.approx(2.08, abs=5e-3)
    assert relaxation_time(ring(0.5, -1.62)) == pytest.approx(10.0)
    assert relaxation_time(ring(0.5, 1.62)) == 1.0


def test_edges_of_validity() -> None:
    for jy in (-2.0, -3.0):
        unstable = chain_prediction(ring(0.5, jy))
        assert not bool(unstable.stable)
        assert all(np.all(np.isnan(unstable[name])) for name in unstable if name != "stable")
        assert np.isnan(relaxation_time(ring(0.5, jy)))
    equal = chain_prediction(ring(0.5, 0.5))
    assert float(equal.n) == 0
    assert np.isnan(float(equal.xi))
    assert float(equal.var_sx) == 2500
    ising = chain_prediction(ring(0.5, 0.0))
    assert float(ising.xi) == 0
    assert ising.correlation_normalised.values[[0, 2, 4]] == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("lattice", {"lattice": chain(5, periodic=False)}),
        ("lattice", {"lattice": single(), "coupling": (0, 0, 0)}),
        ("field.z", {"field": (0.0, 0.0, 0.1)}),
        ("twist.x", {"twist": (0.1, 0.0, 0.0)}),
        ("gain", {"gain": 0.1}),
        ("dephasing", {"dephasing": 0.1}),
        ("decay", {"decay": 0.0}),
        ("decay", {"decay": (1.0, 1.0, 1.0, 1.0, 2.0)}),
        ("coupling.z", {"coupling": (1.0, 1.0, 0.1)}),
        ("coupling", {"coupling": ((1.0, 1.0, 1.0, 1.0, 2.0), 1.0, 0.0)}),
    ],
)
def test_refuses_other_models(name: str, change: dict) -> None:
    given = {"spin": 5, "lattice": chain(5), "coupling": (0.5, -0.5, 0), "decay": 1.0} | change
    with pytest.raises(ArgumentError, match=f"`{name}`"):
        chain_prediction(Model(**given))
