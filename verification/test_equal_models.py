"""Models that are one another's, turned: equal within errors, with a control that is not.

Deviations are in standard errors of the difference; of some hundred values the largest is about 3.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from deviations import MEANS, SECOND, apart
from scipy.spatial.transform import Rotation

import twoqs as tq
from twoqs.theory import evolve

MOST = 4.7
"""Standard errors that one of a thousand values exceeds with a probability of 0.3 %."""


# --- A ring with Dzyaloshinskii-Moriya coupling ---------------------------------------------------

N, S = 100, 10
RING = tq.Sites(tq.Spin(S), tq.chain(N), "s")
TIMES = [0.5, 1.0, 2.0, 4.0]


def spiral(angle: float, handed: float = 1.0) -> tq.Model:
    """XY coupling about an axis that turns by `angle` from site to site, and so does the start."""
    along = tq.bonds(RING.x, RING.x) + tq.bonds(RING.y, RING.y)
    across = tq.bonds(RING.x, RING.y, directed=True) - tq.bonds(RING.y, RING.x, directed=True)
    energy = (0.8 * math.cos(angle) * along + handed * 0.8 * math.sin(angle) * across) / (2 * S)
    start = tq.coherent([1.0] * N, [(angle * i) % (2 * math.pi) for i in range(N)])
    decay = tq.jump(tq.each(RING.minus), 1 / (2 * S))
    return tq.Model(
        hamiltonian=energy + 0.3 * tq.bonds(RING.z, RING.z) / (2 * S), jumps=[decay], initial=start
    )


def run(model: tq.Model, seed: int, **settings) -> xr.Dataset:
    chosen = {"times": TIMES, "trajectories": 1024, "observables": ["sites"], "seed": seed}
    return tq.simulate(model, **(chosen | settings))


def test_a_twisted_ring_is_a_ring() -> None:
    """Over the ring the axis turns by a whole circle, so that the ends fit."""
    plain = run(spiral(0.0), 1)
    names = ("sz_site", "sz")
    off = apart(plain, run(spiral(2 * math.pi / N), 2), names)
    # With the other sense of the coupling the spins are led apart; a tenth of a circle is seen.
    wrong = apart(plain, run(spiral(2 * math.pi * 10 / N, -1.0), 3), names)
    right = apart(plain, run(spiral(2 * math.pi * 10 / N), 4), names)
    print(f"ring: {off:.2f}, {right:.2f} standard errors; other sense {wrong:.1f}")
    assert max(off, right) < MOST < wrong


# --- Gain and loss by turns -----------------------------------------------------------------------


def alternating(pair: tuple[float, float]) -> tq.Model:
    """Loss at even, gain at odd sites."""
    rates = np.arange(N) % 2
    return tq.Model(
        spin=S, lattice=tq.chain(N), coupling=(*pair, 0), decay=list(1.0 - rates),
        gain=list(1.0 * rates), initial=tq.coherent([math.pi * (1 - i % 2) for i in range(N)]),
    )  # fmt: skip


def losing(pair: tuple[float, float]) -> tq.Model:
    return tq.Model(spin=S, lattice=tq.chain(N), coupling=(*pair, 0), decay=1.0)


def even_sites(found: xr.Dataset) -> xr.Dataset:
    """Means and variances of every second site, which nothing turns."""
    names = [f"{n}_site{e}" for n in ("sx", "sy", "sz") for e in ("", "_se")]
    return found[names].isel(site=slice(0, None, 2))


@pytest.mark.parametrize("pair", [(0.5, 1.2), (0.5, -1.2), (0.4, 3.0)])
def test_gain_and_loss_by_turns_is_loss_with_another_sign(pair: tuple[float, float]) -> None:
    """After half a turn of every second spin about x."""
    names = ("sx_site", "sy_site", "sz_site")
    both = even_sites(run(alternating(pair), 5))
    off = apart(both, even_sites(run(losing((pair[0], -pair[1])), 6)), names)
    wrong = apart(both, even_sites(run(losing(pair), 7)), names)
    print(f"gain and loss {pair}: {off:.2f} standard errors; same sign {wrong:.1f}")
    assert off < MOST < wrong


# --- Uncoupled spins ------------------------------------------------------------------------------

LONG, SHORT = tq.Spin(12, "long"), tq.Spin(3.5, "short")
OWN = {
    # name: (Hamiltonian, jump) of a spin on its own
    "long": (0.5 * LONG.x + 0.03 * LONG.z**2, tq.jump(LONG.minus + 0.4 * LONG.z, 1 / 24)),
    "short": (0.9 * SHORT.y - 0.3 * SHORT.z, tq.jump(SHORT.minus, 1 / 7)),
}
ALL_MOMENTS = (*MEANS, *SECOND)


def side_by_side(coupling: float) -> tq.Model:
    energy = OWN["long"][0] + OWN["short"][0] + coupling * LONG.z * SHORT.z
    return tq.Model(hamiltonian=energy, jumps=[jump for _, jump in OWN.values()], initial="up")


def test_uncoupled_spins_are_runs_of_their_own() -> None:
    """Of different length, means and second moments; 162 values of both."""
    settings = {"times": [float(t) for t in range(1, 10)], "trajectories": 50_000}
    both, coupled = (tq.simulate(side_by_side(g), seed=1, **settings) for g in (0.0, 0.012))
    off, wrong = [], []
    for name, (energy, jump) in OWN.items():
        alone = tq.simulate(
            tq.Model(hamiltonian=energy, jumps=[jump], initial="up"), seed=2, **settings
        )
        off.append(apart(both.sel(member=name), alone, ALL_MOMENTS))
        wrong.append(apart(coupled.sel(member=name), alone, ALL_MOMENTS))
    print(
        f"uncoupled S = 12, 3.5: {off[0]:.2f}, {off[1]:.2f} standard errors; with a coupling of "
        f".012 S^z S^z {wrong[0]:.1f}, {wrong[1]:.1f}"
    )
    assert max(off) < MOST < min(wrong)


# --- Turned models --------------------------------------------------------------------------------

LENGTHS = (4.0, 2.5)
A, B = (tq.Spin(spin, name) for spin, name in zip(LENGTHS, "ab", strict=True))


def vector(member: tq.Spin, v: np.ndarray) -> tq.Operator:
    return sum((x * c for x, c in zip(v.tolist(), (member.x, member.y, member.z), strict=True)))


def random_model(seed: int, turn: np.ndarray) -> tq.Model:
    """Fields, a tensor, a twist, a common and an own jump, a start; all of it turned."""
    rng = np.random.default_rng(seed)
    fields, tensor, twist = rng.normal(size=(2, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)
    common, own = rng.normal(size=(2, 2, 3)), rng.normal(size=(2, 3))
    starts = Rotation.random(2, random_state=seed).as_matrix()[:, :, 2]
    fields, twist, own, starts = fields @ turn.T, turn @ twist, own @ turn.T, starts @ turn.T
    tensor, common = turn @ tensor @ turn.T, common @ turn.T
    letters = ((A.x, A.y, A.z), (B.x, B.y, B.z))
    energy = vector(A, 0.5 * fields[0]) + vector(B, 0.5 * fields[1])
    for i in range(3):
        for j in range(3):
            energy = energy + 0.05 * tensor[i, j] * letters[0][i] * letters[1][j]
    energy = energy + 0.03 * vector(A, twist) ** 2
    forms = [vector(A, c[0]) + vector(B, c[1]) for c in common]
    jumps = [
        tq.jump(forms[0] + 1j * forms[1], 0.02),
        tq.jump(vector(A, own[0]) + 1j * vector(A, own[1]), 0.02),
    ]
    initial = {
        name: tq.coherent(float(np.arccos(np.clip(n[2], -1, 1))), float(np.arctan2(n[1], n[0])))
        for name, n in zip("ab", starts, strict=True)
    }
    return tq.Model(hamiltonian=energy, jumps=jumps, initial=initial, members=[A, B])


def means(found: xr.Dataset) -> np.ndarray:
    """Shape (3, time, member)."""
    return np.stack([found[n].values for n in ("sx", "sy", "sz")])


@pytest.mark.parametrize("seed", range(12))
def test_a_turned_model_is_turned(seed: int) -> None:
    """In the master equation to rounding, and in runs within errors, for random models."""
    turn = Rotation.random(random_state=100 + seed).as_matrix()
    plain, turned = random_model(seed, np.eye(3)), random_model(seed, turn)
    times = [0.5, 1.5, 3.0]
    exact = means(evolve(plain, times))
    np.testing.assert_allclose(
        means(evolve(turned, times)), np.einsum("ab,btm->atm", turn, exact), atol=1e-7
    )
    settings = {"times": times, "trajectories": 8192}
    one, other = tq.simulate(plain, seed=1, **settings), tq.simulate(turned, seed=2, **settings)
    error = np.sqrt(sum(r[f"{n}_se"] ** 2 for r in (one, other) for n in ("sx", "sy", "sz"))).values
    off = np.abs(np.einsum("ab,btm->atm", turn, means(one)) - means(other)).max(axis=0)
    wrong = np.abs(np.einsum("ba,btm->atm", turn, means(one)) - means(other)).max(axis=0)
    bias = np.abs(means(one) - exact).max(axis=0) / LENGTHS
    print(
        f"random model {seed}: {(off / error).max():.2f} standard errors turned, "
        f"{(wrong / error).max():.0f} the other way; off QuTiP by {bias.max():.4f} of S"
    )
    assert (off / error).max() < MOST < (wrong / error).max()
