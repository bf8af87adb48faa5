"""Spins of a few quanta, which show terms of relative order 1/S^2, against the master equation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import legendre
from scipy.linalg import expm

import twoqs
from twoqs.flows.length import concentration, mean_weight, spin_length
from twoqs.methods.method import constants_of, structure_of
from twoqs.theory import decay_sz, evolve

TIMES = np.linspace(0.5, 4, 8)


def largest_deviation(model, times=TIMES, trajectories=65536):
    """Of the means, as a share of S; their errors are 1/sqrt(trajectories) at most."""
    result = twoqs.simulate(model, times=times, trajectories=trajectories, seed=4)
    exact = evolve(model, times)
    return max(float(np.abs(result[a] - exact[a]).max()) for a in ("sx", "sy", "sz")) / model.spin


def forget():
    """What methods keep of models."""
    structure_of.cache_clear()
    constants_of.cache_clear()


@pytest.fixture
def unweighted():
    """A function that makes the scheme take products as they are, for a negative control."""
    with pytest.MonkeyPatch.context() as patch:

        def begin():
            forget()
            patch.setattr("twoqs.methods.conserving.mean_weight", lambda spin: 1.0)

        yield begin
    forget()


@pytest.mark.parametrize("spin", [1, 1.5, 2, 3])
@pytest.mark.parametrize(
    ("terms", "bound"),
    [
        # What the truncation leaves is 0.008 S and less, 0.005 S and 0.036 S (S = 2).
        ({"decay": 1.0, "initial": "up"}, 0.02),
        ({"field": (0.5, 0.3, 0), "decay": 1.0, "gain": 0.6, "initial": "up"}, 0.015),
        ({"field": (1.5, 0, 0), "decay": 1.0}, 0.05),
    ],
    ids=["decay", "decay and gain", "driven"],
)
def test_means_of_small_spins(spin, terms, bound, unweighted):
    model = twoqs.Model(spin=spin, **terms)
    assert largest_deviation(model) < bound
    unweighted()
    if spin < 2:
        assert largest_deviation(model) > bound


@pytest.mark.parametrize("spin", [1, 2, 10])
def test_decay_leaves_its_dark_state_alone(spin, unweighted):
    """All moments of one spin stay what they are, at every time."""
    model = twoqs.Model(spin=spin, decay=1.0)
    exact = evolve(model, TIMES)

    def scores():
        result = twoqs.simulate(model, times=TIMES, trajectories=65536, seed=6)
        off = {name: result[name] - exact[name] for name in ("sz", "var_sx", "var_sz")}
        return [float(np.abs(d / result[name + "_se"]).max()) for name, d in off.items()]

    assert max(scores()) < 4  # standard errors; 24 comparisons
    unweighted()
    if spin < 10:
        assert min(scores()) > 4


COUPLED = {
    # name: (model, bound); errors are 0.009, 0.016, 0.024, with s over m 0.03, 0.11, 0.11
    "ring": (
        {"lattice": twoqs.chain(3), "coupling": (0.9, 1.7, 1), "decay": 0.5, "initial": "up"}, 0.02,
    ),
    "two in order": (
        {"lattice": twoqs.chain(2, periodic=False), "coupling": (1, -3, 0), "decay": 1.0}, 0.04,
    ),
    "three in order": (
        {"lattice": twoqs.chain(3, periodic=False), "coupling": (1, -3, 0), "decay": 1.0}, 0.06,
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")
@pytest.mark.parametrize("name", COUPLED)
def test_coupled_spins_of_one(name, monkeypatch):
    terms, bound = COUPLED[name]
    model, times = twoqs.Model(spin=1, **terms), np.linspace(0.5, 6, 12)
    assert largest_deviation(model, times, 16384) < bound
    forget()
    monkeypatch.setattr("twoqs.flows.length.LONG_SPIN", 1.0)
    assert largest_deviation(model, times, 16384) > bound
    forget()


# --- Pure decay on the sphere, in Legendre polynomials ------------------------------------------


def legendre_decay(spin, times):
    """<S^z> as the scheme has it, without noise, and exact.

    The law of z is a sum of Legendre polynomials of rank k. Diffusion damps them with k (k+1); the
    drift couples the ranks k-1 and k, with a strength proportional to L/m in the scheme and to
    sqrt((2S+1)^2 - k^2)/2 in the exact equation.
    """
    n, length, weight = round(2 * spin + 1), spin_length(spin), mean_weight(spin)
    kappa, rank = concentration(spin), np.arange(1, 3 * n)

    def mean(strength, start, scale):
        k = rank[: len(start) - 1]
        coupling = k / np.sqrt(4.0 * k**2 - 1) * strength[: len(k)] / spin
        generator = np.diag(-np.append(0, k) * np.append(1, k + 1) / (2 * spin))
        generator = generator - np.diag((k + 1) * coupling, -1) + np.diag((k - 1) * coupling, 1)
        return scale * np.array([(expm(generator * t) @ start)[1] / start[1] for t in times])

    nodes, weights = legendre.leggauss(6 * n)
    density = weights * np.exp(kappa * (nodes - 1))
    norms = np.sqrt(np.arange(3 * n) + 0.5)
    sampled = norms * (legendre.legvander(nodes, 3 * n - 1).T @ density) / density.sum()
    scheme = mean(np.full(len(rank), length / weight), sampled, spin)
    # Populations in orthonormal polynomials of M; the state |S> is the last row.
    basis = np.linalg.qr(np.vander(np.linspace(-1, 1, n), increasing=True))[0]
    state = np.abs(basis[-1])
    exact = mean(np.sqrt(np.maximum((2 * spin + 1) ** 2 - rank**2, 0)) / 2, state, spin)
    return scheme, exact


@pytest.mark.parametrize("spin", [1, 3, 10])
def test_decay_in_legendre_polynomials(spin):
    """The simulation solves its equation, and all of its error is that of one coefficient."""
    scheme, exact = legendre_decay(spin, TIMES)
    np.testing.assert_allclose(exact, decay_sz(spin, 1.0, TIMES), atol=1e-9 * spin)
    model = twoqs.Model(spin=spin, decay=1.0, initial="up")
    result = twoqs.simulate(model, times=TIMES, trajectories=262144, seed=17)
    z = (result.sz - scheme) / result.sz_se
    assert np.abs(z).max() < 4  # standard errors; 8 comparisons
    assert np.abs((result.sz - exact) / result.sz_se).max() > 3  # negative control
    assert np.abs(scheme - exact).max() < 0.04


@pytest.mark.parametrize("spin", [1, 1.5, 7, 1000])
def test_noise_and_damping_balance_in_the_initial_state(spin):
    """Diffusion G and drift 2 G L/m towards the pole keep exp(kappa cos theta), kappa = 2 L/m."""
    balance = 2 * spin_length(spin) / mean_weight(spin)
    assert balance == pytest.approx(concentration(spin), rel=1e-9)
