"""The smooth minimum of a noisy curve: right, with honest errors, silent where there is none."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.measure.fits import exact_minimum, smooth_minimum, squeezing
from twoqs.theory import evolve

TIMES = np.linspace(0, 6, 61)


def curve(times=TIMES):
    """Falls like squeezing does, and rises more slowly; minimum at 2.7808."""
    return 0.7 * np.exp(-times) + 0.3 + 0.02 * times**1.2 - 0.02


def noisy(rng, groups=100, noise=0.05):
    """Values and leave-one-out means of groups with independent noise at each time."""
    rows = curve() + noise * rng.normal(size=(groups, len(TIMES)))
    return rows.mean(axis=0), (rows.sum(axis=0) - rows) / (groups - 1)


def true_minimum():
    fine = np.linspace(0, 6, 600001)
    values = curve(fine)
    place = int(np.argmin(values))
    return fine[place], values[place]


def test_a_curve_without_noise_gives_its_minimum():
    found = smooth_minimum(TIMES, curve(), np.tile(curve(), (3, 1)))
    place, value = true_minimum()
    assert found.status == "resolved"
    assert found.value == pytest.approx(value, rel=2e-3)  # the polynomial's own error
    assert found.time == pytest.approx(place, abs=0.15)
    assert found.value_se == pytest.approx(0, abs=1e-12)


def test_errors_are_honest_and_the_lowest_sample_is_not():
    """300 repetitions: z has variance one; the lowest sample lies several errors too low."""
    rng = np.random.default_rng(3)
    exact = smooth_minimum(TIMES, curve(), np.tile(curve(), (3, 1)))
    z, naive = [], []
    for _ in range(300):
        values, left_out = noisy(rng)
        found = smooth_minimum(TIMES, values, left_out)
        z.append((found.value - exact.value) / found.value_se)
        naive.append((values.min() - exact.value) / found.value_se)
    assert abs(np.mean(z)) < 4 / np.sqrt(300)
    assert 0.85 < np.std(z) < 1.2  # four errors of a standard deviation from 300 numbers
    assert np.mean(naive) < -3


def correlated(rng, shape, noise, groups=100):
    """The same for noise that lasts for a quarter of the times, as that of trajectories may."""
    steps = rng.normal(size=(groups, len(TIMES)))
    rows = np.empty_like(steps)
    rows[:, 0] = steps[:, 0]
    memory = np.exp(-4 / len(TIMES))
    for i in range(1, len(TIMES)):
        rows[:, i] = memory * rows[:, i - 1] + np.sqrt(1 - memory**2) * steps[:, i]
    rows = shape + noise * rows
    return rows.mean(axis=0), (rows.sum(axis=0) - rows) / (groups - 1)


FLAT = 0.7 + 0.3 * np.exp(-3 * TIMES) + 0.002 * TIMES


@pytest.mark.parametrize(
    ("shape", "noise", "clear"), [(curve(), 0.02, True), (curve(), 0.3, False), (FLAT, 0.2, False)]
)
def test_errors_are_honest_where_the_curve_is_flat(shape, noise, clear):
    """Its place is chosen by the noise, which neither value nor errors may forget."""
    rng = np.random.default_rng(4)
    exact = smooth_minimum(TIMES, shape, np.tile(shape, (3, 1)))
    found = [smooth_minimum(TIMES, *correlated(rng, shape, noise)) for _ in range(100)]
    z = np.array([(one.value - exact.value) / one.value_se for one in found])
    # Half an error of bias at most, as documented, and four errors of a mean of 100 numbers.
    assert abs(z.mean()) < 0.5 + 0.4
    assert z.std() < 1.3  # four errors of a standard deviation from 100 numbers
    placed = [one for one in found if one.status == "resolved"]
    assert len(placed) == 100 if clear else len(placed) < 5
    for one in found:
        assert one.status in ("resolved", "noise")
        assert np.isnan(one.time) == (one.status == "noise")
    if clear:
        off = np.array([(one.time - exact.time) / one.time_se for one in placed])
        assert 0.6 < np.sqrt(np.mean(off**2)) < 1.3


@pytest.mark.parametrize("sign", [1, -1])
def test_a_minimum_at_the_end_is_no_optimum(sign):
    values = 1 + sign * TIMES / 10
    found = smooth_minimum(TIMES, values, np.tile(values, (3, 1)))
    assert found.status == "edge"
    assert np.isnan(found.value)


def test_noise_without_a_minimum_is_told():
    """It has a value, but no place."""
    rng = np.random.default_rng(1)
    found = smooth_minimum(TIMES, *correlated(rng, np.ones(len(TIMES)), 0.1))
    assert found.status == "noise"
    assert np.isnan(found.time)
    assert np.isnan(found.time_se)
    assert abs(found.value - 1) < 3 * found.value_se


def test_times_without_a_value_are_no_rise():
    rng = np.random.default_rng(1)
    values, left_out = correlated(rng, np.ones(len(TIMES)), 0.1)
    values[[0, -1]] = np.nan
    assert smooth_minimum(TIMES, values, left_out).status == "noise"


def test_a_curve_may_be_negative():
    """As in Q, which loses a part of the noise."""
    found = smooth_minimum(TIMES, curve() - 1, np.tile(curve() - 1, (3, 1)))
    place, value = true_minimum()
    assert found.value == pytest.approx(value - 1, abs=2e-3)
    assert found.time == pytest.approx(place, abs=0.15)


def test_where_the_mean_spin_is_hidden_is_no_optimum():
    """Q at S = 10: later than 8/g its mean spin is zero within its errors, and xi^2 anything."""
    model = twoqs.Model(spin=10, twist=(1, 0, 0))
    settings = {"scheme": "pda", "representation": "Q", "neglect": "interaction-diffusion"}
    result = twoqs.simulate(model, times=np.linspace(0, 10, 41), trajectories=4096, **settings)
    assert np.isnan(result.squeezing.values[-1])
    assert float(result.squeezing_optimum) == pytest.approx(-1.4, abs=0.3)
    assert float(result.squeezing_optimum_se) < 0.1
    assert float(result.squeezing_optimum_time) < 8


def test_too_few_values():
    values = np.full(len(TIMES), np.inf)
    assert smooth_minimum(TIMES, values, np.tile(values, (3, 1))).status == "undefined"
    values[30] = 1.0
    assert smooth_minimum(TIMES, values, np.tile(values, (3, 1))).status == "undefined"


def test_bad_arguments_are_named():
    values = curve()
    with pytest.raises(twoqs.ArgumentError, match="`times`"):
        smooth_minimum(TIMES[::-1], values, values[None])
    with pytest.raises(twoqs.ArgumentError, match="`values`"):
        smooth_minimum(TIMES, values[1:], values[None])
    with pytest.raises(twoqs.ArgumentError, match="`replicates`"):
        smooth_minimum(TIMES, values, values)


def test_a_simulation_carries_its_optimum():
    model = twoqs.Model(spin=20, twist=(1, 0, 0), decay=0.25)
    times = np.linspace(0, 6, 49)
    result = twoqs.simulate(model, times=times, trajectories=8192, seed=2)
    exact = evolve(model, times)
    names = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")
    line = squeezing(20, *(exact[name] for name in names))
    place, lowest = exact_minimum(times, line)
    assert int(result.squeezing_optimum_status) == 0
    off = abs(float(result.squeezing_optimum) - lowest)
    # 1.5 % is the scheme's bias at this small S.
    assert off < 3 * float(result.squeezing_optimum_se) + 0.015 * lowest
    assert float(result.squeezing_optimum_time) == pytest.approx(place, abs=0.4)
    late = twoqs.simulate(model, times=times[:6], trajectories=8192)
    assert int(late.squeezing_optimum_status) == 1
    assert np.isnan(float(late.squeezing_optimum))


def test_the_minimum_of_an_exact_curve():
    place, value = true_minimum()
    found = exact_minimum(TIMES, curve())
    assert found == pytest.approx((place, value), rel=1e-5)
    broken = curve()
    broken[50:] = np.inf
    assert exact_minimum(TIMES, broken) == pytest.approx(found)
    assert np.isnan(exact_minimum(TIMES, TIMES)).all()
    assert np.isnan(exact_minimum(TIMES, np.full(len(TIMES), np.nan))).all()


@pytest.mark.parametrize("decay", [0.0, 0.125, 0.5, 1.0])
def test_the_fit_is_right_on_curves_of_squeezing(decay):
    """Steep before the minimum and flat after it, with strong decay."""
    model = twoqs.Model(spin=10, twist=(1, 0, 0), decay=decay)
    times = np.linspace(0, 10, 81)
    moments = evolve(model, times)
    names = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")
    line = squeezing(10, *(moments[name] for name in names))
    found = smooth_minimum(times, line, np.tile(line, (3, 1)))
    assert found.value == pytest.approx(exact_minimum(times, line)[1], rel=0.01)
