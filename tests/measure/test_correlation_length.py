"""The fit of the correlation length on synthetic data of known length."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from twoqs.errors import ArgumentError
from twoqs.measure.fits import CorrelationFit, fit_correlation_length
from twoqs.model.grids import chain
from twoqs.model.model import Model
from twoqs.theory.spin_waves import chain_prediction

N = 100
S = np.arange(N // 2 + 1)


def truth(xi: float, amplitude: float = 1.8, alternating: bool = False) -> NDArray[np.float64]:
    c = np.where(S % 2 == 0, amplitude * np.cosh((N / 2 - S) / xi) / np.cosh(N / (2 * xi)), 0.0)
    c[0] = 1.0
    return np.where((S % 4 == 0) & (S > 0), -c, c) if alternating else c


def leave_one_out(
    rng: np.random.Generator, c: NDArray[np.float64], noise: float, blocks: int = 32
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimate and replicates with the standard error `noise`, correlated between distances."""
    covariance = 0.9 ** np.abs(np.subtract.outer(S, S)) * noise**2 * blocks
    factor = np.linalg.cholesky(covariance)
    samples = c + rng.standard_normal((blocks, len(S))) @ factor.T
    samples[:, 0] = 1.0
    return samples.mean(axis=0), (samples.sum(axis=0) - samples) / (blocks - 1)


def fits(
    xi: float, noise: float, sets: int, seed: int, amplitude: Literal["free", "one"] = "free"
) -> list[CorrelationFit]:
    rng = np.random.default_rng(seed)
    data = [leave_one_out(rng, truth(xi), noise) for _ in range(sets)]
    return [
        fit_correlation_length(S, c, blocks, n_sites=N, amplitude=amplitude) for c, blocks in data
    ]


@pytest.mark.parametrize(("xi", "noise"), [(2.0, 0.01), (5.0, 0.02), (15.0, 0.01)])
def test_unbiased_and_covers(xi: float, noise: float) -> None:
    results = fits(xi, noise, sets=300, seed=11)
    assert Counter(fit.status for fit in results) == {"resolved": 300}
    lengths = np.array([fit.xi for fit in results])
    errors = np.array([fit.xi_se for fit in results])
    bias = lengths.mean() - xi
    # four standard errors of the mean, and the curvature of xi in the data: order (se/xi)^2 xi
    assert abs(bias) < 4 * lengths.std() / np.sqrt(300) + np.mean(errors) ** 2 / xi
    coverage = np.mean(np.abs(lengths - xi) < errors)
    assert coverage == pytest.approx(0.68, abs=0.09)  # three binomial deviations (0.027)
    assert np.mean(np.abs(lengths - xi) < errors / 2) < 0.55  # negative control: half the bar
    goodness = np.array([fit.p_value for fit in results])
    assert goodness.mean() == pytest.approx(0.5, abs=0.07)  # uniform: four deviations (0.017)
    assert np.mean([fit.chi2_dof for fit in results]) == pytest.approx(1.0, abs=0.25)


def test_amplitude_of_one_is_biased() -> None:
    results = fits(5.0, 0.005, sets=20, seed=3, amplitude="one")  # negative control
    assert all(fit.amplitude == 1.0 and fit.amplitude_se == 0.0 for fit in results)
    assert all(fit.p_value < 1e-6 for fit in results)
    assert all(fit.status == "not-exponential" for fit in results)
    assert all(abs(fit.xi - 5.0) > 5 * fit.xi_se / np.sqrt(fit.chi2_dof) for fit in results)


def test_wrong_shape_is_seen() -> None:
    rng = np.random.default_rng(8)
    c = truth(3.0) * (1 + 0.3 * np.cos(S))
    estimate, blocks = leave_one_out(rng, c, 0.003)
    assert fit_correlation_length(S, estimate, blocks, n_sites=N).p_value < 1e-6


def test_odd_distances_are_ignored() -> None:
    rng = np.random.default_rng(4)
    estimate, blocks = leave_one_out(rng, truth(5.0), 0.01)
    fit = fit_correlation_length(S, estimate, blocks, n_sites=N)
    even = fit_correlation_length(S[::2], estimate[::2], blocks[:, ::2], n_sites=N)
    assert fit == even
    # negative control: were they kept (here by doubling all distances), nothing would resolve
    doubled = fit_correlation_length(2 * S, estimate, blocks, n_sites=2 * N)
    assert doubled.status == "noise"


