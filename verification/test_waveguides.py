"""Spins on a waveguide: four of 3/2 against QuTiP, four large ones against second-order cumulants.

The cumulants are written out here, with SciPy alone: means and symmetrised second moments of all
spins, third ones by those of a Gaussian. That is good where the state is one. It is not in the
burst of spins that start from the pole: when they emit is uncertain, at any S, and the mean of
bursts at different times is no burst. There the exact rate equation of one spin tells who is right.
"""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import twoqs as tq
from twoqs.theory import evolve
from twoqs.theory.decay import decaying_spin

STEP = math.pi / 3
"""k times the distance of neighbours."""

UP, DOWN = 0.0, math.pi


def waveguide(lengths: list[float], thetas: list[float], gamma: float) -> tq.Model:
    """Rates gamma cos, exchange gamma/2 sin (S_i^+ S_j^- + h.c.); gamma is that of one atom."""
    spins = [tq.Spin(spin, f"s{i}") for i, spin in enumerate(lengths)]
    positions = list(range(len(spins)))
    rates, exchange = tq.waveguide(positions, gamma=gamma / 2, k=STEP)
    pairs = [(i, j) for i in positions for j in positions if i < j]
    energy = sum(
        float(exchange[i, j]) * (spins[i].plus * spins[j].minus + spins[i].minus * spins[j].plus)
        for i, j in pairs
    )
    start = {f"s{i}": tq.coherent(theta) for i, theta in enumerate(thetas)}
    jumps = [tq.jump([spin.minus for spin in spins], rates=rates)]
    return tq.Model(hamiltonian=energy, jumps=jumps, initial=start, members=spins)


# --- Cumulants ------------------------------------------------------------------------------------

EPSILON = np.zeros((3, 3, 3))
for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    EPSILON[i, j, k], EPSILON[i, k, j] = 1.0, -1.0


