"""The ring of 100 spins beside XMDS2, the field's C++ generator, and vectorised NumPy, in one run.

Run: python benchmarks/peers.py [--repeats N]

XMDS2 is the Debian package `xmds2`; without it, its row is left out with a message. So is that of
JAX where it is not installed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

from kernel import CHAIN, DECAY, JX, JY, SPIN, THETA, block_run, plain_run
from xmds2_code import Xmds2Code, available

from twoqs.kernels.compile.jit import LANES
from twoqs.simulation.provenance import cpu_model

STEP = 0.02
STEPS = 1000
"""The same step and number of steps for all: rates at equal step, not at equal accuracy."""

Timed = Callable[[], float]
"""Seconds that one run of all steps takes."""


def xmds2() -> Timed | None:
    """The compiled script, or None where XMDS2 is not installed."""
    if not available():
        return None
    code = Xmds2Code(
        "chain", JY=JY, THETA=THETA, DURATION=STEPS * STEP, STEPS=STEPS, SAMPLES=1, PATHS=LANES
    )
    return lambda: code.run().seconds


def ours(
    make: Callable[[], Callable[[int, float], float]], step: float = STEP, times: int = 1
) -> Timed:
    """Seconds of this many steps by a function of `kernel`.

    They are taken some `times` in a row, so that short runs do not measure how the processor wakes.
    """
    run = make()
    run(1, step)

    def timed() -> float:
        start = time.perf_counter()
        run(times * STEPS, step)
        return (time.perf_counter() - start) / times

    return timed


def jax() -> Timed | None:
    """Euler-Maruyama compiled by JAX, or None where that is not installed."""
    try:
        import jax_euler
    except ImportError:
        print("JAX is not installed: its row is left out.")
        return None
    run = jax_euler.prepared(LANES, CHAIN.n_sites, JX, JY, DECAY, SPIN, THETA, STEPS)
    run(0.001)

    def timed() -> float:
        start = time.perf_counter()
        run(0.001)
        return time.perf_counter() - start

    return timed


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    rows: dict[str, Timed | None] = {
        "conserving": ours(block_run(CHAIN, "conserving", "W"), times=20),
        "conserving, single": ours(block_run(CHAIN, "conserving", "W", "single"), times=20),
        "pda W": ours(block_run(CHAIN, "pda", "W"), times=5),
        "pda W, single": ours(block_run(CHAIN, "pda", "W", "single"), times=5),
        "plain NumPy, Euler": ours(plain_run(CHAIN, False), 0.001),
        "XMDS2, semi-implicit": xmds2(),
        "JAX, Euler": jax(),
    }
    present = {name: run for name, run in rows.items() if run is not None}
    times: dict[str, list[float]] = {name: [] for name in present}
    for _ in range(repeats):  # in turns, as the machine may be busy with other things
        for name, run in present.items():
            times[name].append(run())
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}; {LANES} trajectories, {STEPS} steps")
    print(f"{'code':<22} {'best':>8} {'median':>8}   ns per site, trajectory and step; ratio\n")
    first = min(times["conserving"])
    for name, values in times.items():
        best, median = min(values), sorted(values)[len(values) // 2]
        scale = 1e9 / (STEPS * CHAIN.n_sites * LANES)
        print(f"{name:<22} {best * scale:>8.2f} {median * scale:>8.2f}   {best / first:.1f}")


if __name__ == "__main__":
    main()
