"""Initial states: products of spin coherent states."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence, number, numbers
from twoqs.model.language.members import Sites, Spin
from twoqs.model.language.names import meant
from twoqs.model.values import Value, collapsed, entries, per_site


@dataclass(frozen=True)
class InitialState:
    """Product of spin coherent states, <S_i> = S (sin theta cos phi, sin theta sin phi, cos theta).

    Angles in radians, uniform or one for each site.
    """

    theta: Value
    phi: Value = 0.0


def coherent(theta: float | Sequence[float], phi: float | Sequence[float] = 0.0) -> InitialState:
    """Spin coherent state that points along (theta, phi), in radians (paper eqs. 19-20).

    Args:
        theta: polar angle in [0, pi] from +z, one for all sites or one for each.
        phi: azimuth from +x towards +y, likewise.

    Raises:
        ArgumentError: if an angle is not finite or theta lies outside [0, pi].
    """
    angles = [
        numbers(name, value) if is_sequence(value) else number(name, value)
        for name, value in (("theta", theta), ("phi", phi))
    ]
    for angle in entries(angles[0]):
        require(0.0 <= angle <= math.pi, "theta", "lie in [0, pi]", angle)
    return InitialState(*angles)


def initial_state(value: Any, members: Sequence[Spin | Sites]) -> InitialState:
    """The state of all spins.

    Args:
        value: "down", "up" or `coherent(...)` for all spins, or a mapping with one of these for
            the name of each member; members that it leaves out are down.

    Raises:
        ArgumentError: for anything else, and for members that do not exist.
    """
    if not isinstance(value, Mapping):
        return _state("initial", value, sum(member.n_sites for member in members))
    names = [member.name or "" for member in members]
    for name in value:
        wanted = f"name members of the model{meant(str(name), names)}"
        require(name in names, "initial", wanted, name)
    states = [
        _state(f"initial.{name}", value.get(name, "down"), member.n_sites)
        for name, member in zip(names, members, strict=True)
    ]
    theta, phi = (
        tuple(
            angle
            for state, member in zip(states, members, strict=True)
            for angle in per_site(getattr(state, name), member.n_sites).tolist()
        )
        for name in ("theta", "phi")
    )
    return InitialState(collapsed(theta), collapsed(phi))


def _state(name: str, value: Any, sites: int) -> InitialState:
    if isinstance(value, InitialState):
        angles = coherent(value.theta, value.phi)
        for part in ("theta", "phi"):
            given = getattr(angles, part)
            fits = not isinstance(given, tuple) or len(given) == sites
            require(fits, f"{name}.{part}", f"be one number or hold {sites} numbers", given)
        return InitialState(collapsed(angles.theta), collapsed(angles.phi))
    if isinstance(value, str) and value in ("down", "up"):
        return InitialState(math.pi if value == "down" else 0.0)
    raise ArgumentError.of(name, 'be "down", "up" or coherent(theta, phi)', value)