def test_alternating_sign() -> None:
    rng = np.random.default_rng(6)
    estimate, blocks = leave_one_out(rng, truth(5.0, alternating=True), 0.005)
    fit = fit_correlation_length(S, estimate, blocks, n_sites=N)
    assert fit.status == "resolved"
    assert abs(fit.xi - 5.0) < 4 * fit.xi_se < 1.0
    assert fit.p_value > 1e-3


def test_what_is_no_exponential_says_so() -> None:
    """Two decays in one: the length depends on which distances count, and the error says so."""
    rng = np.random.default_rng(8)
    both = (truth(8.0) + truth(1.5)) / 2
    found = {}
    for noise in (0.003, 0.0003):
        fit = fit_correlation_length(S, *leave_one_out(rng, both, noise), n_sites=N)
        assert fit.status == "not-exponential", noise
        assert fit.p_value < 1e-6
        assert fit.chi2_dof > 4
        found[noise] = fit
    # Ten times less noise does not make it ten times better known.
    assert found[0.0003].xi_se > 0.3 * found[0.003].xi_se
    apart = abs(found[0.0003].xi - found[0.003].xi)
    assert apart < 3 * (found[0.0003].xi_se + found[0.003].xi_se)
    # negative control: without the enlargement they would be apart by many errors
    plain = [fit.xi_se / np.sqrt(fit.chi2_dof) for fit in found.values()]
    assert apart > 4 * sum(plain)


def test_pure_noise() -> None:
    rng = np.random.default_rng(9)
    contact = np.where(S == 0, 1.0, 0.0)
    for _ in range(100):
        estimate, blocks = leave_one_out(rng, contact, 0.02)
        fit = fit_correlation_length(S, estimate, blocks, n_sites=N)
        assert fit.status == "noise"
        assert np.isnan([fit.xi, fit.xi_se, fit.amplitude, fit.amplitude_se]).all()


def test_long_lengths_are_of_finite_size() -> None:
    assert Counter(fit.status for fit in fits(60.0, 0.01, 40, seed=1)) == {"finite-size": 40}
    constant = np.tile(np.where(S % 2 == 0, 0.9, 0.0), (32, 1))
    assert fit_correlation_length(S, constant[0], constant, n_sites=N).status == "finite-size"


@pytest.mark.parametrize(
    ("n", "jy"), [(100, -1.6), (100, 1.6), (98, 3.0), (98, -1.9), (99, -1.6), (99, 3.0)]
)
def test_noiseless_rings(n: int, jy: float) -> None:
    model = Model(spin=5000, lattice=chain(n), coupling=(0.5, jy, 0.0), decay=1.0)
    prediction = chain_prediction(model)
    c = prediction.correlation_normalised.values
    blocks = np.tile(c, (32, 1))
    fit = fit_correlation_length(prediction.distance, c, blocks, n_sites=n)
    assert fit.xi == pytest.approx(float(prediction.xi), rel=1e-6)
    plain = fit_correlation_length(prediction.distance, c, blocks, n_sites=n, amplitude="one")
    assert abs(plain.xi / fit.xi - 1) > 0.03  # negative control


def test_open_chain() -> None:
    c = np.where(S % 2 == 0, 0.7 * np.exp(-S / 4.0), 0.0)
    fit = fit_correlation_length(S, c, np.tile(c, (40, 1)), n_sites=51, periodic=False)
    assert fit.xi == pytest.approx(4.0, rel=1e-6)
    assert fit.amplitude == pytest.approx(0.7, rel=1e-6)


def test_data_that_cannot_be_judged_say_why() -> None:
    c = truth(5.0)
    blocks = np.tile(c, (32, 1))
    assert fit_correlation_length(S, c, blocks, n_sites=N).status == "resolved"
    assert fit_correlation_length(S, c, blocks[:11], n_sites=N).status == "too-few-groups"
    missing = np.full_like(c, np.nan)
    assert fit_correlation_length(S, missing, blocks, n_sites=N).status == "not-finite"


def test_refuses_nonsense() -> None:
    c = truth(5.0)
    blocks = np.tile(c, (32, 1))
    cases = {
        "distance": (S[::-1], c, blocks),
        "value": (S, c[:-1], blocks),
        "replicates": (S, c, blocks[:, :-1]),
    }
    for name, arguments in cases.items():
        with pytest.raises(ArgumentError, match=f"`{name}`"):
            fit_correlation_length(*arguments, n_sites=N)
    with pytest.raises(ArgumentError, match="amplitude"):
        fit_correlation_length(S, c, blocks, n_sites=N, amplitude="two")  # type: ignore[arg-type]
