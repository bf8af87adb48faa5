"""The stochastic equations that each scheme solves, and gain as the mirror image of decay."""

from __future__ import annotations

import numpy as np
import pytest
from schemes import advance_reference, enumerated, field_at, spins_of

import twoqs
from twoqs.flows.length import mean_weight, spin_length
from twoqs.flows.random import ReferenceStream
from twoqs.flows.rates import rates_of
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

# --- The equations: drift and diffusion of one short step, over all values of the noise ---------


def drift_and_diffusion(scheme, k, start, model, count, scale=1.0, step=1e-5):
    """E[d psi]/dt and E[d psi d psi^T]/dt in the real variables of the state of one spin."""
    stepped, weights = enumerated(
        count,
        start,
        lambda state, stream: advance_reference(scheme, k, state, model, 1, step, stream),
        scale,
        k=k,
    )
    change = stepped[:, 0] - np.asarray(start)[:, None]
    drift = change @ weights / step
    spread = change - (change @ weights)[:, None]
    return drift, (spread * weights) @ spread.T / step


def bosonic_equations(k, psi, decay, gain, dephasing, b):
    """Paper eqs. 22, 23 (gain: modes exchanged), 27, 28 and i dpsi/dt = B.sigma psi/2."""
    (alpha, beta), plus, minus = psi, (1 + k) / 2, (1 - k) / 2
    a2, b2 = abs(alpha) ** 2, abs(beta) ** 2
    drift = np.array([-decay * (b2 + plus) * alpha, decay * (a2 - minus) * beta])
    drift += [gain * (b2 - minus) * alpha, -gain * (a2 + plus) * beta]
    drift += -dephasing / 4 * np.array([alpha, beta])
    minus_plus = (b[0] - 1j * b[1], b[0] + 1j * b[1])
    drift += -0.5j * np.array(
        [b[2] * alpha + minus_plus[0] * beta, minus_plus[1] * alpha - b[2] * beta]
    )
    width = [
        decay * minus * (b2 + plus) + gain * plus * (b2 - minus),
        decay * plus * (a2 - minus) + gain * minus * (a2 + plus),
    ]
    diffusion = np.diag(np.repeat(width, 2))  # each of two quadratures: rate times 1/2 times 2/2
    kick = np.array([-alpha.imag, alpha.real, beta.imag, -beta.real])
    diffusion = diffusion + dephasing / 2 * np.outer(kick, kick)
    return np.array([drift[0].real, drift[0].imag, drift[1].real, drift[1].imag]), diffusion


def vector_equations(s, decay, gain, dephasing, b, length, weight=1.0):
    """ds = B x s dt + relaxation + noise x s (Stratonovich), in Ito form."""
    net, total = (decay - gain) / weight, decay + gain
    drift = np.cross(b, s)
    drift += 2 * net * np.array([s[0] * s[2], s[1] * s[2], s[2] ** 2 - length**2])
    drift -= total * np.array([s[0], s[1], 2 * s[2]]) + dephasing * np.array([s[0], s[1], 0])
    diffusion = np.zeros((3, 3))
    for axis, rate in zip(np.eye(3), (total, total, dephasing), strict=True):
        kick = np.cross(axis, s)
        diffusion += 2 * rate * np.outer(kick, kick)
    return drift, diffusion


def raw_rates(model):
    """Of decay, gain and dephasing."""
    rates = rates_of(model)
    return [float(rate[0]) for rate in (rates.decay, rates.gain, rates.dephasing)]


CHANNELS = {"decay": (1.0, 0, 0), "gain": (0, 1.0, 0), "dephasing": (0, 0, 1.0)}
SPINOR = np.array([1.1, -0.7, 0.9, 1.6])


def noise_count(scheme, k, channel):
    """How many random numbers one step takes."""
    if scheme == "conserving":
        return 2 if channel == "dephasing" else 3
    if scheme == "pda":
        return 2 if channel == "dephasing" else 4 * (k < 1) + 2 * (k > -1)
    return 2 if channel == "dephasing" else 2 * (k < 1) + 2 * (k > -1)


