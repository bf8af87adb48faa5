"""Models with modes in the language of models: what is known of them, and a wrong one of each."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twoqs import Ensemble, Mode, Model, Spin, coherent, each, gaussian, jump

LIGHT, OTHER = Mode("light"), Mode("other")


class ModeCase(NamedTuple):
    """A model and how near the method is to it.

    Attributes:
        spins: tolerance of means over S, and of second moments over S^2.
        modes: tolerance of n over its largest, of <a> over its root, of second moments over n.
        what, wrong: a mistake, and the model with it.
    """

    model: Model
    end: float
    spins: tuple[float, float]
    modes: tuple[float, float, float]
    what: str
    wrong: Model
    trajectories: int = 2**16

    @property
    def times(self) -> list[float]:
        """Of which the first is 0."""
        return np.linspace(0, self.end, 13).tolist()


EXACT = (0.003, 0.003, 0.003)
"""What the default step leaves of a linear model."""

NO_SPINS = (0.0, 0.0)


def tavis_cummings(g: float = 0.5, loss: float = 1.0, spin: float = 10) -> Model:
    """g (a S^+ + a^+ S^-), all up: a burst."""
    s = Spin(spin, "s")
    energy = g * (LIGHT.a * s.plus + LIGHT.adag * s.minus)
    return Model(hamiltonian=energy, jumps=[jump(LIGHT.a, loss)], initial={"s": "up"})


def open_dicke(
    coupling: float, spin: float = 5, loss: float = 0.5, counter_rotating: float = 1.0
) -> Model:
    """n + S^z + lambda/sqrt(2S) (a + a^+)(S^+ + S^-), all down."""
    s = Spin(spin, "s")
    along = LIGHT.a * s.plus + LIGHT.adag * s.minus
    counter = LIGHT.a * s.minus + LIGHT.adag * s.plus
    pair = coupling / math.sqrt(2 * spin) * (along + counter_rotating * counter)
    return Model(hamiltonian=LIGHT.n + s.z + pair, jumps=[jump(LIGHT.a, loss)])


def kerr(strength: float = 0.1) -> Model:
    """strength/2 a^+ a^+ a a, with the drive 2 and the loss 1."""
    energy = 2.0 * (LIGHT.a + LIGHT.adag) + strength / 2 * (LIGHT.n**2 - LIGHT.n)
    return Model(hamiltonian=energy, jumps=[jump(LIGHT.a, 1.0)])


def dispersive(chi: float = 0.1, spin: float = 20) -> Model:
    """chi n S^z of a driven mode and a spin along x."""
    s = Spin(spin, "s")
    return Model(
        hamiltonian=0.6 * (LIGHT.a + LIGHT.adag) + 0.2 * s.x + chi * LIGHT.n * s.z,
        jumps=[jump(LIGHT.a, 1.0)],
        initial={"light": gaussian(0.6), "s": coherent(math.pi / 2, 0)},
    )


def two_modes(g: float = 0.5, loss: float = 0.1) -> Model:
    """A quantum that goes to and fro: one of two modes begins with <n> = 1."""
    return Model(
        hamiltonian=g * (LIGHT.adag * OTHER.a + OTHER.adag * LIGHT.a),
        jumps=[jump(LIGHT.a, loss), jump(OTHER.a, loss)],
        initial={"light": gaussian(1.0)},
    )


def parametric(drive: float = 0.15, loss: float = 0.5) -> Model:
    """i drive/2 (a^+2 - a^2), below threshold where the drive is below the loss."""
    return Model(
        hamiltonian=0.5j * drive * (LIGHT.adag**2 - LIGHT.a**2), jumps=[jump(LIGHT.a, loss)]
    )


def thermal_bath(n: float = 0.7, rate: float = 0.5) -> Model:
    """A mode in its vacuum that warms up."""
    return Model(jumps=[jump(LIGHT.a, rate * (n + 1)), jump(LIGHT.adag, rate * n)])


def laser(pump: float = 0.5, dephasing: float = 0.1) -> Model:
    """Ten members that are pumped and dephased one by one, in a cavity."""
    atoms = Ensemble(10, "atoms")
    return Model(
        hamiltonian=0.4 * (LIGHT.a * atoms.plus + LIGHT.adag * atoms.minus),
        jumps=[
            jump(LIGHT.a, 0.5),
            jump(each(atoms.plus), pump),
            jump(each(atoms.z), dephasing),
        ],
    )


CASES = {
    "Tavis-Cummings burst, S = 10": ModeCase(
        tavis_cummings(), 6, (0.02, 0.03), (0.02, 0.02, 0.03),
        "half the loss", tavis_cummings(loss=0.5),
    ),
    "open Dicke, S = 5, lambda = .35": ModeCase(
        open_dicke(0.35), 12, (0.01, 0.01), (0.05, 0.01, 0.01),
        "no counter-rotating terms", open_dicke(0.35, counter_rotating=0.0), 2**18,
    ),
    "open Dicke, S = 5, lambda = .9": ModeCase(
        open_dicke(0.9), 12, (0.05, 0.05), (0.08, 0.05, 0.08),
        "half the loss", open_dicke(0.9, loss=0.25),
    ),
    "Kerr, K = .1": ModeCase(
        kerr(), 8, NO_SPINS, (0.01, 0.01, 0.02), "K = .05", kerr(0.05),
    ),
    "dispersive, S = 20, chi = .1": ModeCase(
        dispersive(), 5, (0.015, 0.015), (0.02, 0.015, 0.015),
        "chi = .05", dispersive(0.05),
    ),
    "two modes, one quantum": ModeCase(
        two_modes(), 8, NO_SPINS, EXACT, "half the loss", two_modes(loss=0.05),
    ),
    "parametric, below threshold": ModeCase(
        parametric(), 8, NO_SPINS, EXACT, "half the drive", parametric(0.075),
    ),
    "thermal bath, n = .7": ModeCase(
        thermal_bath(), 8, NO_SPINS, EXACT, "half the rate", thermal_bath(rate=0.25),
    ),
    "laser, N = 10": ModeCase(
        laser(), 8, (0.05, 0.05), (0.05, 0.05, 0.05), "half the pump", laser(pump=0.25),
    ),
}  # fmt: skip
