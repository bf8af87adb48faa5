"""Time to a given error, beside XMDS2 and Euler-Maruyama in vectorised NumPy, in one run.

Run: python benchmarks/to_accuracy.py [--spin S] [--skip-spin] [--skip-chain] [--least-step STEP]

A steady state is wanted to 1 %: the averages <S>/S of a driven spin above its transition (closed
form), or the excitations n of a Holstein-Primakoff chain. Each code takes the longest of the STEPS
with which it is that accurate, so that all need the same number of trajectories, and the time of
one trajectory is what counts. Euler-Maruyama lengthens a driven spin in proportion to step and
time, so that with S = 100 it misses 1 % at every step that ends within an hour: then the ratio is a
lower bound. --least-step says when to give up; with S = 1000, 0.002 takes some minutes.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy_bloch
import numpy_euler
from xmds2_code import Xmds2Code, available

import twoqs
from twoqs.simulation.provenance import cpu_model
from twoqs.theory import driven_steady_state
from twoqs.theory.spin_waves import chain_prediction

WANTED = 0.01
STEPS = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002)

Code = Callable[[float], tuple[float, float]]
"""Takes a step; returns the error, and the seconds of one trajectory."""

FEW = 256
"""Trajectories of NumPy that the error is taken from: to 0.5 %, where it is some per cent."""

OMEGA = 1.5
JX, JY, SITES = 0.5, -1.6, 100
CHAIN_SPIN, CHAIN_END = 5000, 120.0


def driven(spin: float, trajectories: int) -> Iterator[tuple[str, Code]]:
    """A spin with drive 1.5 Gamma, from the south pole; the second half of 8 S/Gamma counts."""
    model = twoqs.Model(spin=spin, field=(OMEGA, 0, 0), decay=1.0)
    end = 8.0 * spin
    exact = driven_steady_state(spin, OMEGA, 1.0)
    reference = np.array([exact[name] for name in ("sx", "sy", "sz")]) / spin

    def error(means: np.ndarray) -> float:
        return float(np.abs(means - reference).max())

    for precision in ("double", "single"):

        def ours(step: float, precision: str = precision) -> tuple[float, float]:
            start = time.perf_counter()
            result = twoqs.simulate(
                model, average=(end / 2, end), step=step, trajectories=trajectories,
                precision=precision, seed=1,
            )  # fmt: skip
            seconds = time.perf_counter() - start
            means = np.array([float(result[name]) for name in ("sx", "sy", "sz")]) / spin
            return error(means), seconds / int(result.trajectories)

        yield f"conserving, {precision}", ours

    def plain(step: float) -> tuple[float, float]:
        means = numpy_bloch.steady_means(spin, OMEGA, 1.0, end, step, FEW)
        # Arrays of all trajectories are faster, and it is their speed that counts.
        start, steps = time.perf_counter(), 2000
        numpy_bloch.steady_means(spin, OMEGA, 1.0, steps * step, step, trajectories)
        seconds = (time.perf_counter() - start) / (steps * trajectories)
        return error(means), seconds * end / step

    def xmds2(step: float) -> tuple[float, float]:
        code = Xmds2Code(
            "spin", SPIN=float(spin), OMEGA=OMEGA, DURATION=end, SAMPLES=400,
            STEPS=400 * round(end / step / 400), PATHS=trajectories,
        )  # fmt: skip
        found = code.run()
        return error(found.means[200:].mean(axis=0)), found.seconds / trajectories

    if available():
        yield "XMDS2, semi-implicit", xmds2
    yield "plain NumPy, Euler", plain


def chain() -> Iterator[tuple[str, Code]]:
    """A ring of 100 spins from the south pole; n over the second half of 120/Gamma counts."""
    model = twoqs.Model(
        spin=CHAIN_SPIN, lattice=twoqs.chain(SITES), coupling=(JX, JY, 0.0), decay=1.0
    )
    n = float(chain_prediction(model).n)
    trajectories, few = 2048, 512  # n to 0.2 and 0.4 %; NumPy would take as many minutes

    for precision in ("double", "single"):

        def ours(step: float, precision: str = precision) -> tuple[float, float]:
            start = time.perf_counter()
            result = twoqs.simulate(
                model, average=(CHAIN_END / 2, CHAIN_END), samples=101, step=step,
                trajectories=trajectories, precision=precision, seed=1,
            )  # fmt: skip
            seconds = time.perf_counter() - start
            return abs(float(result.sz) + CHAIN_SPIN - n) / n, seconds / int(result.trajectories)

        yield f"conserving, {precision}", ours

    def plain(step: float) -> tuple[float, float]:
        rng = np.random.default_rng(1)
        start = time.perf_counter()
        alpha, beta = numpy_euler.start(few, SITES, CHAIN_SPIN, math.pi, rng)
        found = []
        for sample in range(201):
            steps = round((CHAIN_END / 2 if sample == 0 else CHAIN_END / 400) / step)
            alpha, beta = numpy_euler.advance(
                alpha, beta, JX, JY, 1.0, CHAIN_SPIN, steps, step, rng
            )
            # Not S + s^z, which has the noise of the initial spin length, of variance S/2.
            found.append(np.mean(abs(alpha) ** 2) - 0.5)
        seconds = time.perf_counter() - start
        return abs(float(np.mean(found)) - n) / n, seconds / few

    def xmds2(step: float) -> tuple[float, float]:
        code = Xmds2Code(
            "chain", JY=JY, THETA=math.pi, DURATION=CHAIN_END, SAMPLES=400,
            STEPS=400 * round(CHAIN_END / step / 400), PATHS=trajectories,
        )  # fmt: skip
        found = code.run()
        return abs(float(found.means[200:].mean()) - n) / n, found.seconds / trajectories

    if available():
        yield "XMDS2, semi-implicit", xmds2
    yield "plain NumPy, Euler", plain


def compare(label: str, codes: Iterator[tuple[str, Code]], steps: tuple[float, ...]) -> None:
    """Print one table."""
    print(f"\n{label}\n{'code':<22} {'step':>8} {'error':>8} {'s/trajectory':>14} {'ratio':>9}")
    first = 0.0
    for name, code in codes:
        if name.startswith("conserving"):
            code(steps[-4])  # compiles
        for step in steps:
            with np.errstate(all="ignore"):  # steps that are too long overflow
                try:
                    error, seconds = code(step)
                except twoqs.ArgumentError:  # longer than the scheme allows
                    continue
            if error <= WANTED:
                break
        first = first or seconds
        print(
            f"{name:<22} {step:>8g} {error:>8.2%} {seconds:>14.3g} {seconds / first:>9.1f}"
            + ("" if error <= WANTED else "  not reached"),
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spin", type=int, default=100)
    parser.add_argument("--trajectories", type=int, default=4096, help="of the driven spin")
    parser.add_argument("--least-step", type=float, default=0.0005)
    parser.add_argument("--skip-spin", action="store_true")
    parser.add_argument("--skip-chain", action="store_true")
    options = parser.parse_args()
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}; time to an error of {WANTED:.0%}")
    if not options.skip_spin:
        label = f"Driven spin, S = {options.spin}, Omega = {OMEGA} Gamma"
        steps = tuple(step for step in STEPS if step >= options.least_step)
        compare(label, driven(options.spin, options.trajectories), steps)
    if not options.skip_chain:
        compare(f"Ring of {SITES} spins S = {CHAIN_SPIN}, n", chain(), STEPS)


if __name__ == "__main__":
    main()
