"""Models beyond keywords: what the general path costs, and what others take for the same.

Run: python benchmarks/general.py [--repeats N]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import qutip

sys.path.insert(0, str(Path(__file__).parent.parent / "verification"))

from test_waveguides import GAMMA, LARGE, Cumulants, waveguide

import twoqs as tq
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

STEPS = 200

RING = tq.Sites(tq.Spin(1000), tq.chain(100), "s")
MANY = tq.Sites(tq.Spin(10), tq.all_to_all(1000), "s")
IDLE = tq.Spin(10, "idle")
"""A member that does nothing, with which a model is none of keywords."""


def ring() -> tuple[tq.Model, tq.Model]:
    """The same ring by keywords and, beside an idle spin, by operators."""
    words = tq.Model(spin=1000, lattice=RING.lattice, coupling=(0.5, -1.8, 0), decay=1.0)
    energy = (0.5 * tq.bonds(RING.x, RING.x) - 1.8 * tq.bonds(RING.y, RING.y)) / 2000
    decay = tq.jump(tq.each(RING.minus), 1 / 2000)
    return words, tq.Model(hamiltonian=energy, jumps=[decay], members=[RING, IDLE])


def baths() -> tuple[tq.Model, tq.Model]:
    """A thousand spins with their own decay, and with one bath in common."""
    jumps = tq.jump(tq.each(MANY.minus), 0.05), tq.jump(MANY.minus, 0.05)
    own, common = (tq.Model(jumps=[one], members=[MANY, IDLE]) for one in jumps)
    return own, common


def steps_of(model: tq.Model, precision: str = "double") -> Callable[[], float]:
    """Nanoseconds per site, trajectory and step of one block."""
    numerics = Numerics(precision=precision)
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(1))
    block.advance(steady(2, 1e-4))

    def run() -> float:
        began = time.perf_counter()
        block.advance(steady(STEPS, 1e-4))
        return (time.perf_counter() - began) / (STEPS * model.n_sites * LANES) * 1e9

    return run


def by_turns(repeats: int, *runs: Callable[[], float]) -> list[float]:
    """The best of each, taken in turns."""
    taken = [[run() for run in runs] for _ in range(repeats)]
    return np.min(taken, axis=0).tolist()


def timed(run: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        began = time.perf_counter()
        run()
        return time.perf_counter() - began

    return seconds


def pair() -> tuple[Callable[[], float], Callable[[], float], float, float]:
    """Two spins S = 8: `mesolve`, and the trajectories of a standard error of 0.005 S."""
    a, b = tq.Spin(8, "a"), tq.Spin(8, "b")
    model = tq.Model(
        hamiltonian=0.05 * a.x * b.x + 0.4 * a.x,
        jumps=[tq.jump(a.minus + b.minus, 1 / 16)],
    )
    times = np.linspace(0, 10, 11)
    energy, jumps = model.to_qutip()
    start = qutip.tensor(qutip.basis(17, 16), qutip.basis(17, 16)).proj()
    up = [qutip.tensor(qutip.jmat(8, "z"), qutip.qeye(17))]
    exact = qutip.mesolve(energy, start, times, jumps, e_ops=up).expect[0]
    found = tq.simulate(model, times=list(times), trajectories=4096)
    off = float(np.abs(found.sz[:, 0] - exact).max()) / 8
    return (
        timed(lambda: tq.simulate(model, times=list(times), trajectories=4096)),
        timed(lambda: qutip.mesolve(energy, start, times, jumps, e_ops=up)),
        off,
        float(found.sz_se.max()) / 8,
    )


def labelled() -> list[float]:
    """Seconds of short runs over a labelled parameter, one after the other."""
    seconds = []
    for value in np.linspace(0.1, 0.5, 5).tolist():
        lam, a, b = tq.Parameter("lam", value), tq.Spin(20, "a"), tq.Spin(30, "b")
        model = tq.Model(hamiltonian=lam * a.x * b.y, jumps=[tq.jump(a.minus + b.minus, 0.01)])
        run = timed(lambda model=model: tq.simulate(model, times=[1.0], trajectories=256))
        seconds.append(run())
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    print("labelled parameter, seconds of a run:", *(f"{s:.2f}" for s in labelled()))
    for precision in ("double", "single"):
        special, general = by_turns(repeats, *(steps_of(m, precision) for m in ring()))
        print(
            f"ring of 100, {precision}: {special:.2f} ns by keywords, {general:.2f} by operators, "
            f"ratio {general / special:.2f}"
        )
    own, common = by_turns(repeats, *(steps_of(m) for m in baths()))
    print(
        f"1000 spins: {own:.2f} ns with a bath each, {common:.2f} with one in common, "
        f"ratio {common / own:.2f}"
    )
    ours, theirs, off, error = pair()
    best = by_turns(max(1, repeats // 2), ours, theirs)
    print(
        f"two spins S = 8: {best[0]:.2f} s of 4096 trajectories (off by {off:.4f} of S, standard "
        f"error {error:.4f}), {best[1]:.2f} s of QuTiP's mesolve, ratio {best[1] / best[0]:.1f}"
    )
    thetas, times = [0.3, 0.3, math.pi - 0.3, math.pi - 0.3], np.linspace(0, 8, 17)
    model = waveguide(LARGE, thetas, GAMMA)
    runs = (
        timed(lambda: tq.simulate(model, times=list(times), trajectories=1024)),
        timed(lambda: Cumulants(LARGE, GAMMA).heights(thetas, times)),
    )
    best = by_turns(max(1, repeats // 2), *runs)
    found = tq.simulate(model, times=list(times), trajectories=1024)
    expected = Cumulants(LARGE, GAMMA).heights(thetas, times)
    off = float(np.abs(found.sz.values / LARGE - expected).max())
    print(
        f"four large spins on a waveguide: {best[0]:.2f} s of 1024 trajectories, {best[1]:.2f} s "
        f"of second-order cumulants, ratio {best[1] / best[0]:.1f}; they differ by {off:.4f} of S"
    )


if __name__ == "__main__":
    main()
