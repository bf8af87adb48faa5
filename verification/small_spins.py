"""How far off small spins are: the rows of docs/accuracy.md, largest deviations from exact results.

python verification/small_spins.py [trajectories]       # a few minutes on two cores
"""

from __future__ import annotations

import sys
import warnings
from math import pi

import numpy as np

import twoqs
from twoqs.theory import evolve

TIMES = tuple(np.linspace(0.25, 6.0, 24).tolist())
"""To the steady state, or nearly so, with the rates of 1 below."""

ALONE = {
    "decay from the pole": {"decay": 1.0, "initial": "up"},
    "decay from x": {"decay": 1.0, "initial": twoqs.coherent(pi / 2)},
    "drive 1.3 and decay": {"field": (1.3, 0, 0), "decay": 1.0},
    "twisting 1 and decay 0.5": {
        "twist": (1.0, 0, 0), "decay": 0.5, "initial": "down",
    },
    "field and dephasing": {
        "field": (1.0, 0, 0.5), "dephasing": 0.3, "initial": twoqs.coherent(1.0),
    },
}  # fmt: skip

COUPLED = {
    "2 spins, J = (1, -3, 0), decay 1": {
        "lattice": twoqs.chain(2, periodic=False), "coupling": (1.0, -3.0, 0), "decay": 1.0,
    },
    "3 spins, J = (0.9, 1.7, 1), decay 0.5": {
        "lattice": twoqs.chain(3), "coupling": (0.9, 1.7, 1.0), "decay": 0.5, "initial": "up",
    },
}  # fmt: skip

HALVES = {
    **{name: terms for name, terms in ALONE.items() if "twist" not in terms}, **COUPLED,
    "4 spins, J = (0.9, 1.7, 1), decay 0.5": {
        "lattice": twoqs.chain(4), "coupling": (0.9, 1.7, 1.0), "decay": 0.5, "initial": "up",
    },
    "5 spins, J = (1.8, 2.2, 2), decay 0.5": {
        "lattice": twoqs.chain(5), "coupling": (1.8, 2.2, 2.0), "decay": 0.5, "initial": "up",
    },
    "6 spins, J = (0, 0, 1), field 0.5, decay 0.5": {
        "lattice": twoqs.chain(6), "coupling": (0, 0, 1.0), "field": (0.5, 0, 0), "decay": 0.5,
    },
    "6 spins, all to all, J = (0.5, -0.5, 0), decay 0.5": {
        "lattice": twoqs.all_to_all(6), "coupling": (0.5, -0.5, 0), "decay": 0.5,
    },
    "6 spins, J = (0, 0, 1), field 0.5": {
        "lattice": twoqs.chain(6), "coupling": (0, 0, 1.0), "field": (0.5, 0, 0), "initial": "up",
    },
    "2 spins, up and down, J = (1, 1, 0)": {
        "lattice": twoqs.chain(2, periodic=False), "coupling": (1.0, 1.0, 0),
        "initial": twoqs.coherent([0, pi], 0.0),
    },
}  # fmt: skip
"""Spins 1/2, for which "discrete" is made; rings but for the pairs."""

SCHEMES = (("conserving", "W"), ("pda", "P"), ("pda", "W"), ("pda", "Q"))


def deviations(model: twoqs.Model, scheme: str, kind: str, trajectories: int) -> list[float]:
    """Largest over the times, and over x, y, z: of means in units of S, of variances of S^2."""
    neglect = "interaction-diffusion" if kind != "W" and model.interacting else None
    found = twoqs.simulate(
        model, times=TIMES, trajectories=trajectories, scheme=scheme, representation=kind,
        neglect=neglect, seed=12,
    )  # fmt: skip
    exact = evolve(model, TIMES)
    names = (("sx", "sy", "sz"), ("var_sx", "var_sy", "var_sz"))
    return [
        max(float(np.abs(found[name] - exact[name]).max()) for name in group) / model.spin**power
        for power, group in enumerate(names, 1)
    ]


def written(value: float) -> str:
    return f"{value:.3f}" if value < 1e3 else "unbounded"


def print_halves(trajectories: int) -> None:
    """The table of "discrete"."""
    schemes = ("discrete", "conserving")
    print("\n| spins 1/2 | " + " | ".join(schemes) + " |\n|---|---|---|")
    for name, terms in HALVES.items():
        model = twoqs.Model(spin=0.5, **terms)
        found = (deviations(model, scheme, "W", trajectories) for scheme in schemes)
        print(f"| {name} | {' | '.join(', '.join(map(written, pair)) for pair in found)} |")


def main() -> None:
    trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 2**18
    # That these spins are small is the point, and that pda diverges is seen in the numbers.
    warnings.simplefilter("ignore")
    print("| model | S | " + " | ".join(f"{scheme}, {kind}" for scheme, kind in SCHEMES) + " |")
    print("|---" * (2 + len(SCHEMES)) + "|")
    for cases, spins in ((ALONE, (0.5, 1, 1.5, 2, 3, 5)), (COUPLED, (0.5, 1, 1.5, 2, 3))):
        for name, terms in cases.items():
            for spin in spins:
                model = twoqs.Model(spin=spin, **terms)
                if spin > 2 and model.n_sites > 2:
                    continue  # the master equation takes minutes
                found = (deviations(model, *scheme, trajectories) for scheme in SCHEMES)
                cells = " | ".join(", ".join(map(written, pair)) for pair in found)
                print(f"| {name} | {spin:g} | {cells} |", flush=True)
    print_halves(trajectories)


if __name__ == "__main__":
    main()
