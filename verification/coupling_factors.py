"""What couplings between different spins are best divided by: a table of docs/accuracy.md.

A spin is turned by its partners' s_j, which the method takes as they are if they are short. Here
they are divided by the weight m_j of means, left as they are, or multiplied by it, and held against
the master equation. What acts between components of one spin, and friction, stay as they are.

python verification/coupling_factors.py [trajectories]      # some minutes on two cores
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from math import pi
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "flows"))

from cases import DOWN, MINUS, UP, X, Y, Z
from exact_spins import exact, sampled, trajectories

from twoqs.flows.generators import Bonds, Field, Generators, LocalJump
from twoqs.flows.plan import Plan, plan_of
from twoqs.flows.turn import Turn
from twoqs.kernels.compile.jit import LANES

TIMES = np.linspace(0, 6, 25)
CHOICES = {"divided by m": -1, "factor one": 0, "times m": 1}
"""Powers of m_j that couplings are multiplied by."""

ACROSS = pi / 2
SIDES, OPEN, RING = ((0, 1),), ((0, 1), (1, 2)), ((0, 1), (1, 2), (0, 2))

Start = tuple[float, ...]
"""Polar angles."""


class Rates(NamedTuple):
    """In units of which all depend on S alike: J/(2S), Gamma/(2S), and a field as it is."""

    bonds: tuple[tuple[int, int], ...]
    tensor: np.ndarray
    start: Start
    decay: tuple[float, ...]
    field: tuple[np.ndarray, ...] = ()

    def generators(self, spin: float) -> Generators:
        tensors = np.tile(self.tensor / (2 * spin), (len(self.bonds), 1, 1))
        return Generators(
            [spin] * len(self.start),
            bonds=[Bonds(self.bonds, tensors)],
            fields=[Field(list(self.field))] if self.field else [],
            local=[LocalJump(MINUS, np.array(self.decay) / (2 * spin))],
        )


def xyz(x: float, y: float, z: float) -> np.ndarray:
    return np.diag([x, y, z])


TWIST = np.outer(X, Y) - np.outer(Y, X)

MODELS = {
    "precession about a polarised spin": Rates(SIDES, xyz(0, 0, 2), (ACROSS, UP), (0, 0)),
    "the same, decay 0.5 of the other": Rates(SIDES, xyz(0, 0, 2), (ACROSS, DOWN), (0, 0.5)),
    "exchange with a polarised spin": Rates(SIDES, xyz(1, 1, 1), (ACROSS, UP), (0.2, 0.2)),
    "precession between two polarised spins": Rates(
        OPEN, xyz(0, 0, 1), (UP, ACROSS, UP), (0, 0, 0),
    ),
    "one up, one down, J = (1, 1, 0), decay 0.2": Rates(
        SIDES, xyz(1, 1, 0), (UP, DOWN), (0.2, 0.2),
    ),
    "pair creation, J = (0.8, -0.8, 0), decay 1": Rates(
        SIDES, xyz(0.8, -0.8, 0), (DOWN, DOWN), (1, 1),
    ),
    "pair creation, three, decay 1": Rates(
        OPEN, xyz(0.6, -0.6, 0), (DOWN, DOWN, DOWN), (1, 1, 1),
    ),
    "order, J = (1, -3, 0), decay 1": Rates(SIDES, xyz(1, -3, 0), (DOWN, DOWN), (1, 1)),
    "order, three, J = (1, -3, 0), decay 1": Rates(
        OPEN, xyz(1, -3, 0), (DOWN, DOWN, DOWN), (1, 1, 1),
    ),
    "two, J = (0.9, 1.7, 1), decay 0.5": Rates(SIDES, xyz(0.9, 1.7, 1), (UP, UP), (0.5, 0.5)),
    "ring of three, J = (0.9, 1.7, 1), decay 0.5": Rates(
        RING, xyz(0.9, 1.7, 1), (UP, UP, UP), (0.5, 0.5, 0.5),
    ),
    "Ising, J = 1, field 0.5, decay 0.5": Rates(
        SIDES, xyz(0, 0, 1), (DOWN, DOWN), (0.5, 0.5), (0.5 * X, 0.5 * X),
    ),
    "S1 x S2 along z, field 0.5, decay 0.5": Rates(
        SIDES, TWIST, (DOWN, DOWN), (0.5, 0.5), (0.5 * X, 0.5 * X + 0.3 * Z),
    ),
}  # fmt: skip

PRECESSION = tuple(name for name, rates in MODELS.items() if ACROSS in rates.start)
"""One spin turns about others at a pole."""

SPINS = (1, 2, 4)
LARGEST = 150
"""Dimension of the master equation."""


def with_power(plan: Plan, weights: np.ndarray, power: int) -> Plan:
    """The plan with couplings between different spins times m_j^power."""

    def scaled(flow: Turn) -> Turn:
        couplings = []
        for column, matrix in flow.couplings:
            entries = matrix.tocoo()
            other = entries.row != entries.col
            entries.data = entries.data * np.where(
                other, weights[flow.sites[entries.col]] ** power, 1.0
            )
            couplings.append((column, entries.tocsr()))
        return replace(flow, couplings=tuple(couplings))

    flows = tuple(scaled(flow) if isinstance(flow, Turn) else flow for flow in plan.flows)
    return replace(plan, flows=flows)


def deviations(rates: Rates, spin: float, lanes: int) -> list[tuple[float, float]]:
    """For each choice the largest of means in units of S, and of second moments of S^2."""
    generators = rates.generators(spin)
    start = list(rates.start), [0.0] * len(rates.start)
    expected, first = exact(generators, *start, TIMES), 3 * len(rates.start)
    found = []
    for power in CHOICES.values():
        plan = with_power(plan_of(generators), generators.weights, power)
        states = trajectories(generators, *start, TIMES, lanes=lanes, plan=plan)
        off = np.abs([sampled(generators, state)[0] for state in states] - expected)
        found.append((float(off[:, :first].max()), float(off[:, first:].max())))
    return found


def row(name: str, spin: float, pairs: np.ndarray, show: Callable[[float], str]) -> str:
    cells = (", ".join(map(show, pair)) for pair in pairs)
    return f"| {name} | {spin:g} | {' | '.join(cells)} |"


def main() -> None:
    lanes = int(sys.argv[1]) if len(sys.argv) > 1 else 2**16
    assert lanes % LANES == 0, f"trajectories come in blocks of {LANES}"
    print("| model | S | " + " | ".join(CHOICES) + " |\n" + "|---" * (2 + len(CHOICES)) + "|")
    kept: dict[float, dict[str, list[tuple[float, float]]]] = {spin: {} for spin in SPINS}
    for name, rates in MODELS.items():
        for spin in SPINS:
            if (2 * spin + 1) ** len(rates.start) > LARGEST:
                continue
            kept[spin][name] = deviations(rates, spin, lanes)
            print(row(name, spin, np.array(kept[spin][name]), "{:.3f}".format), flush=True)
    for group, chosen in (("precession", True), ("others", False)):
        for spin, of_models in kept.items():
            here = [pairs for name, pairs in of_models.items() if (name in PRECESSION) == chosen]
            rms = np.sqrt(np.mean(np.square(here), axis=0))
            print(row(f"root-mean-square, {group}", spin, rms, "{:.3f}".format))


if __name__ == "__main__":
    main()
