"""Mean-field equations and trajectories: closed forms, and the integrator's flows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flows.equations import random_generators
from scipy.integrate import solve_ivp

import twoqs
from twoqs import Sites, Spin, bonds, chain, coherent, jump
from twoqs.errors import ArgumentError
from twoqs.flows.generators import Field, Generators
from twoqs.flows.lowered import generators_of
from twoqs.flows.plan import plan_of
from twoqs.flows.step import advance
from twoqs.methods.numerics import Numerics
from twoqs.theory import linear, mean_field
from twoqs.theory.linear.prediction import no_evolution
from twoqs.theory.mean_field.equations import Equations
from twoqs.theory.mean_field.initial import initial_spins
from twoqs.theory.mean_field.tangent import crossing, frame, jacobian
from twoqs.theory.mean_field.trajectory import integrated


class NoNoise:
    """A random stream for trajectories without noise."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes

    def four_point(self) -> np.ndarray:
        return np.zeros(self.lanes)


def random_spins(spins: np.ndarray, rng: np.random.Generator, lanes: int = 3) -> np.ndarray:
    s = rng.normal(size=(3, len(spins), lanes))
    return spins[:, None] * s / np.linalg.norm(s, axis=0)


def driven(omega: float, spin: float = 100, **more) -> twoqs.Model:
    return twoqs.Model(spin=spin, field=(omega, 0, 0), decay=1.0, **more)


A, B = Spin(3e6, "a"), Spin(5e6, "b")


RING = Sites(Spin(4e6), chain(6), "s")


