"""Models near known limits of the method, and random ones: what known_limits.py measures."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sqrt
from typing import Any, NamedTuple

import numpy as np

import twoqs as tq

LIGHT = tq.Mode("light")
X = tq.coherent(pi / 2)


class Case(NamedTuple):
    """A model, and the time until which it is compared; `photons` is a cut that holds it."""

    model: tq.Model
    end: float
    photons: int | None = None
    scheme: str = "conserving"


def spin(size: float, end: float, **terms: Any) -> Case:
    """One spin, by the words of `Model`."""
    return Case(tq.Model(spin=size, **terms), end)


def mixed(size: float, theta: float) -> Case:
    """c = cos S^- + sin S^+, with the rate 1/(2S): a squeezed steady state."""
    one = tq.Spin(size, "s")
    c = np.cos(theta) * one.minus + np.sin(theta) * one.plus
    return Case(tq.Model(jumps=[tq.jump(c, 1 / (2 * size))]), 40.0)


def bath(
    sizes: tuple[float, float],
    start: tuple[Any, Any],
    end: float = 8.0,
    weight: complex = 1.0,
    drive: float = 0.0,
    exchange: float = 0.0,
) -> Case:
    """Two spins on one bath c = S_1^- + w S_2^-, of the rate 1/(2S) of the first one."""
    one, two = tq.Spin(sizes[0], "a"), tq.Spin(sizes[1], "b")
    rate = 1 / (2 * sizes[0])
    energy = drive * one.x + exchange * rate * (one.plus * two.minus + one.minus * two.plus)
    initial = {"a": start[0], "b": start[1]}
    jump = tq.jump(one.minus + weight * two.minus, rate)
    return Case(tq.Model(hamiltonian=energy, jumps=[jump], initial=initial), end)


def cascade(size: float, drive: float, end: float = 12.0) -> Case:
    """A driven spin whose field drives another one: H = -iG (c_2^+ c_1 - c_1^+ c_2) + drive."""
    one, two = tq.Spin(size, "a"), tq.Spin(size, "b")
    rate = 1 / (2 * size)
    tied = -1j * rate * (two.plus * one.minus - one.plus * two.minus)
    energy = tied + drive * (one.x + two.x)
    jump = tq.jump(one.minus + two.minus, rate)
    return Case(tq.Model(hamiltonian=energy, jumps=[jump]), end)


def chain(sites: int, size: float, end: float, periodic: bool = True, **terms: Any) -> Case:
    """Spins of a chain or ring, by the words of `Model`."""
    lattice = tq.chain(sites, periodic=periodic)
    return Case(tq.Model(spin=size, lattice=lattice, **terms), end)


def kerr(strength: float, drive: float, end: float = 10.0) -> Case:
    """K/2 a^+a^+aa, drive (a + a^+), loss 1."""
    n = LIGHT.n
    energy = strength / 2 * (n * n - n) + drive * (LIGHT.a + LIGHT.adag)
    return Case(tq.Model(hamiltonian=energy, jumps=[tq.jump(LIGHT.a, 1.0)]), end)


def dispersive(chi: float, size: float, end: float, drive: float = 0.0) -> Case:
    """chi a^+a S^z from x, loss 1."""
    one = tq.Spin(size, "s")
    energy = chi * LIGHT.n * one.z + drive * (LIGHT.a + LIGHT.adag)
    start = {"s": X}
    return Case(tq.Model(hamiltonian=energy, jumps=[tq.jump(LIGHT.a, 1.0)], initial=start), end)


def dicke(size: float, coupling: float, end: float = 12.0) -> Case:
    """Both frequencies 1, loss 1/2: the threshold is at 0.56."""
    one = tq.Spin(size, "s")
    tied = 2 * coupling / sqrt(2 * size) * (LIGHT.a + LIGHT.adag) * one.x
    return Case(tq.Model(hamiltonian=LIGHT.n + one.z + tied, jumps=[tq.jump(LIGHT.a, 0.5)]), end)


def cavity(size: float, g: float, loss: float, start: str, drive: float = 0.0) -> Case:
    """Tavis-Cummings, g (a S^+ + a^+ S^-)."""
    one = tq.Spin(size, "s")
    energy = g * (LIGHT.a * one.plus + LIGHT.adag * one.minus) + drive * (LIGHT.a + LIGHT.adag)
    jumps = [tq.jump(LIGHT.a, loss)]
    return Case(tq.Model(hamiltonian=energy, jumps=jumps, initial={"s": start}), 8.0)


UP_DOWN = ("up", "down")

NAMED: dict[str, Case] = {
    # One spin: what every model has.
    "decay from up, S=1": spin(1, 6, decay=1.0, initial="up"),
    "decay from up, S=5": spin(5, 6, decay=1.0, initial="up"),
    "drive 1.3, decay 1, S=2": spin(2, 12, decay=1.0, field=(1.3, 0, 0)),
    "drive 1.3, decay 1, S=6": spin(6, 12, decay=1.0, field=(1.3, 0, 0)),
    "drive 0.7, decay 1, S=3": spin(3, 12, decay=1.0, field=(0.7, 0, 0)),
    "decay 1, gain 0.6, S=3": spin(3, 12, decay=1.0, gain=0.6),
    "field and dephasing, S=2": spin(2, 10, field=(0.8, 0, 0.5), dephasing=0.2),
    # Twisting: short of, near and beyond a fold, open and closed.
    "twist 1, decay 0.5, S=2": spin(2, 6, twist=(1.0, 0, 0), decay=0.5),
    "twist 1, decay 0.125, S=10": spin(10, 6, twist=(1.0, 0, 0), decay=0.125),
    "twist 1, closed, S=5, t=4": spin(5, 4, twist=(1.0, 0, 0)),
    "twist 1, closed, S=5, t=9": spin(5, 9, twist=(1.0, 0, 0)),
    "twist 1, closed, S=5, t=16": spin(5, 16, twist=(1.0, 0, 0)),
    "twist 1, closed, S=10, t=12": spin(10, 12, twist=(1.0, 0, 0)),
    "twist 1, closed, S=10, t=32": spin(10, 32, twist=(1.0, 0, 0)),
    "twist 1, decay 0.1, S=5, t=16": spin(5, 16, twist=(1.0, 0, 0), decay=0.1),
    "twist 1, decay 0.02, S=5, t=16": spin(5, 16, twist=(1.0, 0, 0), decay=0.02),
    "twist 1, dephasing 0.3, S=5, t=16": spin(5, 16, twist=(1.0, 0, 0), dephasing=0.3),
    "twist z, from x, S=10, t=8": spin(10, 8, twist=(0, 0, 1.0), initial=X),
    "twist z, from x, S=10, t=31": spin(10, 31.4, twist=(0, 0, 1.0), initial=X),
    "two-axis 40, decay 2, S=10": spin(10, 0.5, twist=(40, -40, 0), decay=2.0, initial="up"),
    "two-axis 40, decay 2, S=20": spin(20, 0.5, twist=(40, -40, 0), decay=2.0, initial="up"),
    "two-axis 1, decay 1, S=10": spin(10, 6, twist=(1, -1, 0), decay=1.0, initial="up"),
    "two-axis 1, decay 1, S=5": spin(5, 6, twist=(1, -1, 0), decay=1.0, initial="up"),
    "two-axis 1, closed, S=10, t=2": spin(10, 2, twist=(1, -1, 0), initial="up"),
    "two-axis 1, closed, S=10, t=6": spin(10, 6, twist=(1, -1, 0), initial="up"),
    "two-axis 1, closed, S=40, t=2.5": spin(40, 2.5, twist=(1, -1, 0), initial="up"),
    "twist and turn 2, field 1, S=10, t=3": spin(10, 3, twist=(0, 0, 2), field=(1, 0, 0)),
    "twist and turn 2, field 1, S=10, t=12": spin(10, 12, twist=(0, 0, 2), field=(1, 0, 0)),
    "twist 3, field 1, decay 0.5, S=10": spin(
        10, 12, twist=(0, 0, 3), field=(1, 0, 0), decay=0.5),
    "twist 3, field 1, decay 0.05, S=10": spin(
        10, 12, twist=(0, 0, 3), field=(1, 0, 0), decay=0.05),
    "two, J=(.5,-1.6,0), twist .7, decay .01, S=3": chain(
        2, 3, 6, False, coupling=(0.5, -1.6, 0), twist=(0.7, 0, 0), decay=0.01),
    "the same, decay .5": chain(
        2, 3, 6, False, coupling=(0.5, -1.6, 0), twist=(0.7, 0, 0), decay=0.5),
    "the same, decay .01, to t=1": chain(
        2, 3, 1, False, coupling=(0.5, -1.6, 0), twist=(0.7, 0, 0), decay=0.01),
    "two, J=(1,.3,-.5), closed, S=5": chain(
        2, 5, 10, False, coupling=(1, 0.3, -0.5), initial=tq.coherent(1.0, 0.5)),
    # Squeezed steady states.
    **{f"squeezed jump th={th}, S={s}": mixed(s, th)
       for th, s in ((0.3, 5), (0.4, 10), (0.5, 5), (0.6, 5), (0.6, 10), (0.6, 20), (0.7, 10),
                     (0.7, 20), (0.7, 40))},
    # Common baths and cascades.
    **{f"one bath, up and down, S={s}": bath((s, s), UP_DOWN) for s in (1, 2, 3, 5)},
    **{f"one bath, both up, S={s}": bath((s, s), ("up", "up")) for s in (1, 2, 3)},
    "one bath, (5, 2)": bath((5, 2), UP_DOWN),
    "one bath, (3, 6)": bath((3, 6), UP_DOWN),
    "one bath, phase, exchange, (3, 6)": bath((3, 6), UP_DOWN, 8, np.exp(0.7j), 0, 1.0),
    "one bath, w=-1/2, (4, 4)": bath((4, 4), ("up", "up"), weight=-0.5),
    "one bath, driven, (5, 3)": bath((5, 3), ("down", "down"), drive=0.6),
    "one bath, driven, (2, 2)": bath((2, 2), ("down", "down"), drive=0.6),
    **{f"one bath, from x and -x, S={s}": bath((s, s), (X, tq.coherent(pi / 2, pi)))
       for s in (3, 5, 8)},
    **{f"one bath, from x and y, S={s}": bath((s, s), (X, tq.coherent(pi / 2, pi / 2)))
       for s in (3, 5)},
    **{f"one bath, drive {d} of one, S={s}": bath((s, s), ("down", "down"), drive=d)
       for s, d in ((3, 0.3), (3, 0.6), (5, 0.3), (5, 0.6), (5, 1.0))},
    "one bath, w=i, both up, S=3": bath((3, 3), ("up", "up"), weight=1j),
    "one bath, w=-1, both up, S=3": bath((3, 3), ("up", "up"), weight=-1.0),
    **{f"cascade, drive {d}, S={s}": cascade(s, d)
       for s, d in ((2, 0.3), (3, 0.3), (3, 0.5), (3, 0.8), (3, 1.2), (5, 0.5), (5, 0.8),
                    (6, 0.8))},
    # Chains of short spins.
    "ring of 3, (.5,-.8,0), decay 1, S=2": chain(3, 2, 12, coupling=(0.5, -0.8, 0), decay=1.0),
    "ring of 3, (.9,1.7,1), decay 1, S=2": chain(3, 2, 12, coupling=(0.9, 1.7, 1), decay=1.0),
    "ring of 3, (0,0,1), field .8, decay 1, S=2": chain(
        3, 2, 12, coupling=(0, 0, 1), field=(0.8, 0, 0), decay=1.0),
    "pair, (1,-3,0), decay 1, S=4": chain(2, 4, 12, False, coupling=(1, -3, 0), decay=1.0),
    "pair, (.5,-.8,0), decay 1, S=6": chain(2, 6, 12, False, coupling=(0.5, -0.8, 0), decay=1.0),
    "pair, (.5,-.8,0), decay 1, S=3": chain(2, 3, 12, False, coupling=(0.5, -0.8, 0), decay=1.0),
    # Modes.
    **{f"Kerr K={k}, drive {d}": kerr(k, d)
       for k, d in ((0.2, 0.3), (0.3, 1.0), (0.5, 2.0), (1.0, 0.3), (1.0, 1.0), (1.0, 2.0),
                    (1.0, 5.0), (3.0, 1.0), (3.0, 5.0), (0.6, 6.0))},
    "dispersive .1, S=5, t=8": dispersive(0.1, 5, 8),
    "dispersive .1, S=5, t=40": dispersive(0.1, 5, 40),
    "dispersive .5, S=5, t=8": dispersive(0.5, 5, 8),
    "dispersive .5, S=20, t=0.4": dispersive(0.5, 20, 0.4),
    **{f"open Dicke {g}, S={s}": dicke(s, g)
       for s, g in ((2, 0.35), (3, 0.35), (5, 0.35), (2, 0.9), (3, 0.9), (5, 0.9), (8, 0.9),
                    (3, 0.65), (5, 0.65))},
    **{f"cavity from up, S={s}": cavity(s, 0.5, 1.0, "up") for s in (2, 3, 5, 10)},
    "cavity ringing, S=3": cavity(3, 0.6, 0.1, "up"),
    "cavity ringing, S=8": cavity(8, 0.4, 0.1, "up"),
    "cavity driven, S=3": cavity(3, 0.4, 0.5, "down", 0.5),
    "cavity driven, S=2": cavity(2, 0.3, 0.5, "down", 0.5),
}  # fmt: skip


def of_pda() -> Iterator[tuple[str, Case]]:
    """Spins whose lengths drift apart with `pda`, and those whose do not, or where it hides."""
    for omega in (0.5, 0.8, 1.05, 1.2, 1.5, 2.0):
        for end in (2, 10, 40):
            yield f"drive {omega}, t={end}", spin(30, end, decay=1.0, field=(omega, 0, 0))
    for strength in (1, 5, 20):
        twist = {"twist": (0, 0, strength), "initial": X}
        yield f"twist {strength}, decay 0.1", spin(30, 5, decay=0.1, **twist)
        yield f"twist {strength}, decay 1", spin(30, 5, decay=1.0, **twist)
    for theta in (0.0, 0.05, 0.3, 1.0):
        yield f"decay from {theta}", spin(30, 8, decay=1.0, initial=tq.coherent(theta))


def random_cases(seed: int, count: int = 24) -> Iterator[tuple[str, Case]]:
    """Random models of one and two spins."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        pair = number % 2 == 1
        size = float(rng.choice([2, 3, 4, 5] if pair else [2, 3, 5, 8, 15]))
        j = rng.normal(size=3).round(2)
        field = (rng.normal(size=3) * [1, 1, 0.5]).round(2)
        decay, gain, dephasing = (10 ** rng.uniform([-1.3, -2, -2], [0.3, 0, -0.3])).round(3)
        end = float(rng.choice([2, 6, 12]))
        theta = float(rng.uniform(0, pi))
        terms: dict[str, Any] = {
            "field": tuple(field.tolist()), "decay": float(decay),
            "initial": tq.coherent(round(theta, 2)),
        }  # fmt: skip
        if rng.random() < 0.5:
            terms["gain"] = float(gain)
        if rng.random() < 0.5:
            terms["dephasing"] = float(dephasing)
        terms["coupling" if pair else "twist"] = tuple(j.tolist())
        name = (
            f"random {number}: {'pair' if pair else 'one'}, S={size:g}, decay {decay:g}, t={end:g}"
        )
        yield name, chain(2, size, end, False, **terms) if pair else spin(size, end, **terms)
