"""Power-law couplings: the machine by entries, dense and by Fourier, beside plain NumPy, one core.

Run: python benchmarks/power_law.py [--repeats N]
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy_power_law

import twoqs
from twoqs.flows.lowered import generators_of
from twoqs.flows.plan import plan_of
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned, planes
from twoqs.kernels.convolution_plan import rows_of_pass
from twoqs.kernels.machine_program import new_scratch
from twoqs.kernels.pipeline import Work
from twoqs.kernels.random import new_stream
from twoqs.kernels.samples import History, machine_samples, nowhere
from twoqs.methods import machine
from twoqs.methods.program import program_of

SPIN, THETA, JX, JY, DECAY, ALPHA = 1000, 2.0, 0.5, -0.9, 1.0, 3.0
STEP, CHECK_STEPS = 0.02, 50

Run = Callable[[int], float]
"""Takes steps; returns the average of s^z/S over sites and trajectories."""


def model_of(base: twoqs.Lattice) -> twoqs.Model:
    """Couplings about x and y between all pairs, and decay."""
    return twoqs.Model(
        spin=SPIN, lattice=twoqs.power_law(base, ALPHA), coupling=(JX, JY, 0), decay=DECAY,
        initial=twoqs.coherent(THETA),
    )  # fmt: skip


def machine_run(model: twoqs.Model, way: str, single: bool = False) -> Run:
    """A block of trajectories, its couplings taken in one way."""
    dtype = np.float32 if single else np.float64
    program = program_of(plan_of(generators_of(model)), STEP, np.ones((1, 1)), way)
    state = planes(3, model.n_sites, dtype)
    rng = np.random.default_rng(1)
    state[:] = numpy_power_law.start(model.n_sites, LANES, model.spin, THETA, rng)
    memory = machine.new_memory(plan_of(generators_of(model)), state)
    memory = memory._replace(scratch=new_scratch(program, dtype))
    stream = new_stream(np.random.SeedSequence(1), single)
    work = Work(tuple(state), program, memory, 0, stream, memory.scratch.work, np.zeros((2, LANES)))

    sites = model.n_sites
    none = History(np.zeros((0, 4, sites, LANES)), np.ones((0, LANES)), np.zeros((0, 0, 2, LANES)))
    measured = aligned((4, sites, LANES)), np.ones(LANES), none

    def run(steps: int) -> float:
        machine_samples(work, steps, measured, *nowhere(), -1, 1)
        return float(state[2].mean()) / model.spin

    return run


def numpy_run(model: twoqs.Model, heun: bool) -> Run:
    """As many trajectories in plain NumPy."""
    rng = np.random.default_rng(1)
    s = numpy_power_law.start(model.n_sites, LANES, model.spin, THETA, rng)
    weights = np.zeros((model.n_sites, model.n_sites))
    weights[tuple(model.lattice.edges.T)] = model.lattice.weights
    weights += weights.T
    scale = 1 / (2 * model.spin)
    advance = numpy_power_law.heun if heun else numpy_power_law.turns

    def run(steps: int) -> float:
        advance(s, JX * scale * weights, JY * scale * weights, DECAY * scale, steps, STEP, rng)
        return float(s[2].mean()) / model.spin

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


def beside(label: str, model: twoqs.Model, repeats: int) -> None:
    """Print one row for every code, and how many times slower than the machine it is."""
    codes: dict[str, Callable[[], Run]] = {
        way: lambda way=way: machine_run(model, way)  # type: ignore[misc]
        for way in ("fastest", "dense", "sparse")
    }
    codes["fastest, single"] = lambda: machine_run(model, "fastest", single=True)
    codes["NumPy, turns"] = lambda: numpy_run(model, heun=False)
    codes["NumPy, Heun"] = lambda: numpy_run(model, heun=True)
    least = 0.0
    for code, make in codes.items():
        found, check = seconds(make(), repeats), make()(CHECK_STEPS)
        least = least or found
        each = 1e9 * found / (model.n_sites * LANES)
        print(
            f"{label:<18} {code:<17} {1e3 * found:>9.3f} {each:>9.2f} {found / least:>8.1f} "
            f"{check:>9.4f}",
            flush=True,
        )


def constants(repeats: int) -> None:
    """Print what `twoqs.methods.couplings` takes for its choice, measured anew."""
    bases = [twoqs.chain(n) for n in (64, 100, 256, 512, 1000)]
    bases += [twoqs.chain(500, periodic=False), twoqs.square(16, 16), twoqs.square(32, 32)]
    bases += [twoqs.square(16, 16, periodic=False), twoqs.cubic(8, 8, 8, periodic=False)]
    passes, rows, times = [], [], []
    for base in bases:
        model, n = model_of(base), base.n_sites
        bare = seconds(machine_run(twoqs.Model(spin=SPIN, lattice=base, field=(1, 1, 0), decay=1),
                                   "sparse"), repeats)  # fmt: skip
        by = {
            way: 1e9 * (seconds(machine_run(model, way), repeats) - bare) / 2
            for way in ("sparse", "dense", "fourier")
        }
        program = program_of(plan_of(generators_of(model)), STEP, np.ones((1, 1)), "fourier")
        table = program.products.convolutions.passes[: program.products.passes[0]].tolist()
        passes.append(len(table))
        rows.append(2 * n + sum(rows_of_pass(one) for one in table))
        times.append(by["fourier"])
        print(
            f"{base!r:<42} by entries {by['sparse'] / (n * (n - 1)):5.2f} each, dense "
            f"{by['dense'] / n**2:5.2f} each, Fourier {by['fourier']:8.0f} "
            f"({passes[-1]} passes, {rows[-1]} rows)",
            flush=True,
        )
    weights = 1 / np.array(times)
    fitted, *_ = np.linalg.lstsq(
        np.column_stack([passes, rows]) * weights[:, None], np.ones(len(times)), rcond=None
    )
    print(f"Fourier: {fitted[0]:.0f} a pass and {fitted[1]:.2f} a row; all in ns for {LANES} "
          "trajectories")  # fmt: skip


def main() -> None:
    """Print a table, and the constants of the choice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print(f"1/r^{ALPHA:g}, couplings about x and y, decay; {LANES} trajectories, one core; load "
          f"{os.getloadavg()[0]:.2f}\nratio: time over that of the first row; s^z/S at time "
          f"{STEP * CHECK_STEPS:g} as a check\n")  # fmt: skip
    head = f"{'lattice':<18} {'code':<17} {'ms/step':>9} {'ns each':>9} {'ratio':>8} {'sz/S':>9}"
    print(head + "\n" + "-" * len(head))
    beside("ring N=1000", model_of(twoqs.chain(1000)), repeats)
    beside("open chain N=1000", model_of(twoqs.chain(1000, periodic=False)), repeats)
    beside("square 32 x 32", model_of(twoqs.square(32, 32)), repeats)
    print("\nNanoseconds for the couplings of a stage:")
    constants(repeats)


if __name__ == "__main__":
    main()