LONG_SPINS = {
    "keywords": twoqs.Model(
        spin=1e7, lattice=twoqs.square(3, 3), field=(0.3, -0.2, 0.5), coupling=(0.7, -0.5, 0.6),
        twist=(0.5, 0, -0.6), decay=0.4, gain=0.2, initial=coherent(np.linspace(0.4, 2.6, 9), 1.0),
    ),
    "a common bath": twoqs.Model(
        hamiltonian=0.3 * A.x + 2e-8 * A.x * B.y - 0.2 * B.z,
        jumps=[jump(A.minus + 0.5j * B.minus, 3e-8), jump(A.minus + 0.4 * A.z, 1e-8)],
        initial={"a": coherent(1.0, 0.5), "b": coherent(2.0, 2.0)},
    ),
    "Dzyaloshinskii-Moriya": twoqs.Model(
        hamiltonian=6e-8 * (
            bonds(RING.x, RING.y, directed=True) - bonds(RING.y, RING.x, directed=True)
        ) + 0.2 * RING.x,
        jumps=[jump(RING.minus, 2e-8)], initial=coherent(0.7, 0.2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LONG_SPINS)
def test_trajectories_are_the_flows_without_noise(name):
    """The error of the integrator falls as step^2 to that of lengths sqrt(S(S+1)), 1e-7 of S."""
    model = LONG_SPINS[name]
    found = mean_field.trajectory(model, [0.0, 2.0])
    generators = generators_of(model)
    start = mean_field.trajectory(model, [0.0])
    spins = model.spins
    errors = []
    for count in (20, 40, 80):
        state = initial_spins(model)[..., None] * (generators.lengths / spins)[:, None]
        end = advance(state, plan_of(generators), np.ones((count, 1)), 2.0 / count, NoNoise(1))
        names = ("sx", "sy", "sz")
        exact = np.stack([_by_site(found.isel(time=-1), model, n) for n in names])
        errors.append(np.abs(end[..., 0] - exact).max() / spins.max())
    assert np.all(np.log2(np.array(errors[:-1]) / errors[1:]) > 1.8)  # order two
    assert errors[-1] < 2e-3
    # negative control: spins did move, by far more than this
    moved = abs(found.sz.isel(time=-1) - start.sz.isel(time=0)).max() / spins.max()
    assert float(moved) > 0.1


def _by_site(found, model: twoqs.Model, name: str) -> np.ndarray:
    """The means of all sites, whether they are listed or all alike."""
    if f"{name}_site" in found:
        return found[f"{name}_site"].values
    counts = [member.n_sites for member in model.members]
    return np.repeat(np.atleast_1d(found[name].values), counts)


@pytest.mark.parametrize("seed", range(20))
def test_the_jacobian_is_that_of_finite_differences(seed):
    generators = random_generators(np.random.default_rng(seed))
    values = np.random.default_rng(seed).uniform(0.2, 2.0, generators.parameters)
    precession = Equations.of(generators).at(values)
    s = random_spins(precession.spins, np.random.default_rng(seed), 1)[..., 0]
    exact = jacobian(precession, s, precession.coupling.dense())
    step = 1e-5 * precession.spins.max()
    numbers = np.eye(s.size).reshape(s.size, *s.shape)
    shifts = [precession.rate(s + step * e) - precession.rate(s - step * e) for e in numbers]
    # Rates are quadratic: the difference has no error but rounding.
    found = np.stack([shift.ravel() for shift in shifts], axis=1) / (2 * step)
    scale = max(precession.fastest(), 1e-3)
    np.testing.assert_allclose(found, exact, atol=1e-8 * scale)
    # lengths are kept, also those of neighbours: d(s.delta)/dt = 0 for all deviations
    n = len(precession.spins)
    along = np.einsum("ai,aij->ij", s, exact.reshape(3, n, 3 * n)).reshape(n, 3, n)
    along[np.arange(n), :, np.arange(n)] += precession.rate(s).T
    assert np.max(np.abs(along)) < 1e-10 * scale * precession.spins.max()


@pytest.mark.parametrize("seed", range(10))
def test_friction_and_noise_of_random_models_are_those_of_the_jumps(seed):
    """omega = dH/ds + 2G (B a - A b) and N = 2G (a a^T + b b^T), term by term."""
    generators = random_generators(np.random.default_rng(seed))
    values = np.random.default_rng(seed).uniform(0.2, 2.0, generators.parameters)
    precession = Equations.of(generators).at(values)
    s = random_spins(precession.spins, np.random.default_rng(seed + 99), 1)[..., 0]
    n = generators.n_sites
    omega, noise = np.zeros((3, n)), np.zeros((3, n, 3, n))
    for one in generators.fields:
        omega += values[one.parameter] * one.vectors.T
    for one in generators.bonds:
        for (i, j), tensor in zip(one.pairs, one.tensors, strict=True):
            omega[:, i] += values[one.parameter] * tensor @ s[:, j]
            omega[:, j] += values[one.parameter] * tensor.T @ s[:, i]
    for one in generators.onsite:
        omega += values[one.parameter] * 2 * np.einsum("iab,bi->ai", one.tensors, s)
    for one in generators.squares:
        total = np.sum(one.form.T * s)
        omega += values[one.parameter] * 2 * one.strength * one.form.T * total
    jumps = [(c.sites, c.forms, values[c.parameter] * c.rate) for c in generators.channels]
    jumps += [
        (np.array([i]), one.form[None], values[one.parameter] * one.rates[i])
        for one in generators.local
        for i in range(n)
    ]
    for sites, forms, rate in jumps:
        a, b = np.zeros((2, 3, n))
        a[:, sites], b[:, sites] = forms.real.T, forms.imag.T
        omega += 2 * rate * (np.sum(b * s) * a - np.sum(a * s) * b)
        noise += 2 * rate * (np.multiply.outer(a, a) + np.multiply.outer(b, b))
    np.testing.assert_allclose(precession.turning(s), omega, atol=1e-10)
    np.testing.assert_allclose(precession.noise.dense(), noise.reshape(3 * n, -1), atol=1e-10)
    blocks = np.einsum("aibi->iab", noise)
    np.testing.assert_allclose(precession.noise.of_sites(), blocks, atol=1e-10)
    np.testing.assert_allclose(precession.rate(s), np.cross(omega, s, axis=0), atol=1e-9)
    assert np.max(np.linalg.norm(omega, axis=0)) <= precession.fastest() * (1 + 1e-12)


def test_many_trajectories_are_one_by_one():
    generators = random_generators(np.random.default_rng(3))
    precession = Equations.of(generators).at(np.ones(generators.parameters))
    starts = random_spins(precession.spins, np.random.default_rng(4), lanes=3)
    times = np.array([0.0, 0.1, 0.1, 0.3])
    together = integrated(lambda t: precession, starts, times)
    assert together.shape == (4, *starts.shape)
    np.testing.assert_array_equal(together[0], starts)
    np.testing.assert_array_equal(together[1], together[2])
    for lane in range(3):
        alone = integrated(lambda t: precession, starts[..., lane], times)
        np.testing.assert_allclose(together[..., lane], alone, atol=1e-7)


def test_parameters_may_change_in_time():
    """A field that grows as t turns by t^2/2."""
    generators = Generators([2.0], fields=[Field([[0.0, 0.0, 1.0]], 1)])
    equations = Equations.of(generators)
    start = np.array([[2.0], [0.0], [0.0]])
    times = np.array([0.5, 1.5])
    found = integrated(lambda t: equations.at(np.array([1.0, t])), start, times)
    np.testing.assert_allclose(found[:, 0, 0], 2 * np.cos(times**2 / 2), atol=1e-8)
    np.testing.assert_allclose(found[:, 1, 0], 2 * np.sin(times**2 / 2), atol=1e-8)


PULSED = twoqs.Model(spin=200, field=(twoqs.piecewise([0, 0.7], [1.0, -0.5]), 0, 0), decay=0.3)
TURNED = twoqs.Model(
    spin=200, field=(0, 0, 1), initial=coherent(math.pi / 2, 0),
    events=[twoqs.turn([1.0, 2.0], None, "x", math.pi)],
)  # fmt: skip


@pytest.mark.parametrize("model", [PULSED, TURNED])
def test_what_changes_in_time_has_no_fixed_points(model):
    for refuse in (mean_field.fixed_points, lambda m: linear.evolution(m, [1.0])):
        with pytest.raises(ArgumentError, match="`model` must have neither pulses nor events"):
            refuse(model)
    clause = "is for models without pulses and events"
    assert no_evolution(model, Numerics(times=(3.0,))) == clause


@pytest.mark.parametrize(("center", "width"), [(20.3, 0.1), (1.0003, 0.005)])
def test_no_pulse_is_stepped_over(center, width):
    """A half turn in a time that is short against the run."""
    height = math.pi / (width * math.sqrt(2 * math.pi))
    model = twoqs.Model(spin=20, field=(twoqs.gauss(center, width, height), 0, 0))
    found = mean_field.trajectory(model, [0, center + 10 * width])
    np.testing.assert_allclose(found.sz, [-20, 20], atol=1e-5)


def test_pulses_and_turns_are_followed():
    """Against SciPy from jump to jump, and an angle that is mirrored by each turn."""
    times = np.array([0.0, 0.5, 0.7, 1.5])

    def rate(t, s, drive):
        x, y, _ = s
        turning = np.array([drive - 0.3 * y / 200, 0.3 * x / 200, 0.0])
        return np.cross(turning, s)

    error = {"rtol": 1e-10, "atol": 1e-8}
    first = solve_ivp(rate, (0, 0.7), [0, 0, -200], args=(1.0,), t_eval=[0.5, 0.7], **error)
    then = solve_ivp(rate, (0.7, 1.5), first.y[:, -1], args=(-0.5,), **error)
    expected = np.stack([[0, 0, -200], *first.y.T, then.y[:, -1]], axis=1)
    found = mean_field.trajectory(PULSED, times)
    for axis, values in zip("xyz", expected, strict=True):
        np.testing.assert_allclose(found[f"s{axis}"], values, atol=1e-4)
    simulated = twoqs.simulate(PULSED, times=list(times), trajectories=1024)
    assert float(abs(simulated.sz - found.sz).max()) < 2.0  # S/100: 1/S and noise
    angles = np.array([0.5, -1.0, -0.5, 0.0])
    echoed = mean_field.trajectory(TURNED, [0.5, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(echoed.sx, 200 * np.cos(angles), atol=1e-5)
    np.testing.assert_allclose(echoed.sy, 200 * np.sin(angles), atol=1e-5)


def test_decay_follows_its_closed_form():
    """s^z/S = -tanh(Gamma t - artanh(cos theta)), section 1 of the method without noise."""
    times = np.linspace(0, 5, 11)
    model = twoqs.Model(spin=7, decay=1.5, initial=coherent(0.3, 0.4))
    found = mean_field.trajectory(model, times)
    exact = -7 * np.tanh(1.5 * times - math.atanh(math.cos(0.3)))
    np.testing.assert_allclose(found.sz, exact, atol=1e-7)
    assert found.sz.dims == ("time",)
    assert found.attrs["method"] == "mean field"
    wrong = -7 * np.tanh(0.75 * times - math.atanh(math.cos(0.3)))
    assert np.abs(found.sz - wrong).max() > 1  # negative control: half the dissipator


def test_results_are_named_as_those_of_a_simulation():
    a, b = Spin(20, "a"), Sites(Spin(30), chain(3), "b")
    h = a.x * 0.3 + twoqs.each(b.z, [0.1, 0.2, 0.3])
    found = mean_field.trajectory(
        twoqs.Model(hamiltonian=h, initial={"b": coherent(1.0, 0.0)}), [0.0, 1.0, 1.0]
    )
    assert found.sz.dims == ("time", "member")
    assert found.member.values.tolist() == ["a", "b"]
    assert found.sx_site.dims == ("time", "site")
    angles = np.array([0.1, 0.2, 0.3])
    expected = 30 * math.sin(1.0) * np.cos(angles)
    np.testing.assert_allclose(found.sx_site[1, 1:], expected, atol=1e-6)
    assert float(found.sx.sel(member="b")[1]) == pytest.approx(expected.mean())
    alike = mean_field.trajectory(driven(0.3, lattice=chain(4)), [1.0])
    assert set(alike.data_vars) == {"sx", "sy", "sz"}


def test_frames_and_cross_products():
    rng = np.random.default_rng(1)
    s = np.concatenate([rng.normal(size=(3, 5)), np.eye(3), -np.eye(3)], axis=1)
    across = frame(s).reshape(3, 11, 2, 11)
    for i in range(11):
        triple = np.stack(
            [across[:, i, 0, i], across[:, i, 1, i], s[:, i] / np.linalg.norm(s[:, i])]
        )
        np.testing.assert_allclose(triple @ triple.T, np.eye(3), atol=1e-14)
        assert np.linalg.det(triple) == pytest.approx(1)
    v = rng.normal(size=(3, 11))
    product = (crossing(s) @ v.ravel()).reshape(3, 11)
    np.testing.assert_allclose(product, np.cross(s, v, axis=0), atol=1e-14)
