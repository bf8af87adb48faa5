"""Jackknife: errors that cover, values without bias, rows that combine by concatenation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import twoqs
from twoqs.measure.results import finalize
from twoqs.measure.statistics import MOST_GROUPS, join
from twoqs.measure.statistics import jackknife as jackknives
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation import batch

GROUP = 16
"""Samples in one synthetic row, as in a record."""


def jackknife(sums, estimator):
    """Of one set of groups."""
    return jackknives([sums], estimator)[0]


def moments(s):
    """Mean, variance and second moment from counts and sums of powers."""
    mean, square = s["x"] / s["n"], s["xx"] / s["n"]
    return {"mean": mean, "variance": square - mean**2}


def ratio(s):
    return {"ratio": s["y"] / s["x"]}


def smallest_eigenvalue(s):
    """Of a 2x2 covariance matrix: a minimum of noisy moments, as the squeezing is."""
    mean_x, mean_y = s["x"] / s["n"], s["y"] / s["n"]
    xx, yy = s["xx"] / s["n"] - mean_x**2, s["yy"] / s["n"] - mean_y**2
    xy = s["xy"] / s["n"] - mean_x * mean_y
    return {"smallest": (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)}


def rows(samples):
    """Sums over GROUP samples; `samples` maps names to arrays of shape (sample, repeat)."""
    x, y = samples["x"], samples["y"]
    parts = {"n": np.ones_like(x), "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y}
    return {name: p.reshape(-1, GROUP, p.shape[-1]).sum(axis=1) for name, p in parts.items()}


def synthetic(seed, groups=32, repeats=2000):
    """Many repeats at once of correlated pairs, one of them skewed, with known moments."""
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, groups * GROUP, repeats))
    w = rng.exponential(size=u.shape)
    return {"x": 3 + v, "y": 1 + 1.5 * u + 0.5 * v + 0.5 * w}


# x: mean 3, variance 1; y: mean 1.5, variance 2.75; covariance 0.5
COVARIANCE = np.array([[1.0, 0.5], [0.5, 2.75]])
EXACT = {
    "mean": 3.0,
    "variance": 1.0,
    "ratio": 0.5,
    "smallest": np.linalg.eigvalsh(COVARIANCE)[0],
}
ESTIMATORS = {"mean": moments, "variance": moments, "ratio": ratio, "smallest": smallest_eigenvalue}


def test_the_error_of_a_mean_is_the_classical_one():
    sums = rows(synthetic(1, groups=20, repeats=50))
    estimate = jackknife(sums, moments)["mean"]
    means = sums["x"] / GROUP
    np.testing.assert_allclose(estimate.value, means.mean(axis=0), rtol=1e-13)  # rounding
    classical = means.std(axis=0, ddof=1) / math.sqrt(20)
    np.testing.assert_allclose(estimate.error, classical, rtol=1e-10)  # differences of sums
    assert estimate.replicates.shape == (20, 50)


def test_a_linear_function_has_no_correction():
    sums = rows(synthetic(2, groups=7, repeats=3))
    result = jackknife(sums, lambda s: {"mean": (s["x"] + 2 * s["y"]) / s["n"]})["mean"]
    plain = (sums["x"] + 2 * sums["y"]).sum(axis=0) / sums["n"].sum(axis=0)
    np.testing.assert_allclose(result.value, plain, rtol=1e-12)


def test_variance_is_the_unbiased_one():
    """With one sample a row the jackknife of the variance is the sample variance, ddof = 1."""
    x = np.random.default_rng(3).normal(size=(12, 5))
    sums = {"n": np.ones_like(x), "x": x, "xx": x * x}
    value = jackknife(sums, moments)["variance"].value
    np.testing.assert_allclose(value, x.var(axis=0, ddof=1), rtol=1e-12)


@pytest.mark.parametrize("name", ["variance", "ratio", "smallest"])
def test_bias_is_removed(name):
    """Over 20,000 repeats of few samples; the plain estimate is the negative control."""
    sums = rows(synthetic(4, groups=8, repeats=20_000))
    estimator = ESTIMATORS[name]
    corrected = jackknife(sums, estimator)[name].value
    plain = estimator({key: part.sum(axis=0) for key, part in sums.items()})[name]
    error = plain.std() / math.sqrt(20_000)
    remaining = abs(corrected.mean() - EXACT[name])
    # what is left is of second order, 1/n^2 of n = 128 samples; |z| < 3.5 in each of 3 tests
    assert remaining < 3.5 * error + 0.2 * EXACT[name] / 128
    if name != "ratio":  # whose bias is below its error here
        assert abs(plain.mean() - EXACT[name]) > 3.5 * error + 0.2 * EXACT[name] / 128


def coverage(name, error_factor=lambda n: 1.0, groups=32):
    """Share of 95 % intervals that contain the truth, and its binomial error."""
    repeats = 4000
    sums = rows(synthetic(5, groups, repeats))
    value, budget, *_ = jackknife(sums, ESTIMATORS[name])[name]
    width = stats.t.ppf(0.975, groups - 1) * budget.sampling * error_factor(groups)
    inside = np.abs(value - EXACT[name]) < width
    return inside.mean(), math.sqrt(0.95 * 0.05 / repeats)


@pytest.mark.parametrize("name", EXACT)
def test_intervals_cover(name):
    share, error = coverage(name)
    # 4 tests at 3.5 errors; the skewness of squares costs up to about one per cent
    assert abs(share - 0.95) < 3.5 * error + (0.015 if name in ("variance", "smallest") else 0.003)


@pytest.mark.parametrize("name", EXACT)
def test_wrong_errors_do_not_cover(name):
    """Negative controls: the plain spread of the replicates, and errors too large by a third."""
    naive, error = coverage(name, lambda n: 1 / (n - 1))
    assert naive < 0.2
    large, _ = coverage(name, lambda n: 4 / 3)
    assert large > 0.95 + 3.5 * error


def test_one_group_has_no_error():
    with np.errstate(invalid="ignore"):  # nothing is left without the only group
        result = jackknife(rows(synthetic(6, groups=1, repeats=2)), moments)["mean"]
    assert np.all(np.isnan(result.error))


def test_join_keeps_the_sum_and_evens_the_sizes():
    values = np.random.default_rng(7).normal(size=(1000, 3))
    for most in (1, 7, 512, 999, 1000, 5000):
        joined = join(values, most)
        assert len(joined) == min(most, 1000)
        np.testing.assert_allclose(joined.sum(axis=0), values.sum(axis=0), atol=1e-12)  # rounding
        sizes = join(np.ones(1000), most)
        assert sizes.max() - sizes.min() <= 1
    np.testing.assert_array_equal(join(values, 1000), values)


def test_joining_changes_no_value_and_hardly_an_error():
    sums = rows(synthetic(8, groups=2 * MOST_GROUPS, repeats=20))
    estimate = jackknife(sums, moments)
    assert estimate["mean"].replicates.shape[0] == MOST_GROUPS
    by_hand = {name: part[0::2] + part[1::2] for name, part in sums.items()}
    for name, other in jackknife(by_hand, moments).items():
        np.testing.assert_array_equal(estimate[name].value, other.value)
        np.testing.assert_array_equal(estimate[name].error, other.error)
    exact = np.sqrt(1 / (2 * MOST_GROUPS * GROUP))
    # an error from 512 groups is known to 1/sqrt(1024); 20 of them at 4 of that
    np.testing.assert_allclose(estimate["mean"].error, exact, rtol=4 / 32)


# --- Records of simulations -----------------------------------------------------------------------

MODEL = twoqs.Model(spin=4, lattice=twoqs.chain(4), field=(0.5, 0, 0), decay=1.0)


def records(seed, count, observables=("correlation",)):
    numerics = resolve(MODEL, Numerics(times=(0.5, 1.0), step=0.1, observables=observables))
    return numerics, [batch.run_batch(MODEL, numerics, seed, number) for number in range(count)]


def test_rows_combine_by_concatenation():
    """Values from batches together equal values from their summed parts, whatever the order."""
    numerics, parts = records(1, 3)
    whole = finalize(MODEL, numerics, np.concatenate(parts))
    reverse = finalize(MODEL, numerics, np.concatenate(parts[::-1]))
    for name in whole.data_vars:
        np.testing.assert_allclose(whole[name], reverse[name], rtol=1e-9, atol=1e-9)  # rounding
    means = [finalize(MODEL, numerics, part).sz for part in parts]
    np.testing.assert_allclose(whole.sz, sum(means) / 3, rtol=1e-12)  # all batches are equal
    errors = [finalize(MODEL, numerics, part).sz_se for part in parts]
    # three times the trajectories: errors from 16 rows each are known to 1/sqrt(30)
    np.testing.assert_allclose(whole.sz_se, sum(errors) / 3 / math.sqrt(3), rtol=0.3)


def z_scores(model, exact, name, seeds, trajectories):
    """(estimate - exact)/error of many runs; shape (seed, time)."""
    results = [
        twoqs.simulate(model, times=[0.3, 1.0], trajectories=trajectories, seed=seed, step=0.05)
        for seed in range(seeds)
    ]
    z = np.array([(r[name] - exact) / r[name + "_se"] for r in results])
    rows_of_a_run = int(results[0].trajectories) // GROUP
    return z, rows_of_a_run - 1


def spread_of(z, freedom):
    """Mean square of z over that of Student's t, and its error, from all runs at each time."""
    expected = freedom / (freedom - 2)
    ratio = (z**2).mean(axis=0) / expected
    kurtosis = 3 + 6 / (freedom - 4)
    return ratio, math.sqrt((kurtosis - 1) / len(z))


