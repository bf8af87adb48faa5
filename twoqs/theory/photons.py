"""How many quanta of each mode are kept, and whether these are enough."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import TwoqsError, require
from twoqs.model.arguments import integer
from twoqs.model.arrays import Floats
from twoqs.model.initial import Initial, parts
from twoqs.model.kinds import MODE
from twoqs.model.language.names import meant
from twoqs.model.limits import MOST_STATES
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.theory.exponential import Matrix
from twoqs.theory.factors import ModeFactor
from twoqs.theory.space import Space, log_dimension

Photons: TypeAlias = int | Mapping[str, int] | None
"""As users give them: for all modes, or by the names of members."""

FEWEST = 10
"""Quanta that are kept at least where their number is not given."""

LOST = 1e-8
"""Probability beyond the cut in the initial state, about."""

MOST_LAST = 1e-6
"""Largest population of the last level of a mode: what is cut off changes moments by about it."""


def photon_cuts(model: Model, photons: Photons) -> dict[str, int]:
    """The largest number of quanta in each mode, by the names of members.

    Args:
        photons: for all modes, or some by their names; where it is left out, what the initial
            state of the mode needs, and at least 10.

    Raises:
        ArgumentError: for numbers below 1, and names of no modes.
    """
    names = [member.name or "" for member in model.members if member.kind == MODE]
    given: Mapping[Any, Any]
    if isinstance(photons, Mapping):
        given = photons
        for name in given:
            require(name in names, "photons", f"name modes of the model{meant(str(name), names)}",
                    name)  # fmt: skip
    else:
        given = {} if photons is None else dict.fromkeys(names, photons)
    assert isinstance(model.initial, Initial)
    found = {}
    for state, members in parts(model.initial, model.members):
        for name in (member.name or "" for member in members if member.kind == MODE):
            if name in given:
                found[name] = integer("photons", given[name], 1)
            else:
                assert isinstance(state, ModeState)
                found[name] = _of_state(state)
    return found


def _of_state(state: ModeState) -> int:
    """Quanta with all but about LOST of the probability."""
    size = abs(state.alpha)
    wide = (state.n + 0.5) * math.exp(2 * state.r) - 0.5
    tail = math.log(LOST) / math.log(wide / (1 + wide)) if wide > 0 else 0.0
    most = size**2 + 6 * size + tail
    return FEWEST + (math.ceil(most) if most < MOST_STATES else MOST_STATES)


class PhotonCutError(TwoqsError):
    """The last level of a mode is populated."""


def last_levels(space: Space, rho: Matrix) -> Floats:
    """The largest population of the last level of each mode."""
    populations = np.diagonal(rho).real.reshape(space.sizes)
    modes = [k for k, factor in enumerate(space.factors) if isinstance(factor, ModeFactor)]
    return np.array([populations.take(-1, axis=k).sum() for k in modes])


def require_room(model: Model, quanta: Mapping[str, float], limit: int) -> None:
    """Refuse modes that have more quanta than fit, before anything is solved.

    Args:
        quanta: that are populated in any case, by the names of all modes.
        limit: largest dimension of the Hilbert space.

    Raises:
        PhotonCutError: if that does not fit.
    """
    cuts = {name: max(1, math.ceil(most)) for name, most in quanta.items()}
    if log_dimension(model, cuts) > math.log(limit):
        raise PhotonCutError(
            f"Modes with {', '.join(f'{most:.2g}' for most in quanta.values())} quanta need more "
            f"than the {limit} dimensions that the Hilbert space may have."
        )


def raised(cuts: Mapping[str, int], model: Model, last: Floats, limit: int) -> dict[str, int]:
    """More quanta for the modes whose last levels are populated.

    Args:
        last: what `last_levels` found.
        limit: largest dimension of the Hilbert space.

    Raises:
        PhotonCutError: if that does not fit.
    """
    modes = [member for member in model.members if member.kind == MODE]
    ends = np.cumsum([member.n_sites for member in modes])
    full = {
        member.name or "": float(np.max(own))
        for member, own in zip(modes, np.split(last, ends[:-1]), strict=True)
        if np.max(own) > MOST_LAST
    }
    for factor in (1.6, 1.2):
        more = {name: math.ceil(factor * cuts[name]) + 1 for name in full}
        if log_dimension(model, {**cuts, **more}) <= math.log(limit):
            return {**cuts, **more}
    name = max(full, key=lambda mode: full[mode])
    raise PhotonCutError(
        f"The mode {name or 'of the model'} needs more quanta than theory can keep: of at most "
        f"{cuts[name]} the last level has the population {full[name]:.2g}, and the Hilbert space "
        f"may have {limit} dimensions (`limit`)."
    )
