"""Initial states as classical spins and modes, with the Gaussian that is around them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats
from twoqs.model.initial import Initial, parts
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.states import InitialState, Squeezed
from twoqs.model.values import per_site

WANTED = "be coherent or squeezed for mean-field theory"


_Directed = InitialState | Squeezed | ModeState
"""States that have a direction, or an amplitude."""


def has_direction(model: Model) -> bool:
    """Whether every spin starts along a direction, in a Gaussian state, as modes do."""
    assert isinstance(model.initial, Initial)
    states = (state for state, _ in parts(model.initial, model.members))
    return all(isinstance(state, _Directed) for state in states)


def initial_spins(model: Model) -> Floats:
    """S_i times the direction that the initial state points along, shape (3, site).

    Of modes (Re a, -Im a, |a|^2).

    Raises:
        ArgumentError: for states without one.
    """
    found = np.empty((3, model.n_sites))
    for state, own in _states(model):
        if isinstance(state, ModeState):
            x, y = state.mean
            found[:, own] = np.array([[x], [y], [x**2 + y**2]])
            continue
        theta, phi = _angles(state, own)
        sine = np.sin(theta)
        directions = np.stack([sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)])
        # cos(pi/2) is not zero in floats; what is meant to be zero decides about symmetries.
        directions = np.where(np.abs(directions) < 1e-15, 0.0, directions)
        found[:, own] = model.spins[own] * directions
    return found


def initial_covariances(model: Model) -> Floats:
    """Symmetrised covariance of each spin in the initial state, shape (site, 3, 3).

    S/2 along both axes across the direction of a coherent state; sites are independent. Of modes
    the covariance of Re a, -Im a and, to leading order, n.

    Raises:
        ArgumentError: for states without a direction.
    """
    found = np.empty((model.n_sites, 3, 3))
    for state, own in _states(model):
        if isinstance(state, ModeState):
            x, y = state.mean
            spanning = np.array([[1.0, 0.0], [0.0, 1.0], [2 * x, 2 * y]])
            found[own] = spanning @ state.covariance @ spanning.T
            continue
        theta, phi = _angles(state, own)
        zero = np.zeros_like(theta)
        polar = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)])
        around = np.stack([-np.sin(phi), np.cos(phi), zero])
        angle, variances = 0.0, (1.0, 1.0)
        if isinstance(state, Squeezed):
            angle, variances = state.angle, state.variances
        one = np.cos(angle) * polar + np.sin(angle) * around
        other = np.cos(angle) * around - np.sin(angle) * polar
        pairs = zip(variances, (one, other), strict=True)
        outer = sum(variance * np.einsum("ai,bi->iab", u, u) for variance, u in pairs)
        found[own] = model.spins[own, None, None] / 2 * outer
    return found


def _states(model: Model) -> Iterator[tuple[_Directed, slice]]:
    """States with the sites that have them."""
    require(has_direction(model), "initial", WANTED, model.initial)
    assert isinstance(model.initial, Initial)
    first = 0
    for state, members in parts(model.initial, model.members):
        own = slice(first, first + sum(member.n_sites for member in members))
        first = own.stop
        assert isinstance(state, _Directed)
        yield state, own


def _angles(state: InitialState | Squeezed, own: slice) -> tuple[Floats, Floats]:
    """Polar angle and azimuth of each spin, shape (site,)."""
    count = own.stop - own.start
    return per_site(state.theta, count), per_site(state.phi, count)
