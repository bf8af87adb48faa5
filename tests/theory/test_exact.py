"""The exact references against closed forms, against each other and against QuTiP's solvers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import qutip
from scipy.linalg import expm

from twoqs.errors import ArgumentError
from twoqs.model.grids import chain, square
from twoqs.model.lattice import Lattice, from_edges
from twoqs.model.model import Model
from twoqs.model.states import InitialState, coherent
from twoqs.theory import decay_sz, driven_steady_state, evolve, steady_state
from twoqs.theory.operators import initial_density, space_of, to_qutip
from twoqs.theory.superoperator import Superoperator


def qutip_moments(rho: qutip.Qobj, spins: list[list[qutip.Qobj]]) -> dict[str, float]:
    """Site averages of the moments by QuTiP's `expect`."""
    moments: dict[str, float] = {}
    for a in range(3):
        moments[f"s{'xyz'[a]}"] = float(np.mean([qutip.expect(s[a], rho) for s in spins]))
        for b in range(a, 3):
            name = f"var_s{'xyz'[a]}" if a == b else f"cov_s{'xyz'[a]}s{'xyz'[b]}"
            moments[name] = float(
                np.mean(
                    [
                        qutip.expect((s[a] * s[b] + s[b] * s[a]) / 2, rho)
                        - qutip.expect(s[a], rho) * qutip.expect(s[b], rho)
                        for s in spins
                    ]
                )
            )
    return moments


def driven_qutip(spin: float, omega: float, gamma: float) -> dict[str, float]:
    s = [qutip.jmat(spin, axis) for axis in "xyz"]
    jump = math.sqrt(2 * gamma / (2 * spin)) * qutip.jmat(spin, "-")
    return qutip_moments(qutip.steadystate(omega * s[0], [jump]), [s])


@pytest.mark.parametrize("spin", [0.5, 1, 3.5, 6])
@pytest.mark.parametrize("omega", [-2.3, 1e-3, 0.0, 0.4, 30.0])
def test_driven_spin_equals_qutip(spin: float, omega: float) -> None:
    mine = driven_steady_state(spin, omega, 0.7)
    for name, value in driven_qutip(spin, omega, 0.7).items():
        # the sparse direct solver of QuTiP is good to about 1e-10 here
        assert mine[name] == pytest.approx(value, abs=1e-8), name


def test_driven_spin_needs_the_factor_of_two() -> None:
    wrong = driven_qutip(3.5, 0.4, 0.35)  # negative control: half the dissipator
    assert abs(driven_steady_state(3.5, 0.4, 0.7)["sz"] - wrong["sz"]) > 0.1


def test_driven_spin_has_the_published_values() -> None:
    five = driven_steady_state(5, 0.5, 1.0)
    assert five["sy"] == pytest.approx(2.49995, abs=5e-6)  # the digits that are given
    assert five["sz"] == pytest.approx(-4.32272, abs=5e-6)
    for spin, omega, expected in (
        (100, 0.9, (0.00216, 0.00216, 0.00967)),
        (100, 1.1, (0.1090, 0.1560, 0.1910)),
        (100, 1.5, (0.2281, 0.2636, 0.2843)),
        (10, 1.5, (0.2393, 0.2766, 0.3053)),
    ):
        state = driven_steady_state(spin, omega, 1.0)
        variances = [state[f"var_s{axis}"] / spin**2 for axis in "xyz"]
        assert variances == pytest.approx(expected, abs=5.1e-5)  # the digits that are given


