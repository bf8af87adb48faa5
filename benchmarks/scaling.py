"""Cost of a step against the number of sites and the graph, and of measuring, on one core.

Run: python benchmarks/scaling.py [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import numpy as np

import twoqs
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import run_batch
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.provenance import cpu_model
from twoqs.simulation.timeline import steady

COUPLING = (0.5, -1.8, 0.0)


def model(lattice: twoqs.Lattice, scale: float = 1.0) -> twoqs.Model:
    """Spins with couplings about x and y and with decay."""
    coupling = tuple(scale * j for j in COUPLING)
    return twoqs.Model(
        spin=5000, lattice=lattice, coupling=coupling, decay=1.0, initial=twoqs.coherent(2.0)
    )


def cost(of: twoqs.Model, scheme: str, repeats: int) -> list[float]:
    """Nanoseconds per site, trajectory and step, shortest first."""
    block = TrajectoryBlock(of, Numerics(scheme=scheme), np.random.SeedSequence(1))
    step = 0.02
    block.advance(steady(2, step))
    steps = max(20, int(3e6 / (of.n_sites * LANES)))  # 20: as many as lie between samples
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        block.advance(steady(steps, step))
        times.append(time.perf_counter() - start)
    return sorted(1e9 * t / (steps * of.n_sites * LANES) for t in times)


def measuring(of: twoqs.Model, observables: tuple[str, ...], repeats: int) -> float:
    """Share of the default sampling in the time of a batch, over the time of stepping."""
    seconds = []
    for samples in (2, None):
        numerics = resolve(of, Numerics(average=(0, 60), samples=samples, observables=observables))
        run_batch(of, numerics, 1, 0)
        times = []
        for number in range(repeats):
            start = time.perf_counter()
            run_batch(of, numerics, 1, number)
            times.append(time.perf_counter() - start)
        seconds.append(min(times))
    return seconds[1] / seconds[0] - 1


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}; ns per site, trajectory and step\n")
    head = f"{'lattice':<22} {'scheme':<11} {'best':>7} {'median':>7} {'ratio to ring N=100':>20}"
    print(head + "\n" + "-" * len(head))
    rings = [(f"ring N={n}", model(twoqs.chain(n))) for n in (100, 10, 1000, 10_000, 100_000)]
    others = [
        ("single spin", twoqs.Model(spin=5000, decay=1.0, initial=twoqs.coherent(2.0))),
        ("square 32 x 32", model(twoqs.square(32, 32))),
        ("cubic 10 x 10 x 10", model(twoqs.cubic(10, 10, 10))),
        ("all-to-all N=1000", model(twoqs.all_to_all(1000), 1e-3)),
    ]
    for scheme in ("conserving", "pda"):
        ring = 0.0
        for label, of in rings + others:
            times = cost(of, scheme, repeats)
            ring = ring or times[0]
            print(
                f"{label:<22} {scheme:<11} {times[0]:>7.2f} {times[len(times) // 2]:>7.2f} "
                f"{times[0] / ring:>20.2f}",
                flush=True,
            )
    print(f"\nPeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.\n")
    for label, of in (("ring N=100", rings[0][1]), others[0], others[1]):
        for observables in ((), ("correlation",)):
            if observables and of.n_sites == 1:
                continue
            share = 100 * measuring(of, observables, repeats)
            print(f"Measuring, {label}, {'moments' + ' and correlations' * bool(observables)}: "
                  f"{share:.0f} % of stepping")  # fmt: skip


if __name__ == "__main__":
    main()
