"""What estimates of errors cost: runs with each budget beside the same without one, in turns.

Run: python benchmarks/budget.py [--turns N]
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from typing import Any

import twoqs
from twoqs.simulation.provenance import cpu_model

ATOM, CAVITY = twoqs.Spin(20, "atom"), twoqs.Mode("cavity")
DRIVEN = twoqs.Model(100, field=(0.5, 0, 0), decay=1.0)
DICKE = twoqs.Model(
    hamiltonian=CAVITY.n + ATOM.z + 0.2 * (CAVITY.a + CAVITY.adag) * ATOM.x,
    jumps=[twoqs.jump(CAVITY.a, 1.0)],
)
RING = twoqs.Model(5000, lattice=twoqs.chain(100), coupling=(0.5, -1.0, 0), decay=1.0)

BUDGETS: tuple[tuple[str, ...] | None, ...] = ((), ("drift",), ("step",), ("drift", "step"), None)

Run = tuple[twoqs.Model, dict[str, Any]]
RUNS: dict[str, Run] = {
    "driven spin, short": (DRIVEN, {"average": (20, 40), "trajectories": 256}),
    "driven spin": (DRIVEN, {"average": (100, 400), "trajectories": 1024}),
    "driven spin, 4096": (DRIVEN, {"average": (100, 400), "trajectories": 4096}),
    "driven spin, 80000 steps": (DRIVEN, {"average": (100, 4000), "trajectories": 1024}),
    "driven spin, 121 times": (DRIVEN, {"times": [0.5 * n for n in range(121)]}),
    "spin and mode": (DICKE, {"average": (10, 30), "trajectories": 1024}),
    "chain of 100": (RING, {"average": (2, 6), "trajectories": 512}),
    "chain of 100, correlations": (
        RING, {"average": (2, 6), "trajectories": 512, "observables": ("correlation",)},
    ),
}  # fmt: skip


def seconds(model: twoqs.Model, settings: dict[str, Any], budget: tuple[str, ...] | None) -> float:
    """Of the processor, for one run in this thread."""
    start = time.thread_time()
    twoqs.simulate(model, budget=budget, workers=1, **settings)
    return time.thread_time() - start


def main() -> None:
    """Print one line for each run."""
    warnings.simplefilter("ignore", twoqs.NotStationaryWarning)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=9)
    turns = parser.parse_args().turns
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}")
    names = ["default" if one is None else " + ".join(one) or "none" for one in BUDGETS]
    head = f"{'run':<28}" + f"{names[0]:>12}" + "".join(f"{name:>14}" for name in names[1:])
    print(head + "\n" + "-" * len(head))
    for name, (model, settings) in RUNS.items():
        rows = [[seconds(model, settings, one) for one in BUDGETS] for _ in range(turns + 1)][1:]
        plain, *others = (min(column) for column in zip(*rows, strict=True))
        line = f"{name:<28}{1e3 * plain:>9.1f} ms"
        print(line + "".join(f"{one / plain - 1:>13.1%} " for one in others), flush=True)


if __name__ == "__main__":
    main()