@pytest.mark.parametrize("spin", [10_000, 50_000])
@pytest.mark.parametrize("omega", [-0.7, 1.0, 1.3, 1e-200])
def test_large_driven_spin_is_stationary(spin: int, omega: float) -> None:
    state = driven_steady_state(spin, omega, 1.0)
    # d<S^z>/dt = 0 and d<S^y>/dt = 0, exact relations between the moments
    emission = state["var_sx"] + state["var_sy"] + state["sy"] ** 2 + state["sz"]
    # the left side is a difference of numbers of order S^2
    assert emission == pytest.approx(spin * omega * state["sy"], rel=1e-9, abs=1e-13 * spin**2)
    product = 2 * (state["cov_sysz"] + state["sy"] * state["sz"])
    damping = (product - state["sy"]) / (2 * spin)
    # likewise, of numbers of order S; 1e-12 of them is the rounding of 2S factors
    assert damping == pytest.approx(omega * state["sz"], rel=1e-9, abs=1e-11 * spin)
    assert min(state[f"var_s{axis}"] for axis in "xyz") > (0 if abs(omega) > 0.1 else -1e-300)


def test_driven_spin_limits() -> None:
    ground = driven_steady_state(7, 0.0, 1.0)
    assert ground["sz"] == -7
    assert ground["var_sx"] == 3.5
    assert ground["var_sz"] == 0
    tiny = driven_steady_state(7, 1e-180, 1.0)  # its square underflows
    assert tiny["sy"] == pytest.approx(7e-180, rel=1e-12)
    mixed = driven_steady_state(7, 1e200, 1.0)  # its square overflows
    assert mixed["var_sz"] == pytest.approx(7 * 8 / 3)
    assert mixed["sz"] == pytest.approx(0)
    with pytest.raises(ArgumentError, match="gamma"):
        driven_steady_state(7, 1.0, 0.0)
    with pytest.raises(ArgumentError, match="omega"):
        driven_steady_state(7, "a", 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("initial", ["up", "down", coherent(1.1)])
def test_decay_equals_qutip(initial: InitialState | str) -> None:
    times = np.linspace(0.0, 4.0, 9)
    jump = math.sqrt(2 * 0.8 / 4) * qutip.jmat(2, "-")
    theta = {"up": 0.0, "down": math.pi}.get(initial) if isinstance(initial, str) else 1.1
    start = qutip.spin_coherent(2, theta, 0.0)
    options = {"rtol": 1e-10, "atol": 1e-12}
    exact = qutip.mesolve(
        0 * qutip.jmat(2, "z"), start, times, [jump], e_ops=[qutip.jmat(2, "z")], options=options
    ).expect[0]
    # the tolerance of QuTiP's integrator, accumulated
    assert decay_sz(2, 0.8, times, initial) == pytest.approx(exact, abs=1e-8)
    halved = decay_sz(2, 0.4, times, initial)  # negative control: the factor 2 of the dissipator
    assert initial == "down" or np.max(np.abs(halved - exact)) > 0.1


def test_decay_of_a_large_spin() -> None:
    times = np.array([0.0, 1.0, 3.0, 3.3, 6.0, 500.0])
    sz = decay_sz(1000, 1.0, times)
    # independent of how the time is cut: a Poisson window of another position and width
    assert decay_sz(1000, 1.0, times[2:4]) == pytest.approx(sz[2:4], abs=1e-7)
    # time and rate enter as their product; rounding of log-gamma gives about 1e-10 S
    assert decay_sz(1000, 2.0, times / 2) == pytest.approx(sz, abs=1e-7)
    assert sz[0] == 1000
    assert sz[-1] == -1000
    # initially d<S^z>/dt = -(Gamma/S) <S^+S^-> = -2 Gamma
    early = decay_sz(1000, 1.0, [1e-6])[0]
    assert (early - 1000) / 1e-6 == pytest.approx(-2.0, rel=2e-3)  # next order: S t


def test_decay_refuses_nonsense() -> None:
    with pytest.raises(ArgumentError, match="times"):
        decay_sz(2, 1.0, [-1.0])
    with pytest.raises(ArgumentError, match="initial"):
        decay_sz(2, 1.0, [1.0], coherent([0.1, 0.2]))


def general_case() -> tuple[Model, qutip.Qobj, list[qutip.Qobj], list[list[qutip.Qobj]]]:
    """Three unlike spins 1, 1, 1 with every kind of term, and the same by hand in QuTiP."""
    edges = [(0, 1, 1.0), (1, 2, -0.5)]
    model = Model(
        spin=1,
        lattice=from_edges(edges),
        field=((0.3, -0.2, 0.5), 0.7, (0.0, 0.4, -0.1)),
        coupling=((1.0, 0.4), 0.8, -0.6),
        twist=((0.9, 0.0, 0.2), 0.1, 0.3),
        decay=(0.5, 1.0, 0.2),
        gain=(0.1, 0.0, 0.3),
        dephasing=(0.0, 0.2, 0.4),
        initial=coherent([0.4, 2.0, 1.2], [0.5, -1.0, 3.0]),
    )
    one = qutip.qeye(3)
    local = [qutip.jmat(1, axis) for axis in "xyz"]
    spins = [
        [qutip.tensor(*[op if k == i else one for k in range(3)]) for op in local] for i in range(3)
    ]
    field = ((0.3, -0.2, 0.5), (0.7,) * 3, (0.0, 0.4, -0.1))
    coupling = ((1.0, 0.4), (0.8, 0.8), (-0.6, -0.6))
    twist = ((0.9, 0.0, 0.2), (0.1,) * 3, (0.3,) * 3)
    energy = sum(field[a][i] * spins[i][a] for a in range(3) for i in range(3))
    energy += sum(twist[a][i] / 2 * spins[i][a] ** 2 for a in range(3) for i in range(3))
    for a in range(3):
        for bond, (i, j, weight) in enumerate(edges):
            energy += coupling[a][bond] * weight / 2 * spins[i][a] * spins[j][a]
    jumps = []
    for i, (down, up, phase) in enumerate([(0.5, 0.1, 0.0), (1.0, 0.0, 0.2), (0.2, 0.3, 0.4)]):
        lower = spins[i][0] - 1j * spins[i][1]
        jumps += [math.sqrt(down) * lower, math.sqrt(up) * lower.dag()]
        jumps += [math.sqrt(2 * phase) * spins[i][2]]
    return model, energy, jumps, spins


def test_evolution_equals_qutip() -> None:
    model, energy, jumps, spins = general_case()
    times = [0.0, 0.3, 1.7]
    angles = zip([0.4, 2.0, 1.2], [0.5, -1.0, 3.0], strict=True)
    start = qutip.tensor(*[qutip.spin_coherent(1, *pair) for pair in angles])
    options = {"rtol": 1e-10, "atol": 1e-12}
    states = qutip.mesolve(energy, start, times, jumps, options=options).states
    result = evolve(model, times)
    weaker = evolve(Model(spin=1, lattice=model.lattice, decay=1.0, initial=model.initial), times)
    for k, rho in enumerate(states):
        for name, value in qutip_moments(rho, spins).items():
            # the tolerance of QuTiP's integrator, accumulated
            assert result[name].values[k] == pytest.approx(value, abs=1e-8), name
    assert abs(weaker.sz.values[-1] - result.sz.values[-1]) > 0.05  # negative control
    assert "distance" not in result.dims


def test_steady_state_equals_qutip() -> None:
    model, energy, jumps, spins = general_case()
    rho = qutip.steadystate(energy, jumps)
    result = steady_state(model)
    for name, value in qutip_moments(rho, spins).items():
        # residual 1e-10 over the gap, and the direct solver's own rounding
        assert float(result[name]) == pytest.approx(value, abs=1e-8), name
    start = evolve(model, [0.0])
    assert abs(float(result.sz) - float(start.sz[0])) > 0.05  # negative control


def test_steady_state_equals_the_closed_form() -> None:
    result = steady_state(Model(spin=10, field=(-1.5, 0, 0), decay=1.0))
    for name, value in driven_steady_state(10, -1.5, 1.0).items():
        # residual 1e-10 times S^2 over a gap of about 1/S
        assert float(result[name]) == pytest.approx(value, abs=1e-6), name


def test_two_spins_in_the_mixed_phase() -> None:
    pair = Model(spin=4, lattice=chain(2, periodic=False), coupling=(1, -3, 0), decay=1)
    result = steady_state(pair)
    values = [
        float(result.sz) / 4,
        float(result.var_sx) / 16,
        float(result.var_sy) / 16,
        float(result.var_sz + result.sz**2) / 16,
        float(result.correlation_zz[1]) / 16,
    ]
    # the digits of an independent integration in time
    assert values == pytest.approx([-0.6503, 0.4004, 0.2271, 0.6226, 0.4728], abs=5.1e-5)
    assert result.attrs["residual"] < 1e-9


@pytest.mark.parametrize(
    ("lattice", "shape"),
    [(chain(4, periodic=False), (4,)), (chain(5), (5,)), (square(3, 2, False), (3, 2))],
)
def test_correlations_pair_the_right_sites(lattice: Lattice, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    n = lattice.n_sites
    theta, phi = rng.uniform(0, math.pi, n), rng.uniform(0, 2 * math.pi, n)
    vectors = 0.5 * np.array(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)]
    ).reshape(3, *shape)
    model = Model(spin=0.5, lattice=lattice, initial=coherent(theta.tolist(), phi.tolist()))
    state = evolve(model, [0.0]).isel(time=0)
    for distance in list(lattice.distances)[1:]:
        if lattice.periodic:
            expected = np.mean(vectors * np.roll(vectors, -distance, axis=1), axis=1)
        else:
            products = vectors[:, :-distance] * vectors[:, distance:]
            expected = products.reshape(3, -1).mean(axis=1)
        measured = [float(state[f"correlation_{a}{a}"].sel(distance=distance)) for a in "xyz"]
        assert measured == pytest.approx(expected, abs=1e-12)  # rounding
        assert float(state.correlation.sel(distance=distance)) == pytest.approx(sum(expected[:2]))
    assert float(state.correlation[0]) == pytest.approx(0.5 + float(state.sz))  # S^+S^- of spin 1/2
    assert [float(state[f"s{a}"]) for a in "xyz"] == pytest.approx(vectors.reshape(3, -1).mean(1))


