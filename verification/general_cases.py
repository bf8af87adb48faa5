"""Models of few spins with known answers, and beside each a wrong model that is near to it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from cases import CASES, DOWN, MINUS, PLUS, UP, Case, X, Z, cascade, exchange, pair, thermal, until

from twoqs.flows.generators import Bonds, Channel, Field, Generators, LocalJump, Onsite, Square


def waveguide(spin: float, phase: float, gamma: float) -> Generators:
    """Two spins a distance apart: rates G cos, couplings G sin."""
    coupling = 2 * gamma * math.sin(phase)
    return correlated([spin, spin], gamma, math.cos(phase), bonds=[exchange(coupling)])


def correlated(spins: list[float], rate: float, cross: float, **others: object) -> Generators:
    """c = S^- at two spins with rates G (1, x; x, 1), as an even and an odd channel.

    With a cross term of 1 it is one common bath, with 0 a bath for each.
    """
    even = Channel([0, 1], [MINUS, MINUS], rate * (1 + cross) / 2)
    odd = Channel([0, 1], [MINUS, -MINUS], rate * (1 - cross) / 2)
    return Generators(spins, channels=[even, odd], **others)


DRIVE = {"fields": [Field([0.6 * X, 0.6 * X])]}
LOSS = {"local": [LocalJump(MINUS, [0.03, 0.03])]}

LONG = {
    **CASES,
    "cascade from below": Case(cascade(6, 0.8, 1 / 12), [DOWN, DOWN], until(12), (0.06, 0.06)),
    "waveguide": Case(waveguide(6, math.pi / 3, 1 / 12), [UP, DOWN], until(8), (0.04, 0.04)),
    "unequal shares": Case(
        pair(4, 4, [MINUS, -0.5 * MINUS], 0.1), [UP, UP], until(8), (0.03, 0.03)
    ),
    "large and small": Case(pair(10, 2.5, [MINUS, MINUS], 0.1), [UP, UP], until(6), (0.03, 0.03)),
    "driven bath": Case(
        pair(5, 3, [MINUS, MINUS], 0.1, **DRIVE), [UP, DOWN], until(8), (0.03, 0.05)
    ),
    "twisting of two": Case(
        Generators([5, 5], squares=[Square(0.06, [X, X])], **LOSS),
        [DOWN, DOWN], until(6), (0.03, 0.05),
    ),
}  # fmt: skip


def split(spin: float, forms: list[np.ndarray], rate: float, **others: object) -> Generators:
    """Parts of one jump operator as jumps of their own: noise without its cross terms."""
    return Generators([spin], local=[LocalJump(form, [rate]) for form in forms], **others)


def weaker_bonds(name: str, factor: float) -> Generators:
    """A model of LONG with its couplings times a factor."""
    generators = LONG[name].generators
    bonds = [replace(b, tensors=factor * b.tensors) for b in generators.bonds]
    return replace(generators, bonds=bonds)


def turned_bonds(name: str) -> Generators:
    """A model of LONG with S_2^T J S_1 for S_1^T J S_2."""
    generators = LONG[name].generators
    bonds = [replace(b, tensors=b.tensors.transpose(0, 2, 1)) for b in generators.bonds]
    return replace(generators, bonds=bonds)


def late(name: str, delay: float) -> Case:
    """A case with its function of time behind by some time."""
    case = LONG[name]
    return case._replace(functions={1: lambda t: case.functions[1](t - delay)})


def each_pair_once(strength: float) -> Generators:
    """The square of a sum with its cross term counted once: X_1^2 + X_2^2 + X_1 X_2."""
    own = np.diag([strength, 0, 0])
    return Generators([5, 5], onsite=[Onsite([own, own])], bonds=[Bonds([(0, 1)], [own])], **LOSS)


NEAR = {
    # name: (what is wrong, the model or the case with it)
    "squeezing jump": (
        "parts independent",
        split(10, [math.cos(0.4) * MINUS, math.sin(0.4) * PLUS], 1 / 20),
    ),
    "dephasing about x": (
        "rate 10 % more",
        Generators([20], fields=[Field([Z])], local=[LocalJump(X, [0.11])]),
    ),
    "mixed jump": (
        "parts independent",
        split(6, [MINUS, 0.6 * Z], 1 / 12, fields=[Field([0.5 * X])]),
    ),
    "thermal bath": ("n = .5 for .7", thermal(10, 0.5)),
    "common bath": ("cross term .95", correlated([5, 2], 0.1, 0.95)),
    "dark state": ("cross term .99", correlated([3, 6], 0.1, 0.99)),
    "bath with a phase": (
        "phase -.7",
        pair(3, 6, [MINUS, np.exp(-0.7j) * MINUS], 0.1, bonds=[exchange(0.1)]),
    ),
    "cascade": ("one-way part .8", weaker_bonds("cascade", 0.8)),
    "Dzyaloshinskii-Moriya": ("coupling .8", weaker_bonds("Dzyaloshinskii-Moriya", 0.8)),
    "random tensors": ("spins exchanged", turned_bonds("random tensors")),
    "pulse": ("late by .1", late("pulse", 0.1)),
    "pulsed rate": ("late by .1", late("pulsed rate", 0.1)),
    "cascade from below": ("one-way part .8", weaker_bonds("cascade", 0.8)),
    "waveguide": ("distance .9", waveguide(6, 0.9 * math.pi / 3, 1 / 12)),
    "unequal shares": ("share -.48", pair(4, 4, [MINUS, -0.48 * MINUS], 0.1)),
    "large and small": ("cross term .95", correlated([10, 2.5], 0.1, 0.95)),
    "driven bath": ("cross term .98", correlated([5, 3], 0.1, 0.98, **DRIVE)),
    "twisting of two": ("each pair once", each_pair_once(0.06)),
}  # fmt: skip


def half_rates(case: Case) -> Case:
    """All jumps at half of their rates: D with the factor of QuTiP."""
    generators = case.generators
    local = [replace(jump, rates=jump.rates / 2) for jump in generators.local]
    channels = [replace(one, rate=one.rate / 2) for one in generators.channels]
    return case._replace(generators=replace(generators, local=local, channels=channels))


def near(name: str) -> tuple[str, Case]:
    """What is wrong with the model nearest to that of a row, and its case."""
    what, found = NEAR[name]
    return what, found if isinstance(found, Case) else LONG[name]._replace(generators=found)
