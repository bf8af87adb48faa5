"""Cases in which a step of any length is right, or nearly so, and that it is not so by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from schemes import advance_reference, enumerated

import twoqs
from twoqs.flows import conserving
from twoqs.flows.correction import step_correction
from twoqs.flows.length import mean_weight, spin_length

STEP = 0.2  # ten times what would do without


class Silent:
    """A stream of no noise."""

    def four_point(self):
        return 0.0


@pytest.fixture
def unmatched(monkeypatch):
    """Negative control: a step as it would be by itself."""

    def switch_off():
        one = step_correction(np.zeros(1))
        monkeypatch.setattr(conserving, "step_correction", lambda rapidity: one)

    return switch_off


def spread_from_a_pole(channel, pole, strong):
    """Variances of s^x and s^y after a step from a pole, over S/2."""
    spin = 1e8  # large enough that nothing but the linear theory is left
    field = {"x": (1e-9, 0, 0), "y": (0, 1e-9, 0)}[strong]
    model = twoqs.Model(spin=spin, field=field, **{channel: 1.0})
    start = np.array([0.0, 0.0, pole * spin_length(spin)])
    after, weights = enumerated(
        3, start, lambda s, stream: advance_reference("conserving", 0, s, model, 1, STEP, stream)
    )
    return (after[:2, 0] ** 2 @ weights) / (spin / 2)


@pytest.mark.parametrize("strong", ["x", "y"])
@pytest.mark.parametrize("pole", [-1, 1], ids=["south", "north"])
@pytest.mark.parametrize("channel", ["decay", "gain"])
def test_fluctuations_about_the_poles_are_exact(channel, pole, strong, unmatched):
    """V = 1 - exp(-2 Gamma t) at the stable pole and exp(2 Gamma t) - 1 at the other."""
    stable = pole == (-1 if channel == "decay" else 1)
    exact = 1 - math.exp(-2 * STEP) if stable else math.exp(2 * STEP) - 1
    spread = spread_from_a_pole(channel, pole, strong)
    np.testing.assert_allclose(spread, exact, rtol=1e-6)  # L is not S, and kicks are not small
    unmatched()
    off = spread_from_a_pole(channel, pole, strong) / exact - 1
    assert np.all(np.abs(off) > 0.005)  # step^2/6 and step^2/3


def growth(jx, jy, step):
    """Largest factor by which deviations of two coupled spins from the south pole grow."""
    model = twoqs.Model(
        spin=10, lattice=twoqs.chain(2, periodic=False), coupling=(jx, jy, 0), decay=1.0
    )
    length, tiny = spin_length(10), 1e-6
    columns = []
    for component in range(4):
        s = np.zeros((3, 2, 1))
        s[2] = -length
        s[component // 2, component % 2] = tiny
        after = advance_reference("conserving", 0, s, model, 1, step, Silent())
        columns.append(after[:2].ravel() / tiny)
    return np.abs(np.linalg.eigvals(np.array(columns).T)).max()


@pytest.mark.parametrize("couplings", [(2.0, -2.0), (0.5, -8.0), (-5.0, 0.8)], ids=str)
def test_the_polarised_phase_ends_where_it_should(couplings, unmatched):
    """At J_x J_y = -4 Gamma^2 for one bond, whatever the step."""
    rate = spin_length(10) / 10  # of the damping, and the fields have the same factor L/S
    for step in (STEP, 0.05):
        # deviations of 1e-6 of L see the sphere's curvature in 1e-12
        assert growth(*couplings, step) == pytest.approx(1, abs=1e-8)
        stronger = (couplings[0], couplings[1] * 1.01)
        assert growth(*stronger, step) > 1 + 0.004 * step * rate
    unmatched()
    # x^2 is less than 4 sinh(x/2)^2 by x^4/12, so that 1 + x^2/2 is by x^3/24 short of growing
    assert growth(*couplings, STEP) - 1 == pytest.approx(-((STEP * rate) ** 3) / 24, rel=0.05)


def return_error(field, steps):
    """How far a driven spin is from where it began, after what should be one period."""
    model = twoqs.Model(spin=10, field=field, decay=1.0)
    drive = math.hypot(*field[:2])
    rate = spin_length(10) / 10 / mean_weight(10)
    period = 2 * math.pi / math.sqrt(drive**2 - rate**2)
    start = spin_length(10) * np.array([0.6, 0.48, 0.64])[:, None, None]
    after = advance_reference("conserving", 0, start, model, steps, period / steps, Silent())
    return np.linalg.norm(after - start) / spin_length(10)


@pytest.mark.parametrize("field", [(2.0, 0, 0), (0, 1.2, 0)], ids=str)
def test_a_driven_spin_precesses_at_its_own_rate(field, unmatched):
    """Orbits close to fourth order of the step, though the way is right to second order only."""
    errors = [return_error(field, steps) for steps in (80, 160, 320)]
    slopes = np.log2(errors[:-1]) - np.log2(errors[1:])
    np.testing.assert_allclose(slopes, 4, atol=0.15)
    unmatched()
    slower = [return_error(field, steps) for steps in (80, 160, 320)]
    slopes = np.log2(slower[:-1]) - np.log2(slower[1:])
    np.testing.assert_allclose(slopes, 2, atol=0.15)
    assert slower[0] > 10 * errors[0]


def test_without_damping_nothing_changes():
    none = step_correction(np.zeros(2))
    assert all(np.all(factor == 1) for factor in none)
    small = step_correction(np.array([1e-3, -1e-3]))
    for factor, slope in zip(small, (-1 / 3, 1 / 6, -1 / 24, 1 / 24), strict=True):
        np.testing.assert_allclose(factor, 1 + slope * 1e-6, rtol=1e-11)