def test_evolution_is_exact_to_rounding() -> None:
    """Against the exponential of L as a dense matrix: a complex H, and elements out of reach."""
    tilted = Model(
        spin=4, field=(0.3, 0.7, 0.2), twist=(0.4, 0.0, 0.1), decay=0.3, gain=0.1, dephasing=0.05,
        initial=coherent(1.0, 0.4),
    )  # fmt: skip
    twisted = Model(spin=4, twist=(1.0, 0.0, 0.0), decay=0.5, initial="down")
    for model, reached in ((tilted, 81), (twisted, 41)):
        space, generators = space_of(model), to_qutip(model)
        start, times = initial_density(model, space), [0.5, 3.0, 8.0]
        whole = qutip.liouvillian(*generators).full()
        generator = Superoperator.of(*generators, space.labels)
        generator = generator.within_reach(generator.vector(start))
        assert generator.matrix.shape == (reached, reached)
        for time, rho in zip(times, generator.evolution(start, 0.0, times), strict=True):
            exact = expm(time * whole) @ start.T.ravel()  # columns of rho, one below the other
            # Some hundred products of rounding errors; those of the dense exponential are as large.
            assert np.max(np.abs(rho.T.ravel() - exact)) < 1e-13


def test_long_evolution_does_not_blow_up() -> None:
    # a non-Hermitian remainder of rounding would grow as exp(S t): 1e-16 e^600
    times = np.linspace(0.0, 20.0, 5)
    result = evolve(Model(spin=30, decay=1.0, initial=coherent(0.3, 0.2)), times)
    assert result.sz.values == pytest.approx(decay_sz(30, 1.0, times, coherent(0.3)), abs=1e-7)


def test_master_equation_refuses_nonsense() -> None:
    with pytest.raises(ArgumentError, match="1024 dimensions"):
        evolve(Model(spin=5, lattice=chain(3), decay=1.0), [0.0])
    with pytest.raises(ArgumentError, match="times"):
        evolve(Model(spin=1, decay=1.0), [1.0, 0.5])
    with pytest.raises(ArgumentError, match="decay"):
        steady_state(Model(spin=1, field=(1.0, 0, 0)))
