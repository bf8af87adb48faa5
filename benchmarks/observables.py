"""What observables cost beside a run that measures the moments alone, in one process, in turns.

Prints, for each request, the time of a run with it over that of one without, best of the turns.
With `--before FOLDER`, the checkout of another version, also our time for the moments alone over
its, in turns of processes.

Run: python benchmarks/observables.py [--turns N] [--before FOLDER]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import twoqs
from twoqs import Model, Spin, jump
from twoqs.simulation.provenance import cpu_model

A = Spin(100, "a")
DRIVEN = Model(hamiltonian=1.5 * A.x, jumps=[jump(A.minus, 1 / 200, label="out")])
RING = Model(100, lattice=twoqs.chain(100, periodic=True), coupling=(0.5, -0.8, 0), decay=1.0)

STEADY: dict[str, Any] = {"average": (10, 60)}
"""One sample every twenty steps."""

IN_BINS: dict[str, Any] = {"average": (10, 60), "samples": 251}

IN_WINDOW: dict[str, Any] = {"average": (10, 138), "samples": 1281}


class Case(NamedTuple):
    """A model, its settings, what is measured beside the moments, and the ratio that is allowed."""

    model: Model
    settings: Mapping[str, Any]
    observables: Mapping[str, Any]
    most: float | None = None


CASES = {
    "total spin, 100 sites": Case(RING, STEADY, {"tot": {"total": True}}, 1.3),
    "total spin and pairs, 100 sites": Case(
        RING, STEADY, {"tot": {"total": True}, "p": {"pairs": True}}, 1.3
    ),
    "square of a sum, 100 sites": Case(RING, STEADY, {"m2": "sites.x**2"}),
    "flux of each, 100 sites": Case(RING, STEADY, {"light": {"flux": "decay"}}),
    "spectrum of each, 100 sites": Case(RING, IN_BINS, {"light": {"spectrum": "decay"}}, 1.5),
    "spectrum": Case(DRIVEN, IN_WINDOW, {"light": {"spectrum": "out"}}, 1.5),
    "homodyne": Case(DRIVEN, IN_WINDOW, {"noise": {"homodyne": "out", "angle": "best"}}),
    "g1 and g2": Case(DRIVEN, IN_WINDOW, {"g1": {"g1": "out"}, "g2": {"g2": "out"}}),
    "counts": Case(DRIVEN, IN_WINDOW, {"number": {"quanta": "out"}}),
    "coincidences": Case(DRIVEN, IN_WINDOW, {"g2": {"coincidence": "out"}}),
}

TRAJECTORIES = 1024
"""So many that what is done once for a run does not count."""


def seconds(case: Case, observables: Mapping[str, Any]) -> float:
    """Of one run; what is compiled is compiled before."""
    start = time.perf_counter()
    twoqs.simulate(case.model, trajectories=TRAJECTORIES, observables=observables, **case.settings)
    return time.perf_counter() - start


def ratio(case: Case, turns: int) -> tuple[float, float]:
    """Best time with the request over the best without, and the latter."""
    for asked in ({}, case.observables):
        seconds(case, asked)
    both = [(seconds(case, {}), seconds(case, case.observables)) for _ in range(turns)]
    without, with_it = (min(one) for one in zip(*both, strict=True))
    return with_it / without, without


DEFAULT = """
import time
import twoqs

ring = twoqs.Model(
    100, lattice=twoqs.chain(100, periodic=True), coupling=(0.5, -0.8, 0), decay=1.0
)
one = twoqs.Model(100, field=(1.5, 0, 0), decay=1.0)
found = []
for model in (ring, one):
    times = []
    for _ in range(6):
        start = time.perf_counter()
        twoqs.simulate(model, times=[0.1 * k for k in range(101)], trajectories=256)
        times.append(time.perf_counter() - start)
    found.append(min(times[1:]))
print(*found)
"""


def defaults(folder: Path) -> list[float]:
    """Best times of the moments alone of a ring and of one spin, by the package in a folder."""
    environment = os.environ | {"PYTHONPATH": str(folder.resolve())}
    found = subprocess.run(
        [sys.executable, "-c", DEFAULT], env=environment, cwd=folder, check=True,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [float(one) for one in found.split()]


def main() -> None:
    """Print a line for each request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--before", type=Path, help="checkout of an earlier version")
    options = parser.parse_args()
    print(cpu_model())
    for name, case in CASES.items():
        times, without = ratio(case, options.turns)
        wanted = "" if case.most is None else f"   (at most {case.most})"
        print(f"{name:34s} {times:5.2f} of {1e3 * without:7.1f} ms{wanted}")
    if options.before is not None:
        here = Path(twoqs.__file__).parents[1]
        both = [(defaults(here), defaults(options.before)) for _ in range(options.turns)]
        for k, name in enumerate(("ring of 100", "one spin")):
            now, before = (min(one[side][k] for one in both) for side in (0, 1))
            print(f"moments alone, {name:20s} {now / before:5.3f} of before   (at most 1.02)")


if __name__ == "__main__":
    main()