def model_with(channel, spin=3.0):
    decay, gain, dephasing = CHANNELS[channel]
    return twoqs.Model(
        spin=spin, field=(0.4, -0.3, 0.8), twist=(0.6, -0.5, 0.9), decay=decay, gain=gain,
        dephasing=dephasing,
    )  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("k", [1, 0, -1])
@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama"])
def test_schemes_solve_the_equations_of_the_paper(scheme, k, channel):
    model, count = model_with(channel), noise_count(scheme, k, channel)
    rates = raw_rates(model)
    b = field_at(model, spins_of(SPINOR)[:, None])[:, 0]
    drift, diffusion = drift_and_diffusion(scheme, k, SPINOR, model, count)
    psi = SPINOR[0] + 1j * SPINOR[1], SPINOR[2] + 1j * SPINOR[3]
    exact, exact_diffusion = bosonic_equations(k, psi, *rates, b)
    # 1e-5 times coefficients of second order, some tens
    np.testing.assert_allclose(drift, exact, atol=5e-4)
    np.testing.assert_allclose(diffusion, exact_diffusion, atol=5e-4)
    # negative controls: noise of half the size, and the next representation
    halved = drift_and_diffusion(scheme, k, SPINOR, model, count, scale=0.5)[1]
    assert np.abs(halved - exact_diffusion).max() > 0.05
    if channel != "dephasing":
        other = bosonic_equations(k - 1 if k > -1 else 1, psi, *rates, b)
        assert np.abs(other[1] - exact_diffusion).max() > 0.05


@pytest.mark.parametrize("channel", CHANNELS)
def test_conserving_solves_the_equations_of_the_sphere(channel):
    model, count = model_with(channel), noise_count("conserving", 0, channel)
    length, weight = spin_length(model.spin), mean_weight(model.spin)
    s = length * np.array([0.48, -0.36, 0.8])
    b = field_at(model, s[:, None], "conserving")[:, 0]
    drift, diffusion = drift_and_diffusion("conserving", 0, s, model, count)
    exact, exact_diffusion = vector_equations(s, *raw_rates(model), b, length, weight)
    np.testing.assert_allclose(drift, exact, atol=1e-3)  # 1e-5 times some tens
    np.testing.assert_allclose(diffusion, exact_diffusion, atol=1e-3)
    # negative controls: half the noise gives a quarter of the diffusion, and another Ito drift
    halved = drift_and_diffusion("conserving", 0, s, model, count, scale=0.5)
    assert np.abs(halved[0] - exact).max() > 0.05
    assert np.abs(halved[1] - exact_diffusion).max() > 0.05


@pytest.mark.parametrize("spin", [1, 3, 20])
@pytest.mark.parametrize("channel", CHANNELS)
def test_means_of_one_spin_follow_the_exact_equations(spin, channel):
    """d<S^a>/dt is exact, with weight one for symmetrised products and `mean_weight` for means.

    The right-hand side is that of the master equation: -i [S^a, H] by hand, and for decay
    d<S^z>/dt = -2 G <S^+ S^->, S^+ S^- = L^2 - S_z^2 + S^z, d<S^+->/dt = G <{S^z, S^+-} - S^+->.
    """
    model, count = model_with(channel, spin), noise_count("conserving", 0, channel)
    length, weight = spin_length(spin), mean_weight(spin)
    s = length * np.array([0.48, -0.36, 0.8])
    decay, gain, dephasing = raw_rates(model)
    net, total, mean = decay - gain, decay + gain, weight * s
    h, twist = np.array(model.field, dtype=float), np.array(model.twist, dtype=float) / spin
    exact = np.cross(h, mean) + np.cross(twist * s, s)
    exact += 2 * net * np.array([s[0] * s[2], s[1] * s[2], s[2] ** 2 - length**2])
    exact -= (total * np.array([1, 1, 2]) + dephasing * np.array([1, 1, 0])) * mean
    drift, _ = drift_and_diffusion("conserving", 0, s, model, count)
    # 1e-5 times second derivatives, which are of the size of L
    np.testing.assert_allclose(weight * drift, exact, atol=3e-4 * length)
    if spin == 1:  # negative control: the weight matters
        assert np.abs(drift - exact).max() > 0.02


