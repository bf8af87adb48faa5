"""The work of one sweep: a bare loop over its batches against `twoqs run` with one worker and two.

Run: python benchmarks/pipeline.py [--seconds S]
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from twoqs.execution.run import Workers, carry_out
from twoqs.simulation.batch import compile_kernels, run_batch
from twoqs.simulation.provenance import cpu_model
from twoqs.sweep import Sweep

CHAIN: dict[str, Any] = {
    "name": "chain", "seed": 1, "trajectories": 256,
    "model": {
        "spin": 5000, "lattice": {"chain": {"n": 100, "periodic": True}},
        "coupling": [0.5, 0.0, 0.0], "decay": 1.0,
    },
    "numerics": {
        "step": 0.03, "average": [30, 50], "samples": 41, "observables": ["correlation"],
    },
    "axes": {
        "J_y": {"sets": "model.coupling.y", "values": {"linspace": [-4, 0, 8]}, "units": "Gamma"},
    },
}  # fmt: skip
"""Batches of about a second, as in figure 7."""

SINGLE: dict[str, Any] = {
    "name": "single", "seed": 1, "trajectories": 1024,
    "model": {"spin": 100, "field": [0.0, 0.0, 0.0], "decay": 1.0},
    "numerics": {"step": 0.02, "average": [40, 50]},
    "axes": {
        "Omega": {"sets": "model.field.x", "values": {"linspace": [0.1, 2, 20]}, "units": "Gamma"},
    },
}  # fmt: skip
"""Batches of some milliseconds: nothing but overhead, were they not bundled."""

SMALLEST = SINGLE | {"name": "smallest", "trajectories": 64}


def bare(sweep: Sweep) -> tuple[float, int]:
    """Seconds of a loop over all batches in this process, and their number."""
    start, count = time.perf_counter(), 0
    for point in sweep.requirements.values():
        for number in range(point.batches):
            run_batch(point.model, point.numerics, sweep.seed, number)
            count += 1
    return time.perf_counter() - start, count


def whole(sweep: Sweep, workers: int) -> float:
    """Seconds of a run from an empty store to the merged dataset."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        outcome = carry_out(sweep, Path(folder) / "store", Workers(workers), quiet=True)
        seconds = time.perf_counter() - start
    if outcome.failures or not outcome.merged:
        raise SystemExit(f"The run is not complete: {outcome.failures[0]}")
    return seconds


def scaled(spec: dict[str, Any], seconds: float) -> Sweep:
    """The sweep with as many trajectories as take about these seconds in a bare loop."""
    first = Sweep.from_dict(spec)
    for point in first.requirements.values():
        compile_kernels(point.model, point.numerics)
    factor = math.ceil(seconds / bare(first)[0])
    return Sweep.from_dict(spec | {"trajectories": spec["trajectories"] * factor})


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="work of each sweep")
    seconds = parser.parse_args().seconds
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}")
    smallest = Sweep.from_dict(SMALLEST)
    whole(smallest, 1)
    idle = {workers: min(whole(smallest, workers) for _ in range(2)) for workers in (0, 1, 2)}
    print(f"Start and end of a run: {idle[0]:.2f} s without a cluster, {idle[1]:.2f} s with one.\n")
    head = (
        f"{'sweep':<8} {'batches':>8} {'bare loop':>10} {'workers':>8} {'run':>8} {'ratio':>7} "
        f"{'ratio without start and end':>28}"
    )
    print(head + "\n" + "-" * len(head))
    for spec in (CHAIN, SINGLE):
        sweep = scaled(spec, seconds)
        before, count = bare(sweep)
        for workers in (0, 1, 2):
            spent = whole(sweep, workers)
            # before and after, as the machine may be busy with other things
            loop = (before + bare(sweep)[0]) / 2
            print(
                f"{sweep.name:<8} {count:>8} {loop:>8.2f} s {workers:>8} {spent:>6.2f} s "
                f"{spent / loop:>7.3f} {(spent - idle[workers]) / loop:>28.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
