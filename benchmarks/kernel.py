"""Time per site and step of every scheme on one core, beside plain NumPy and a plain numba loop.

Run: python benchmarks/kernel.py [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

import numpy as np
import numpy_euler

import twoqs
from twoqs.kernels.compile.jit import LANES
from twoqs.methods import METHODS
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.provenance import cpu_model
from twoqs.simulation.timeline import steady

SCHEMES = [("conserving", "W"), ("pda", "P"), ("pda", "W"), ("pda", "Q"), ("euler-maruyama", "W")]
SPIN, THETA, JX, JY, DECAY = 5000, 2.0, 0.5, -1.8, 1.0
CHECK_TIME = 1.0

CHAIN = twoqs.Model(
    spin=SPIN, lattice=twoqs.chain(100), coupling=(JX, JY, 0.0), decay=DECAY,
    initial=twoqs.coherent(THETA),
)  # fmt: skip
SINGLE = twoqs.Model(spin=SPIN, decay=DECAY, initial=twoqs.coherent(THETA))

Run = Callable[[int, float], float]
"""Takes steps and their length; returns the average of s^z/S over sites and trajectories."""


def block_run(
    model: twoqs.Model, scheme: str, representation: str, precision: str = "double"
) -> Callable[[], Run]:
    """A fresh block of the package."""

    def make() -> Run:
        numerics = Numerics(scheme, representation, precision=precision)
        block = TrajectoryBlock(model, numerics, np.random.SeedSequence(1))

        def run(steps: int, step: float) -> float:
            block.advance(steady(steps, step))
            block.measure()
            return float(block.bloch[2].mean()) / SPIN

        return run

    return make


def plain_run(model: twoqs.Model, compiled: bool) -> Callable[[], Run]:
    """A fresh set of as many trajectories in plain NumPy, or in a plain numba loop."""
    # Not before the package, which sets how numba uses the processor's vectors.
    import numba_euler

    def make() -> Run:
        rng = np.random.default_rng(1)
        alpha, beta = numpy_euler.start(LANES, model.n_sites, SPIN, THETA, rng)

        def run(steps: int, step: float) -> float:
            nonlocal alpha, beta
            if compiled:
                numba_euler.advance(alpha, beta, JX, JY, DECAY, SPIN, steps, step, rng)
            else:
                alpha, beta = numpy_euler.advance(
                    alpha, beta, JX, JY, DECAY, SPIN, steps, step, rng
                )
            return float(np.mean(abs(alpha) ** 2 - abs(beta) ** 2)) / (2 * SPIN)

        return run

    return make


def measure(make: Callable[[], Run], step: float, sites: int, repeats: int) -> list[float]:
    """Nanoseconds per site, trajectory and step of some repeats, shortest first."""
    run = make()
    run(1, step)  # compiles
    steps, seconds = 4, 0.0
    while seconds < 0.1:  # long against the call and the clock
        steps *= 2
        seconds = timed(run, steps, step)
    times = [timed(run, steps, step) for _ in range(repeats)]
    return sorted(1e9 * t / (steps * sites * LANES) for t in times)


def timed(run: Run, steps: int, step: float) -> float:
    """Seconds for these steps."""
    start = time.perf_counter()
    run(steps, step)
    return time.perf_counter() - start


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}; {LANES} trajectories, {repeats} repeats")
    print("ns per site, trajectory and step; the last column is s^z/S at time 1, as a check\n")
    head = (
        f"{'model':<12} {'code':<24} {'best':>8} {'median':>8} {'worst':>8} {'step':>7} {'sz/S':>9}"
    )
    print(head + "\n" + "-" * len(head))
    for label, model in (("chain N=100", CHAIN), ("single spin", SINGLE)):
        rows = [
            (f"{scheme} {kind}", block_run(model, scheme, kind), METHODS[scheme].default_step)
            for scheme, kind in SCHEMES
        ]
        euler = METHODS["euler-maruyama"].default_step
        rows.append(("plain NumPy, Euler", plain_run(model, False), euler))
        rows.append(("plain numba, Euler", plain_run(model, True), euler))
        for code, make, step in rows:
            times = measure(make, step, model.n_sites, repeats)
            check = make()(round(CHECK_TIME / step), step)
            print(
                f"{label:<12} {code:<24} {times[0]:>8.2f} {times[len(times) // 2]:>8.2f} "
                f"{times[-1]:>8.2f} {step:>7g} {check:>9.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