def test_errors_of_simulations_are_right():
    """Dephasing is exact: the z-scores of <S^x> of 200 short runs have unit variance.

    At a step of 0.05 the bias of the three-point noise is below 1/50 of an error.
    """
    model = twoqs.Model(spin=10, dephasing=1.0, initial=twoqs.coherent(math.pi / 2))
    exact = 10 * np.exp(-np.array([0.3, 1.0]))
    z, freedom = z_scores(model, exact, "sx", 200, 256)
    assert freedom == 15
    ratio, error = spread_of(z, freedom)
    # two times, 4 errors each
    assert np.all(np.abs(ratio - 1) < 4 * error)
    assert np.all(np.abs(z.mean(axis=0)) < 4 * math.sqrt(15 / 13 / 200))
    inside = np.mean(np.abs(z) < stats.t.ppf(0.975, freedom))
    assert abs(inside - 0.95) < 4 * math.sqrt(0.95 * 0.05 / z.size) + 0.01  # times are correlated
    # negative controls: errors too small by half, and a dephasing 10 % too weak
    assert np.all(np.abs(spread_of(2 * z, freedom)[0] - 1) > 4 * error)
    weak = twoqs.Model(spin=10, dephasing=0.9, initial=twoqs.coherent(math.pi / 2))
    wrong, _ = z_scores(weak, exact, "sx", 200, 256)
    assert np.all(np.abs(wrong.mean(axis=0)) > 4 * math.sqrt(15 / 13 / 200))