# --- Gain is the mirror image of decay ----------------------------------------------------------


class Reversed(ReferenceStream):
    """The same stream with the sign of all noise reversed."""

    def four_point(self):
        return -super().four_point()


def seeds():
    return np.array(np.random.SeedSequence(8).generate_state(4 * LANES, np.uint64)).reshape(
        4, LANES
    )


def test_gain_mirrors_decay_on_the_sphere():
    """Reflection z -> -z: gain becomes decay, h_x, h_y and the noise change their signs."""
    rates = {"decay": 1.0, "gain": 0.3, "dephasing": 0.0}
    there = twoqs.Model(spin=5, field=(0.4, 0.2, 0.7), **rates)
    back = twoqs.Model(spin=5, field=(-0.4, -0.2, 0.7), decay=0.3, gain=1.0)
    s = spin_length(5) * np.array([0.48, -0.36, 0.8])[:, None, None] * np.ones((3, 1, LANES))
    one = advance_reference("conserving", 0, s, there, 20, 0.1, ReferenceStream(seeds()))
    mirror = s * np.array([1, 1, -1])[:, None, None]
    two = advance_reference("conserving", 0, mirror, back, 20, 0.1, Reversed(seeds()))
    # 20 steps of about ten operations, each rounded to 1e-16 of L
    np.testing.assert_allclose(two * np.array([1, 1, -1])[:, None, None], one, atol=1e-12)
    wrong = advance_reference("conserving", 0, mirror, there, 20, 0.1, Reversed(seeds()))
    assert np.abs(wrong * np.array([1, 1, -1])[:, None, None] - one).max() > 0.1


@pytest.mark.parametrize("k", [1, 0, -1])
@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama"])
def test_gain_is_decay_with_the_modes_exchanged(scheme, k):
    """alpha <-> beta turns s about x by pi, so h_y and h_z change sign; path by path."""
    representation = {1: "P", 0: "W", -1: "Q"}[k]
    numerics = Numerics(scheme=scheme, representation=representation)
    twist = (0.5, -0.3, 0.4)
    there = twoqs.Model(spin=5, field=(0.4, 0.2, 0.7), twist=twist, decay=1.0)
    back = twoqs.Model(spin=5, field=(0.4, -0.2, -0.7), twist=twist, gain=1.0)
    one, two, wrong = (
        TrajectoryBlock(model, numerics, np.random.SeedSequence(2))
        for model in (there, back, there)
    )
    for block in (two, wrong):
        block.state[:] = one.state[[2, 3, 0, 1]]
    for block in (one, two, wrong):
        block.advance(steady(20, 0.02))
    np.testing.assert_allclose(two.state[[2, 3, 0, 1]], one.state, atol=1e-11)  # rounding
    assert np.abs(wrong.state[[2, 3, 0, 1]] - one.state).max() > 0.1


# pda is compared with itself, far beyond where it is right.
@pytest.mark.filterwarnings("ignore::twoqs.UnphysicalWarning", "ignore::twoqs.AccuracyWarning")
@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_gain_mirrors_decay_in_law(scheme):
    """Moments of two independent runs; 10 comparisons at 4 standard errors."""
    times = [0.5, 2.0]
    down = twoqs.simulate(
        twoqs.Model(spin=6, decay=1.0, initial="up"), times=times, scheme=scheme,
        trajectories=4096, seed=1,
    )  # fmt: skip
    up = twoqs.simulate(
        twoqs.Model(spin=6, gain=1.0, initial="down"), times=times, scheme=scheme,
        trajectories=4096, seed=2,
    )  # fmt: skip
    for name, sign in (("sx", 1), ("sy", 1), ("sz", -1), ("var_sx", 1), ("var_sz", 1)):
        error = np.hypot(down[name + "_se"], up[name + "_se"])
        assert np.all(np.abs(up[name] - sign * down[name]) < 4 * error), name
    # negative control: the two are far from equal
    assert np.all(np.abs(up.sz - down.sz) > 4 * np.hypot(up.sz_se, down.sz_se))
