"""Models of one kind of term each, of any length of the spins: what `bias.py` measures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import cos, pi, sin, sqrt
from typing import Any

import twoqs as tq

THETA, PHI = 1.2, 0.4
TILTED = tq.coherent(THETA, PHI)
LIGHT = tq.Mode("light")

Make = Callable[[float], tq.Model]


def of_words(size: float, **terms: Any) -> tq.Model:
    return tq.Model(spin=size, **{"initial": TILTED, **terms})


def baths(size: float, *jumps: tuple[float, float]) -> tq.Model:
    """Jump operators u S^- + v S^+ with these u and v."""
    one = tq.Spin(size, "s")
    found = [tq.jump(u * one.minus + v * one.plus, 1 / (2 * size)) for u, v in jumps]
    return tq.Model(jumps=found, initial={"s": TILTED})


def common_bath(size: float) -> tq.Model:
    one, other = tq.Spin(size, "s"), tq.Spin(size, "t")
    start = {"s": TILTED, "t": tq.coherent(pi - THETA, PHI)}
    return tq.Model(jumps=[tq.jump(one.minus + other.minus, 1 / (2 * size))], initial=start)


def coupled(size: float, kind: str) -> tq.Model:
    """A spin and a lossy mode."""
    one = tq.Spin(size, "s")
    energy = {
        "cavity": (LIGHT.a * one.plus + LIGHT.adag * one.minus) / sqrt(2 * size),
        "dicke": LIGHT.n + one.z + 0.9 / sqrt(2 * size) * (LIGHT.a + LIGHT.adag) * one.x,
        "dispersive": (LIGHT.n * one.z) / size + sqrt(size) / 2 * (LIGHT.a + LIGHT.adag),
    }[kind]
    return tq.Model(hamiltonian=energy, jumps=[tq.jump(LIGHT.a, 0.5)], initial={"s": TILTED})


def kerr(size: float) -> tq.Model:
    energy = (LIGHT.n**2 - LIGHT.n) / (2 * size)
    start: dict[str, Any] = {"light": tq.gaussian(sqrt(size))}
    return tq.Model(hamiltonian=energy, jumps=[tq.jump(LIGHT.a, 0.5)], initial=start)


def ensemble(size: float, own: str) -> tq.Model:
    """2S driven members and their processes, with a bath in common."""
    atoms = tq.Ensemble(round(2 * size), "s")
    jumps = [tq.jump(tq.each(getattr(atoms, own)), 0.5), tq.jump(atoms.minus, 0.5 / (2 * size))]
    return tq.Model(hamiltonian=atoms.x, jumps=jumps, initial={"s": TILTED})


KEYWORDS: dict[str, Make] = {
    "drive": partial(of_words, field=(1.0, 0, 0.5)),
    "coupling": partial(
        of_words, lattice=tq.chain(2, periodic=False), coupling=(0.5, -0.8, 0.3)),
    "twisting": partial(of_words, twist=(1.0, 0, 0)),
    "decay": partial(of_words, decay=1.0),
    "gain": partial(of_words, gain=1.0),
    "dephasing": partial(of_words, dephasing=0.3),
}  # fmt: skip
OPERATORS: dict[str, Make] = {
    "mixed jump": lambda size: baths(size, (cos(0.5), sin(0.5))),
    "thermal bath": lambda size: baths(size, (sqrt(1.5), 0.0), (0.0, sqrt(0.5))),
    "common bath": common_bath,
    "Tavis-Cummings": partial(coupled, kind="cavity"),
    "Dicke": partial(coupled, kind="dicke"),
    "dispersive": partial(coupled, kind="dispersive"),
    "Kerr": kerr,
    "ensemble, decay of each": partial(ensemble, own="minus"),
    "ensemble, pump of each": partial(ensemble, own="plus"),
    "ensemble, dephasing of each": partial(ensemble, own="z"),
}
