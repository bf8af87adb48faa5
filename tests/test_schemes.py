"""What each scheme must do: the right equations, exact flows, conservation laws, weak order."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import twoqs
from twoqs.integrate import Block
from twoqs.kernels import conserving as conserving_kernel
from twoqs.kernels.jit import LANES
from twoqs.numerics import Numerics
from twoqs.rates import graph_of, rates_of
from twoqs.reference import ReferenceStream, conserving, euler_maruyama, pda
from twoqs.reference import fields as reference_fields
from twoqs.representation import spin_length

REFERENCES = {"conserving": conserving, "pda": pda, "euler-maruyama": euler_maruyama}
SCHEMES = [("conserving", "W"), ("pda", "W"), ("euler-maruyama", "W")]
K = {"P": 1, "W": 0, "Q": -1}


def advance_reference(scheme, k, state, model, steps, step, stream):
    """State after some steps of the reference of any scheme."""
    graph, rates = graph_of(model), rates_of(model)
    if scheme == "conserving":
        length = spin_length(model.spin)
        return conserving.advance(state, graph, rates, length, steps, step, stream)
    return REFERENCES[scheme].advance(state, graph, rates, k, steps, step, stream)[0]


def spins_of(state):
    """s^x, s^y, s^z from a state of Bloch vectors or of spinors."""
    if len(state) == 3:
        return state
    a, b = state[0] + 1j * state[1], state[2] + 1j * state[3]
    return np.stack([(a.conj() * b).real, (a.conj() * b).imag, (abs(a) ** 2 - abs(b) ** 2) / 2])


# --- No dissipation: the mean-field equations -----------------------------------------------


def closed_model():
    """Driven, coupled and twisted about all axes, on a graph with a triangle and weights."""
    edges = [(0, 1, 1.0), (1, 2, -0.6), (0, 2, 0.8), (2, 3, 1.5)]
    return twoqs.Model(
        spin=20,
        lattice=twoqs.from_edges(edges),
        field=([0.3, -0.2, 0.5, 0.1], 0.4, [-0.3, 0.2, 0.6, 0.0]),
        coupling=(0.7, [-0.5, 0.3, 0.4, 0.9], 0.6),
        twist=(0.5, [-0.3, 0.0, 0.2, 0.4], -0.6),
        initial=twoqs.coherent([0.4, 1.1, 1.9, 2.6], [0.0, 2.0, 4.0, 5.0]),
    )


def field_at(model, s):
    """dH/ds of spins of shape (3, site, ...), straight from the definition of H."""
    two_s, n = 2 * model.spin, model.n_sites
    parts = []
    for axis in range(3):
        matrix = np.diag(np.broadcast_to(model.twist[axis], n)) * 2 / two_s
        bonds = np.broadcast_to(model.coupling[axis], model.lattice.n_edges)
        for (i, j), w, strength in zip(
            model.lattice.edges, model.lattice.weights, bonds, strict=True
        ):
            matrix[i, j] += w * strength / two_s
            matrix[j, i] += w * strength / two_s
        h = np.broadcast_to(model.field[axis], n)
        parts.append(np.tensordot(matrix, s[axis], 1) + h.reshape(-1, *[1] * (s.ndim - 2)))
    return np.stack(parts)


def energy(model, s):
    """H of spins of shape (3, site, lane), one number a lane (H is quadratic: h.s + B_2.s/2)."""
    linear = field_at(model, np.zeros_like(s))
    return np.sum((linear + field_at(model, s)) / 2 * s, axis=(0, 1))


def mean_field(model, s, duration):
    """Solution of ds/dt = B x s."""

    def right_hand_side(_, flat):
        now = flat.reshape(s.shape)
        return np.cross(field_at(model, now), now, axis=0).ravel()

    tolerance = {"rtol": 1e-11, "atol": 1e-11 * model.spin}
    solution = solve_ivp(right_hand_side, (0, duration), s.ravel(), method="DOP853", **tolerance)
    return solution.y[:, -1].reshape(s.shape)


@pytest.mark.parametrize(("scheme", "representation"), SCHEMES)
def test_without_noise_the_scheme_solves_the_mean_field_equations(scheme, representation):
    """Error against an adaptive Runge-Kutta solution falls with the declared order."""
    model = closed_model()
    steps = [80, 160, 320] if scheme != "euler-maruyama" else [2000, 4000, 8000]
    errors = []
    for count in steps:
        block = Block(model, Numerics(scheme=scheme), np.random.SeedSequence(4))
        block.measure()
        start = block.bloch[:3].copy()
        block.advance(count, 4.0 / count)
        block.measure()
        lanes = [0, 13, 63]
        exact = np.stack([mean_field(model, start[..., lane], 4.0) for lane in lanes], axis=-1)
        errors.append(np.abs(block.bloch[:3][..., lanes] - exact).max() / model.spin)
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    order = REFERENCES[scheme].WEAK_ORDER
    # next term of the error: of relative size step for order 1, step^2 for order 2
    np.testing.assert_allclose(slopes, order, atol=0.1)
    assert errors[-1] < 1e-2


def test_mean_field_sees_every_sign():
    """Negative control: with one term of H reversed the mean-field solution is another one."""
    model, s = closed_model(), np.random.default_rng(1).normal(size=(3, 4))
    right = mean_field(model, s, 4.0)
    for name in ("field", "coupling", "twist"):
        for axis in range(3):
            vector = list(getattr(model, name))
            vector[axis] = tuple(-v for v in np.broadcast_to(vector[axis], 4).tolist())
            changed = twoqs.Model(spin=20, lattice=model.lattice, **{
                other: getattr(model, other) for other in ("field", "coupling", "twist")
            } | {name: tuple(vector)})  # fmt: skip
            assert np.abs(mean_field(changed, s, 4.0) - right).max() > 1e-2, (name, axis)


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_energy_and_length_over_a_hundred_thousand_steps(scheme):
    """No drift of the energy, an error that falls as step^2, and a length constant to rounding."""
    model = twoqs.Model(
        spin=20, lattice=twoqs.from_edges([(0, 1, 1.0), (1, 2, -0.7)]), field=(0.6, 0.3, -0.4),
        coupling=(0.5, -0.8, 0.3), twist=(0.4, 0.0, -0.3),
        initial=twoqs.coherent([0.5, 1.5, 2.5], 1.0),
    )  # fmt: skip
    early, late = {}, {}
    for step in (0.04, 0.02):
        block = Block(model, Numerics(scheme=scheme), np.random.SeedSequence(1))
        block.measure()
        start, errors = block.bloch.copy(), []
        for _ in range(200):
            block.advance(500, step)
            block.measure()
            off = energy(model, block.bloch[:3]) - energy(model, start[:3])
            errors.append(np.sqrt(np.mean(off**2)))
        early[step], late[step] = np.mean(errors[:20]), np.mean(errors[-20:])
        assert late[step] < 2 * early[step]  # a drift would make it ten times larger
        # 600,000 rotations, each rounded to 1e-16; in a random walk 1e-13, in one direction 6e-11
        assert np.abs(block.bloch[3] / start[3] - 1).max() < 1e-11
    # The mean over 20 samples of 64 trajectories scatters by some per cent about 4.
    assert early[0.04] / early[0.02] == pytest.approx(4, rel=0.1)
    assert late[0.04] / late[0.02] == pytest.approx(4, rel=0.1)
    assert late[0.02] < 0.02**2 * 0.5 * model.spin * 3  # in the size of the energy itself


def test_euler_maruyama_lengthens_the_spin_as_it_must():
    """By the factor 1 + (B step/2)^2 in each step: B^2 step/4 per unit of time."""
    model = twoqs.Model(spin=20, field=(1.2, -0.5, 0.9), initial=twoqs.coherent(1.0, 2.0))
    square, step, steps = 1.2**2 + 0.5**2 + 0.9**2, 0.01, 1000
    block = Block(model, Numerics(scheme="euler-maruyama"), np.random.SeedSequence(1))
    block.measure()
    before = block.bloch[3].copy()
    block.advance(steps, step)
    block.measure()
    growth = np.log(block.bloch[3] / before)
    np.testing.assert_allclose(growth, steps * math.log1p(square * step**2 / 4), rtol=1e-11)
    # per unit of time B^2 step/4, up to the next order, (B step)^2/8 relative
    np.testing.assert_allclose(growth / (steps * step), square * step / 4, rtol=1e-3)
    for scheme in ("conserving", "pda"):  # negative control: no other scheme does
        block = Block(model, Numerics(scheme=scheme), np.random.SeedSequence(1))
        block.measure()
        before = block.bloch[3].copy()
        block.advance(steps, step)
        block.measure()
        assert np.abs(block.bloch[3] / before - 1).max() < 1e-12


# --- Exact parts ------------------------------------------------------------------------------


class Enumerated:
    """A stream whose lanes are all combinations of `count` three-point numbers, with weights."""

    def __init__(self, count, scale=1.0):
        combinations = np.array(list(itertools.product((-1, 0, 1), repeat=count)), dtype=float)
        self._values = iter(scale * math.sqrt(3) * combinations.reshape(3**count, count).T)
        self.weights = np.prod(np.where(combinations == 0, 2 / 3, 1 / 6), axis=1)

    def three_point(self):
        return next(self._values)

    def gaussian_pair(self):
        return next(self._values), next(self._values)

    def used_up(self):
        return next(self._values, None) is None


def enumerated(count, start, advance, scale=1.0):
    """`advance(state, stream)` on every combination of noise; state (.., lane) and weights."""
    stream = Enumerated(count, scale)
    state = np.repeat(np.asarray(start, dtype=float)[:, None, None], len(stream.weights), axis=2)
    result = advance(state, stream)
    assert stream.used_up()
    return result, stream.weights


@pytest.mark.parametrize("k", [1, 0, -1])
def test_damped_mode_is_an_exact_ornstein_uhlenbeck_process(k):
    """Mean e^{-l t} and E|.|^2 - |E.|^2 = (1-k)/2 (1 - e^{-2 l t}) for a frozen other mode."""
    rate, step, alpha, beta = np.array([0.3]), 0.1, 1.2 - 0.7j, 2.0 + 0.5j
    stream = Enumerated(2 if k < 1 else 0)
    psi = np.repeat(np.array([alpha, beta])[:, None, None], len(stream.weights), axis=2)
    pda._damp(psi, 0, 1, rate, k, step, stream, np.zeros((2, len(stream.weights))))
    decay = math.exp(-rate[0] * (abs(beta) ** 2 + (1 + k) / 2) * step)
    mean = np.sum(stream.weights * psi[0, 0])
    spread = np.sum(stream.weights * abs(psi[0, 0] - mean) ** 2)
    # the rational exponential is off by x^5/720 at x = 0.16
    assert mean == pytest.approx(alpha * decay, rel=1e-6)
    assert spread == pytest.approx((1 - k) / 2 * (1 - decay**2), rel=1e-5, abs=1e-15)
    assert np.all(psi[1] == beta)


@pytest.mark.parametrize("k", [1, 0, -1])
def test_pumped_mode_is_its_growing_mirror_image(k):
    """Mean e^{m t} and spread (1+k)/2 (e^{2 m t} - 1); for Q it is deterministic."""
    rate, step, alpha, beta = np.array([0.3]), 0.1, 1.2 - 0.7j, 2.0 + 0.5j
    stream = Enumerated(2 if k > -1 else 0)
    psi = np.repeat(np.array([alpha, beta])[:, None, None], len(stream.weights), axis=2)
    clipped = np.zeros((2, len(stream.weights)))
    pda._pump(psi, 1, 0, rate, k, step, stream, clipped)
    growth = math.exp(rate[0] * (abs(alpha) ** 2 - (1 - k) / 2) * step)
    mean = np.sum(stream.weights * psi[1, 0])
    spread = np.sum(stream.weights * abs(psi[1, 0] - mean) ** 2)
    assert mean == pytest.approx(beta * growth, rel=1e-6)  # x^5/720 at x = 0.06
    assert spread == pytest.approx((1 + k) / 2 * (growth**2 - 1), rel=1e-5, abs=1e-15)
    assert np.all(clipped[0] == 0)
    assert np.all(clipped[1] == (k > -1))


def test_rational_exponential():
    x = np.linspace(-2, 2, 401)
    value = pda.exponential(x)
    assert np.all(np.abs(value / np.exp(x) - 1) <= 1.5 * np.abs(x) ** 5 / 720 + 1e-15)
    assert np.abs(value[-1] / math.exp(2) - 1) > 0.5 * 2**5 / 720  # the bound is not idle
    np.testing.assert_allclose(value * value[::-1], 1, rtol=1e-14)  # rounding
    assert np.all(pda.exponential(np.array([-1e3, -10, 10, 1e3])) > 0)


def test_tangent():
    x = np.linspace(-0.5, 0.5, 101)
    error = np.abs(reference_fields.tangent(x) - np.tan(x))
    assert np.all(error <= 0.15 * np.abs(x) ** 5 + 1e-16)  # 2/15 x^5 and the next term
    assert np.all(error >= 2 / 15 * np.abs(x) ** 5 - 1e-16)


@pytest.mark.parametrize("sign", [1, -1], ids=["decay", "gain"])
def test_relaxation_alone_follows_the_hyperbolic_tangent(sign):
    """z/L -> (z/L - T)/(1 - T z/L), T = tanh(2 G L t), in any number of steps, by the kernel."""
    length, rate, duration = 7.0, 0.05, 1.3
    rng = np.random.default_rng(1)
    s = rng.normal(size=(3, 2, LANES))
    s *= length / np.sqrt(np.sum(s**2, axis=0))
    model = twoqs.Model(spin=1, lattice=twoqs.from_edges([], n_sites=2))
    none = np.zeros(2)
    z, azimuth = s[2] / length, np.arctan2(s[1], s[0])
    t = math.tanh(2 * sign * rate * length * duration)
    for steps, about_z in [(1, False), (7, False), (40, True)]:
        state = s.copy()
        stream = Block(model, Numerics(), np.random.SeedSequence(1))._stream
        net = np.full(2, sign * rate)
        step = duration / steps
        conserving_kernel.advance(
            state, graph_of(model), none, net, none, about_z, length, steps, step, stream
        )
        # 80 moves, each rounded to 1e-16
        np.testing.assert_allclose(state[2] / length, (z - t) / (1 - t * z), rtol=0, atol=1e-13)
        np.testing.assert_allclose(np.sqrt(np.sum(state**2, axis=0)), length, rtol=1e-13)
        np.testing.assert_allclose(np.arctan2(state[1], state[0]), azimuth, atol=1e-12)


# --- The equations: drift and diffusion of one short step, over all values of the noise ---------


def drift_and_diffusion(scheme, k, start, model, count, scale=1.0, step=1e-5):
    """E[d psi]/dt and E[d psi d psi^T]/dt in the real variables of the state of one spin."""
    stepped, weights = enumerated(
        count,
        start,
        lambda state, stream: advance_reference(scheme, k, state, model, 1, step, stream),
        scale,
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


def vector_equations(s, decay, gain, dephasing, b, length):
    """ds = B x s dt + relaxation + noise x s (Stratonovich), in Ito form."""
    net, total = decay - gain, decay + gain
    drift = np.cross(b, s)
    drift += 2 * net * np.array([s[0] * s[2], s[1] * s[2], s[2] ** 2 - length**2])
    drift -= total * np.array([s[0], s[1], 2 * s[2]]) + dephasing * np.array([s[0], s[1], 0])
    diffusion = np.zeros((3, 3))
    for axis, rate in zip(np.eye(3), (total, total, dephasing), strict=True):
        kick = np.cross(axis, s)
        diffusion += 2 * rate * np.outer(kick, kick)
    return drift, diffusion


CHANNELS = {"decay": (1.0, 0, 0), "gain": (0, 1.0, 0), "dephasing": (0, 0, 1.0)}
SPINOR = np.array([1.1, -0.7, 0.9, 1.6])


def noise_count(scheme, k, channel):
    """How many random numbers one step takes."""
    if scheme == "conserving":
        return 1 if channel == "dephasing" else 4
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
    rates = [float(r[0]) for r in rates_of(model)]
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
    length = spin_length(model.spin)
    s = length * np.array([0.48, -0.36, 0.8])
    rates = [float(r[0]) for r in rates_of(model)]
    b = field_at(model, s[:, None])[:, 0]
    drift, diffusion = drift_and_diffusion("conserving", 0, s, model, count)
    exact, exact_diffusion = vector_equations(s, *rates, b, length)
    np.testing.assert_allclose(drift, exact, atol=1e-3)  # 1e-5 times some tens
    np.testing.assert_allclose(diffusion, exact_diffusion, atol=1e-3)
    # negative controls: half the noise gives a quarter of the diffusion, and another Ito drift
    halved = drift_and_diffusion("conserving", 0, s, model, count, scale=0.5)
    assert np.abs(halved[0] - exact).max() > 0.05
    assert np.abs(halved[1] - exact_diffusion).max() > 0.05


def test_ito_drift_of_decay_is_the_exact_one():
    """d<S^z>/dt = -2 G <S^+ S^-> is exact: the sphere gives -2 G (L^2 - z^2 + z)."""
    length, z = spin_length(3.0), 1.3
    s = np.array([math.sqrt(length**2 - z**2), 0, z])
    drift, _ = vector_equations(s, 0.25, 0.0, 0.0, np.zeros(3), length)
    assert drift[2] == pytest.approx(-2 * 0.25 * (length**2 - z**2 + z), rel=1e-14)


# --- Gain is the mirror image of decay ----------------------------------------------------------


class Reversed(ReferenceStream):
    """The same stream with the sign of all noise reversed."""

    def three_point(self):
        return -super().three_point()


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
        Block(model, numerics, np.random.SeedSequence(2)) for model in (there, back, there)
    )
    for block in (two, wrong):
        block._state[:] = one._state[[2, 3, 0, 1]]
    for block in (one, two, wrong):
        block.advance(20, 0.02)
    np.testing.assert_allclose(two._state[[2, 3, 0, 1]], one._state, atol=1e-11)  # rounding
    assert np.abs(wrong._state[[2, 3, 0, 1]] - one._state).max() > 0.1


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


# --- Weak order, free of sampling errors --------------------------------------------------------


def products(s):
    """Nine test functions of a spin: its components and their products."""
    x, y, z = s
    return np.stack([x, y, z, x * x, y * y, z * z, x * y, x * z, y * z])


def expectations(scheme, k, model, start, count, steps, duration):
    """Of nine functions after `steps` equal steps, over all values of the noise."""

    def advance(state, stream):
        for _ in range(steps):  # one by one, so that all steps are the same
            state = advance_reference(scheme, k, state, model, 1, duration / steps, stream)
        return state

    state, weights = enumerated(steps * count, start, advance)
    return products(spins_of(state)[:, 0]) @ weights


def local_order(scheme, k, model, start, count, step=0.01):
    """Weak order p, as one step and two half steps differ by c step^(p+1), c of nine functions."""
    scale = model.spin ** np.repeat([1, 2], [3, 6])
    defects = [
        expectations(scheme, k, model, start, count, 1, duration)
        - expectations(scheme, k, model, start, count, 2, duration)
        for duration in (step, step / 2)
    ]
    first, second = (np.linalg.norm(defect / scale) for defect in defects)
    return math.log2(first / second) - 1


ENUMERATED = [
    # scheme, k, decay, gain, dephasing, random numbers in a step
    ("conserving", 0, 1.0, 0.0, 0.0, 4),
    ("conserving", 0, 0.0, 1.0, 0.7, 5),
    ("conserving", 0, 1.0, 0.4, 0.7, 5),
    ("pda", 1, 1.0, 0.0, 0.0, 2),
    ("pda", 1, 0.0, 1.0, 0.7, 4),
    ("pda", 1, 1.0, 0.4, 0.0, 6),
    ("pda", 0, 1.0, 0.0, 0.0, 6),
    ("pda", 0, 0.0, 1.0, 0.0, 6),
    ("pda", -1, 1.0, 0.0, 0.0, 4),
    ("pda", -1, 0.0, 1.0, 0.7, 6),
]


def open_model(decay, gain, dephasing):
    return twoqs.Model(
        spin=8, field=(0.6, -0.4, 0.5), twist=(0.5, -0.3, 0.4), decay=decay, gain=gain,
        dephasing=dephasing,
    )  # fmt: skip


def start_of(scheme, spin, direction=(0.64, -0.48, 0.6)):
    """A point in some direction, off all axes by default: as a Bloch vector or as a spinor."""
    x, y, z = direction
    if scheme == "conserving":
        return spin_length(spin) * np.array(direction)
    psi = np.array([1 + z, x + 1j * y]) * math.sqrt(spin / (1 + z))
    return np.array([psi[0].real, psi[0].imag, psi[1].real, psi[1].imag])


@pytest.mark.parametrize("case", ENUMERATED, ids=lambda c: f"{c[0]} k={c[1]} {c[2:5]}")
def test_weak_order_by_enumeration(case):
    """All values of the three-point noise at once: expectations without statistical errors."""
    scheme, k, *rates, count = case
    model = open_model(*rates)
    order = local_order(scheme, k, model, start_of(scheme, model.spin), count)
    print(f"{scheme} {case[1:5]}: weak order {order:.3f}")
    assert order == pytest.approx(REFERENCES[scheme].WEAK_ORDER, abs=0.05)  # step 0.01, rates 1


def test_enumeration_sees_a_lost_order(monkeypatch):
    """Negative controls: rotations without the cubic term, and a product that is no palindrome."""
    scheme, k, *rates, count = ENUMERATED[0]
    model = open_model(*rates)
    arguments = (scheme, k, model, start_of(scheme, model.spin), count)
    with monkeypatch.context() as patch:
        patch.setattr(conserving, "tangent", lambda angle: angle)
        assert local_order(*arguments) == pytest.approx(1, abs=0.1)
    rotate = conserving._rotate

    def lopsided(state, axis, graph, rate, step, stream):
        rotate(state, axis, graph, rate, step * next(factors), stream)

    with monkeypatch.context() as patch:
        factors = itertools.cycle([1.5, 1.5, 1, 0.5, 0.5])  # x, y, z, y, x
        patch.setattr(conserving, "_rotate", lopsided)
        assert local_order(*arguments) == pytest.approx(1, abs=0.1)


def linear_mean(model, s, duration):
    """E[s](t) on the sphere for decay = gain: then all of the stochastic equation is linear."""
    rates = rates_of(model)
    total, dephasing = float(rates.decay[0] + rates.gain[0]), float(rates.dephasing[0])
    hx, hy, hz = (float(h) for h in model.field)
    turn = np.array([[0, -hz, hy], [hz, 0, -hx], [-hy, hx, 0]])
    damp = np.diag([total + dephasing, total + dephasing, 2 * total])
    return expm((turn - damp) * duration) @ s


def linear_mean_of_scheme(model, s, duration, steps):
    """The same by the scheme: each step multiplies the mean by one matrix."""
    columns = [
        expectations("conserving", 0, model, column, 5, 1, duration / steps)[:3]
        for column in np.eye(3)
    ]
    return np.linalg.matrix_power(np.stack(columns, axis=1), steps) @ s


LINEAR = {"spin": 1, "field": (0.5, -0.4, 0.7), "decay": 0.6, "gain": 0.6, "dephasing": 0.5}


def test_limit_and_order_where_the_stochastic_equation_is_solved():
    """Noise and field only: the mean is known in closed form, for the equation and the scheme."""
    model, s = twoqs.Model(**LINEAR), start_of("conserving", 1)
    exact = linear_mean(model, s, 1.6)
    # The largest component: single ones are small enough to cross zero on the way.
    bias = [
        np.abs(linear_mean_of_scheme(model, s, 1.6, steps) - exact).max() for steps in (32, 64, 128)
    ]
    slopes = np.log2(bias[0] / bias[1]), np.log2(bias[1] / bias[2])
    assert slopes[1] == pytest.approx(2, abs=0.1)  # steps of 0.025 and 0.0125
    assert abs(slopes[1] - 2) < abs(slopes[0] - 2)
    assert bias[2] < 1e-4
    # negative control: twice the noise
    double = twoqs.Model(**LINEAR | {"decay": 1.2, "gain": 1.2})
    assert np.abs(linear_mean_of_scheme(double, s, 1.6, 64) - exact).max() > 0.1


# --- Weak order of the kernels, measured --------------------------------------------------------

FUNCTIONS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "length")


def averages(scheme, representation, parameters, steps, duration, trajectories, seed):
    """Values and standard errors of FUNCTIONS (over S) for independent spins from one point."""
    sites = 512
    model = twoqs.Model(lattice=twoqs.from_edges([], n_sites=sites), **parameters)
    numerics = Numerics(scheme=scheme, representation=representation)
    block = Block(model, numerics, np.random.SeedSequence(seed, spawn_key=(steps,)))
    start = start_of(scheme, model.spin, (0.6, 0.0, 0.8))[:, None, None]
    rows = []
    for _ in range(math.ceil(trajectories / (sites * LANES))):
        block._state[:] = start
        block.advance(steps, duration / steps)
        block.measure()
        s, length = block.bloch[:3], block.bloch[3:]
        # each lane, with its 512 spins, is a sample of its own
        parts = [s.mean(axis=1), s.var(axis=1, ddof=1), length.mean(axis=1)]
        rows.append(np.concatenate(parts) / model.spin)
    values = np.concatenate(rows, axis=1)
    return values.mean(axis=1), values.std(axis=1, ddof=1) / math.sqrt(values.shape[1])


def slope_of_differences(values, errors):
    """p and its standard error from E(h), E(h/2), E(h/4), E(h) = E + c h^p."""
    first, second = values[0] - values[1], values[1] - values[2]
    weights = [1 / first, 1 / first + 1 / second, 1 / second]
    error = math.hypot(*(w * e for w, e in zip(weights, errors, strict=True)))
    return math.log2(abs(first / second)), error / math.log(2)


DRIVEN = {
    "spin": 50,
    "field": (1.0, 0.4, 0.6),
    "twist": (0.5, -0.4, 0.3),
    "decay": 1.0,
    "gain": 0.4,
}
NOISY_DRIVEN = {"spin": 10, "field": (1.0, 0.4, 0.0), "decay": 1.0}
NOISY = {"spin": 10, "decay": 1.0, "gain": 0.6}
WEAK = [
    ("conserving", "W", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("pda", "P", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("pda", "W", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("pda", "Q", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("conserving", "W", NOISY_DRIVEN, "var_sx", (4, 8, 16), 4_000_000),
    ("pda", "P", NOISY, "var_sz", (4, 8, 16), 2_000_000),
    ("pda", "W", NOISY, "var_sz", (4, 8, 16), 2_000_000),
    ("pda", "Q", NOISY, "var_sz", (4, 8, 16), 2_000_000),
    ("euler-maruyama", "W", DRIVEN, "sy", (32, 64, 128), 131_072),
]


@pytest.mark.parametrize("case", WEAK, ids=lambda c: f"{c[0]} {c[1]} {c[3]}")
def test_weak_order_of_the_kernels(case):
    """Slope of the bias against the step at coarse steps; `verification` measures more of them."""
    scheme, representation, parameters, function, counts, trajectories = case
    index = FUNCTIONS.index(function)
    runs = [
        averages(scheme, representation, parameters, steps, 1.6, trajectories, 1)
        for steps in counts
    ]
    slope, error = slope_of_differences([r[0][index] for r in runs], [r[1][index] for r in runs])
    print(f"{scheme} {representation} {function}: weak order {slope:.2f} +- {error:.2f}")
    order = REFERENCES[scheme].WEAK_ORDER
    assert abs(slope - order) < 3 * error
    assert abs(slope - (3 - order)) > 3 * error  # negative control: the other order is excluded


def test_kernel_has_the_mean_of_the_scheme_at_a_coarse_step():
    """At a step so coarse that the bias shows, the kernel is off by what enumeration says."""
    model = twoqs.Model(lattice=twoqs.from_edges([], n_sites=2048), **LINEAR)
    start = start_of("conserving", model.spin)
    block = Block(model, Numerics(), np.random.SeedSequence(1))
    rows = []
    for _ in range(8):
        block._state[:] = start[:, None, None]
        for _ in range(2):
            block.advance(1, 0.8)
        rows.append(block._state.mean(axis=1))
    lanes = np.concatenate(rows, axis=1)
    mean, error = lanes.mean(axis=1), lanes.std(axis=1, ddof=1) / math.sqrt(lanes.shape[1])
    one = twoqs.Model(**LINEAR)
    assert np.all(np.abs(mean - linear_mean_of_scheme(one, start, 1.6, 2)) < 4 * error)
    # negative control: the bias is significant, so that half of it would be as well
    assert np.abs((mean - linear_mean(one, start, 1.6)) / error).max() > 8


def extrapolated(scheme, representation, counts, trajectories):
    """Limit of step to 0 from two steps, and its standard error."""
    parameters = DRIVEN | {"spin": 5}
    (one, e1), (two, e2) = (
        averages(scheme, representation, parameters, n, 1.6, trajectories, 3) for n in counts
    )
    factor = (counts[1] / counts[0]) ** REFERENCES[scheme].WEAK_ORDER
    value = (factor * two - one) / (factor - 1)
    return value, np.hypot(factor * e2, e1) / (factor - 1)


def test_pda_and_euler_maruyama_have_the_same_limit():
    """Two unlike methods for the same stochastic equations; Q has another limit than P."""
    p, p_error = extrapolated("pda", "P", (16, 32), 500_000)
    em, em_error = extrapolated("euler-maruyama", "P", (64, 128), 65_536)
    q, q_error = extrapolated("pda", "Q", (16, 32), 500_000)
    # 7 comparisons; 0.3 % is left of the second-order bias of Euler-Maruyama
    assert np.all(np.abs(em - p) < 4 * np.hypot(em_error, p_error) + 0.003)
    off = np.abs(em - q) / (4 * np.hypot(em_error, q_error) + 0.003)
    assert off.max() > 2  # negative control
