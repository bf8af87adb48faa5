"""A square lattice of spins 1/2 with decay beside the same in plain NumPy, on one core.

Run: python benchmarks/spins_half.py [--side N] [--repeats N]
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy_dtwa

import twoqs
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

COUPLING, DECAY, STEP, CHECK_STEPS = (0.9, 1.7, 1.0), 0.5, 0.02, 50

Run = Callable[[int], float]
"""Takes steps; returns the average of s^z over sites and trajectories."""


def twoqs_run(side: int, precision: str) -> Run:
    """A block of trajectories."""
    model = twoqs.Model(
        spin=0.5, lattice=twoqs.square(side, side), coupling=COUPLING, decay=DECAY, initial="up"
    )
    numerics = resolve(
        model, Numerics("discrete", step=STEP, times=(CHECK_STEPS * STEP,), precision=precision)
    )
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(1))

    def run(steps: int) -> float:
        block.advance(steady(steps, STEP))
        return float(block.state[2].mean())

    return run


def numpy_run(side: int) -> Run:
    """As many trajectories in plain NumPy."""
    rng = np.random.default_rng(1)
    s = numpy_dtwa.start(side, LANES, rng)

    def run(steps: int) -> float:
        numpy_dtwa.advance(s, COUPLING, DECAY, steps, STEP, rng)
        return float(s[2].mean())

    return run


def seconds(run: Run, repeats: int) -> float:
    """The shortest time of a step."""
    run(1)
    steps, found = 1, 0.0
    while found < 0.1:
        steps *= 2
        found = timed(run, steps)
    return min(timed(run, steps) for _ in range(repeats)) / steps


def timed(run: Run, steps: int) -> float:
    """Seconds for so many steps."""
    begin = time.perf_counter()
    run(steps)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    codes: dict[str, Callable[[], Run]] = {
        "twoqs": lambda: twoqs_run(options.side, "double"),
        "twoqs, single": lambda: twoqs_run(options.side, "single"),
        "NumPy": lambda: numpy_run(options.side),
    }
    spins = options.side**2
    print(f"{options.side} x {options.side} spins 1/2, {LANES} trajectories, steps of {STEP}")
    least = 0.0
    for code, make in codes.items():
        found, check = seconds(make(), options.repeats), make()(CHECK_STEPS)
        least = least or found
        nanoseconds = 1e9 * found / (spins * LANES)
        print(
            f"{code:14s} {nanoseconds:8.2f} ns per spin and step  x {found / least:6.1f}"
            f"   <s^z> = {check:.4f} after {CHECK_STEPS} steps",
            flush=True,
        )


if __name__ == "__main__":
    main()
