"""Random models of one or two members that the master equation solves, S from 6 to 10."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import twoqs as tq

Draw = np.random.Generator


def _field(rng: Draw, spin: Any) -> Any:
    x, y, z = rng.uniform(-1.5, 1.5, 3)
    return x * spin.x + y * spin.y + z * spin.z


def _twist(rng: Draw, spin: Any, length: float) -> Any:
    x, z = rng.uniform(-1, 1, 2) / (2 * length)
    return x * spin.x**2 + z * spin.z**2


def _bath(rng: Draw, spin: Any) -> Any:
    """A jump operator of a spin, of one of five kinds."""
    angle = rng.uniform(0, 2 * np.pi)
    kinds = [
        spin.minus,
        spin.plus,
        np.cos(angle) * spin.x + np.sin(angle) * spin.z,
        np.cos(angle) * spin.minus + np.sin(angle) * spin.plus,
        spin.minus + 0.6 * np.exp(1j * angle) * spin.z,
    ]
    return kinds[rng.integers(5)]


def _direction(rng: Draw) -> Any:
    return tq.coherent(np.arccos(rng.uniform(-1, 1)), rng.uniform(0, 2 * np.pi))


def _rate(rng: Draw, length: float) -> float:
    return float(rng.uniform(0.2, 1.0) / (2 * length))


def one_spin(rng: Draw) -> tq.Model:
    """A field, twisting on most, one or two baths."""
    length = rng.integers(12, 21) / 2
    spin = tq.Spin(length, "a")
    energy = _field(rng, spin) + (_twist(rng, spin, length) if rng.random() < 0.7 else 0)
    jumps = [tq.jump(_bath(rng, spin), _rate(rng, length)) for _ in range(rng.integers(1, 3))]
    return tq.Model(hamiltonian=energy, jumps=jumps, initial=_direction(rng))


def two_spins(rng: Draw) -> tq.Model:
    """Exchange or Ising coupling, and a bath in common or one for each; S <= 7.5 for speed."""
    first, second = rng.integers(12, 16, 2) / 2
    a, b = tq.Spin(first, "a"), tq.Spin(second, "b")
    size = np.sqrt(first * second)
    x, y, z = rng.uniform(-1, 1, 3) / (2 * size)
    energy = _field(rng, a) + _field(rng, b) + x * a.x * b.x + y * a.y * b.y + z * a.z * b.z
    rate = _rate(rng, size)
    if rng.random() < 0.5:
        jumps = [tq.jump(a.minus + np.exp(1j * rng.uniform(0, 6)) * b.minus, rate)]
    else:
        jumps = [tq.jump(_bath(rng, a), rate), tq.jump(_bath(rng, b), _rate(rng, size))]
    initial = {"a": _direction(rng), "b": _direction(rng)}
    return tq.Model(hamiltonian=energy, jumps=jumps, initial=initial)


def with_mode(rng: Draw) -> tq.Model:
    """A spin or an ensemble in a lossy cavity that is driven weakly."""
    length = int(rng.integers(6, 9))
    spin = tq.Spin(length, "a") if rng.random() < 0.6 else tq.Ensemble(2 * length, "a")
    mode = tq.Mode("m")
    g, other = rng.uniform(0.2, 0.8, 2) / np.sqrt(2 * length)
    energy = rng.uniform(-1, 1) * mode.n + rng.uniform(-1, 1) * spin.z
    energy = energy + g * (mode.adag * spin.minus + mode.a * spin.plus)
    energy = energy + 0.2 * np.sqrt(length) * rng.uniform(-1, 1) * (mode.a + mode.adag)
    if rng.random() < 0.5:
        energy = energy + 0.3 * other * (mode.a * spin.minus + mode.adag * spin.plus)
    jumps = [tq.jump(mode.a, rng.uniform(0.5, 1.0))]
    if isinstance(spin, tq.Spin):
        jumps.append(tq.jump(spin.minus, _rate(rng, length)))
    return tq.Model(hamiltonian=energy, jumps=jumps, initial={"a": _direction(rng), "m": "vacuum"})


def ensemble(rng: Draw) -> tq.Model:
    """Members that decay, are pumped or lose their phase one by one, with a bath in common."""
    size = int(rng.integers(12, 21))
    group = tq.Ensemble(size, "a")
    energy = _field(rng, group) + (_twist(rng, group, size / 2) if rng.random() < 0.5 else 0)
    own = [tq.each(group.minus), tq.each(group.plus), tq.each(group.z)][rng.integers(3)]
    jumps = [tq.jump(own, rng.uniform(0.1, 0.5)), tq.jump(group.minus, _rate(rng, size / 2))]
    return tq.Model(hamiltonian=energy, jumps=jumps, initial=_direction(rng))


KINDS: tuple[Callable[[Draw], tq.Model], ...] = (one_spin, two_spins, with_mode, ensemble)


def random_model(number: int) -> tuple[tq.Model, dict[str, Any]]:
    """The model of this number, and when it is measured: in time, or in the steady state."""
    rng = np.random.default_rng([number, 2])
    make = KINDS[number % len(KINDS)]
    when: dict[str, Any] = {"times": (0.3, 1.0, 3.0, 8.0)}
    if make in (one_spin, ensemble) and number % 8 > 3:
        when = {"average": (40.0, 60.0)}
    return make(rng), when