def test_errors_of_averages_over_sites_are_right():
    """Sites of one trajectory are in one row: on a chain as for one spin. Precession is exact."""
    model = twoqs.Model(
        spin=10, lattice=twoqs.chain(6), field=(0, 0, 0.7), dephasing=1.0,
        initial=twoqs.coherent(math.pi / 2),
    )  # fmt: skip
    t = np.array([0.3, 1.0])
    exact = 10 * np.exp(-t) * np.sin(0.7 * t)
    z, freedom = z_scores(model, exact, "sy", 100, 256)
    ratio, error = spread_of(z, freedom)
    assert np.all(np.abs(ratio - 1) < 4 * error)
    assert np.all(np.abs(z.mean(axis=0)) < 4 * math.sqrt(15 / 13 / 100))


def test_the_bias_of_a_function_with_a_kink_is_limited():
    """|mean| of groups whose mean is nearly 0: the plain correction is several errors."""
    groups = np.tile([1.0, -1.0], 50)[:, None] + 0.001
    found = jackknife(
        {"x": groups, "n": np.ones_like(groups)},
        lambda sums: {"abs": np.abs(sums["x"] / sums["n"])},
    )["abs"]
    plain = 100 * found.whole - 99 * found.replicates.mean(axis=0)
    assert np.all(np.abs(plain - found.whole) > 3 * found.error)
    np.testing.assert_allclose(np.abs(found.value - found.whole), found.error, rtol=1e-12)