class Cumulants:
    """d<O>/dt of all means and symmetrised pairs for products of two spins and shared jumps.

    With R_X = i[X, .], which turns spins, d<O>/dt is <{P, R_Q O} + {Q, R_P O}>/2 for a product PQ,
    and G <(R_A^2 + R_B^2) O + {B, R_A O} - {A, R_B O}> for a jump A + iB.
    """

    def __init__(self, lengths: list[float], gamma: float) -> None:
        n = len(lengths)
        self.lengths, self.size = np.array(lengths), 3 * n
        distance = STEP * np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        weights, vectors = np.linalg.eigh(gamma / 2 * np.cos(distance))
        self.jumps = [
            (g, self._form(v, 0), self._form(-v, 1))
            for g, v in zip(weights, vectors.T, strict=True)
            if g > 1e-12
        ]
        exchange = gamma / 2 * np.sin(distance)
        # 2 g (S_i^x S_j^x + S_i^y S_j^y) of each pair
        self.products = [
            (2 * exchange[i, j], self._unit(i, a), self._unit(j, a))
            for i in range(n) for j in range(i + 1, n) for a in (0, 1)
        ]  # fmt: skip

    def _form(self, v: np.ndarray, axis: int) -> np.ndarray:
        form = np.zeros((len(v), 3))
        form[:, axis] = v
        return form.ravel()

    def _unit(self, site: int, axis: int) -> np.ndarray:
        form = np.zeros(self.size)
        form[3 * site + axis] = 1.0
        return form

    def turns(self, form: np.ndarray) -> np.ndarray:
        """R of a linear form, as a matrix on all components: R s_j = x_j x s_j."""
        matrix = np.zeros((self.size, self.size))
        for site in range(self.size // 3):
            part = slice(3 * site, 3 * site + 3)
            matrix[part, part] = np.einsum("abc,b->ac", EPSILON, form[part])
        return matrix

    def derivative(self, _: float, packed: np.ndarray) -> np.ndarray:
        mean, second = packed[: self.size], packed[self.size :].reshape(self.size, self.size)
        d_mean, d_second = np.zeros_like(mean), np.zeros_like(second)

        def add_product(form: np.ndarray, matrix: np.ndarray, factor: float) -> None:
            """factor <{form, R O}>/2 with R given by its matrix."""
            nonlocal d_mean, d_second
            first = second @ form
            d_mean = d_mean + factor * matrix @ first
            value = form @ mean
            third = (
                value * second + np.outer(first, mean) + np.outer(mean, first)
                - 2 * value * np.outer(mean, mean)
            )  # fmt: skip
            half = matrix @ third
            d_second = d_second + factor * (half + half.T)

        for g, one, other in self.products_turned:
            add_product(one[0], other[1], g)
            add_product(other[0], one[1], g)
        for g, a, b in self.jumps_turned:
            for _, turn in (a, b):
                d_mean = d_mean + g * turn @ turn @ mean
                half = turn @ turn @ second
                d_second = d_second + g * (half + half.T + 2 * turn @ second @ turn.T)
            add_product(b[0], a[1], 2 * g)
            add_product(a[0], b[1], -2 * g)
        return np.concatenate([d_mean, d_second.ravel()])

    def heights(self, thetas: list[float], times: np.ndarray) -> np.ndarray:
        """<S^z>/S at these times, shape (time, spin)."""
        self.products_turned = [
            (g, (p, self.turns(p)), (q, self.turns(q))) for g, p, q in self.products
        ]
        self.jumps_turned = [(g, (a, self.turns(a)), (b, self.turns(b))) for g, a, b in self.jumps]
        mean = np.zeros(self.size)
        mean[0::3], mean[2::3] = self.lengths * np.sin(thetas), self.lengths * np.cos(thetas)
        second = np.outer(mean, mean)
        for i, spin in enumerate(self.lengths):  # S/2 across the direction n
            n = mean[3 * i : 3 * i + 3] / spin
            part = slice(3 * i, 3 * i + 3)
            second[part, part] += spin / 2 * (np.eye(3) - np.outer(n, n))
        start = np.concatenate([mean, second.ravel()])
        found = solve_ivp(
            self.derivative, (0, times[-1]), start, t_eval=times, rtol=1e-7, atol=1e-6
        )
        return found.y[2 : self.size : 3].T / self.lengths


def off(model: tq.Model, expected: np.ndarray, times: np.ndarray, trajectories: int):
    """Largest deviation of <S^z>/S, and beyond three standard errors."""
    found = tq.simulate(model, times=list(times), trajectories=trajectories, seed=3)
    spins = model.spins
    size = np.abs(found.sz.values / spins - expected)
    return size.max(), (size - 3 * found.sz_se.values / spins).max()


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")
def test_four_spins_of_three_halves() -> None:
    """Tolerance 0.1: they are short."""
    lengths, times = [1.5] * 4, np.linspace(0, 8, 9)
    model = waveguide(lengths, [UP, UP, DOWN, DOWN], 0.5)
    expected = evolve(model, times).sz.values / 1.5
    found, beyond = off(model, expected, times, 20_000)
    wrong, _ = off(waveguide(lengths, [UP, DOWN, UP, DOWN], 0.5), expected, times, 4096)
    print(f"four spins 3/2 on a waveguide: {found:.4f} of S (other start {wrong:.2f})")
    assert beyond < 0.1 < wrong


LARGE, GAMMA, TIMES = [2000.0, 2000.0, 500.0, 500.0], 1e-3, np.linspace(0, 8, 17)


def test_four_large_spins() -> None:
    """S = 2000, 2000 tilted by 0.3 from up, 500, 500 by as much from down; tolerance 0.04."""
    thetas = [0.3, 0.3, math.pi - 0.3, math.pi - 0.3]
    began = time.perf_counter()
    expected = Cumulants(LARGE, GAMMA).heights(thetas, TIMES)
    cumulants = time.perf_counter() - began
    began = time.perf_counter()
    found, beyond = off(waveguide(LARGE, thetas, GAMMA), expected, TIMES, 4096)
    seconds = time.perf_counter() - began
    wrong, _ = off(waveguide(LARGE, thetas, 0.9 * GAMMA), expected, TIMES, 1024)
    print(
        f"four large spins on a waveguide: {found:.4f} of S (rates less by a tenth: {wrong:.3f}); "
        f"{cumulants:.1f} s of cumulants, {seconds:.1f} s of 4096 trajectories"
    )
    assert beyond < 0.04 < wrong


def test_four_large_spins_from_the_poles() -> None:
    """The same from up and down: cumulants are off in the burst and agree when it is over."""
    thetas = [UP, UP, DOWN, DOWN]
    expected = Cumulants(LARGE, GAMMA).heights(thetas, TIMES)
    model = waveguide(LARGE, thetas, GAMMA)
    found = tq.simulate(model, times=list(TIMES), trajectories=4096, seed=3).sz.values / LARGE
    size = np.abs(found - expected).max(axis=1)
    print(f"from the poles: {size.max():.3f} of S in the burst, {size[TIMES >= 5].max():.4f} after")
    assert size[TIMES >= 5].max() < 0.04


def test_who_is_right_in_a_burst() -> None:
    """One spin of 2000 from the pole, by the exact rate equation: the method, not the cumulants."""
    model = tq.Model(spin=2000, decay=4000 * GAMMA / 2, initial="up")
    times = np.linspace(0, 8, 17)
    exact = decaying_spin(model, list(times)) / 2000
    found = tq.simulate(model, times=list(times), trajectories=40_000, seed=3).sz.values / 2000
    closed = Cumulants([2000.0], GAMMA).heights([UP], times)[:, 0]
    ours, theirs = np.abs(found - exact).max(), np.abs(closed - exact).max()
    print(f"a burst of S = 2000: off the rate equation by {ours:.4f}, cumulants by {theirs:.3f}")
    assert ours < 0.01
    assert theirs > 0.1


def test_cumulants_are_those_of_small_models() -> None:
    """They are exact for first moments while third cumulants vanish: at early times."""
    lengths, thetas, times = [3.0, 2.0], [0.4, 2.0], np.array([0.0, 0.01, 0.02])
    model = waveguide(lengths, thetas, 0.5)
    exact = evolve(model, times).sz.values / lengths
    found = Cumulants(lengths, 0.5).heights(thetas, times)
    change = np.abs(exact[-1] - exact[0]).max()
    assert np.abs(found - exact).max() < 0.01 * change
