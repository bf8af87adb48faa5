"""Initial states as classical spins, with the Gaussian that is around them."""

from __future__ import annotations

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats
from twoqs.model.initial import Initial, parts
from twoqs.model.model import Model
from twoqs.model.states import InitialState, Squeezed
from twoqs.model.values import per_site

WANTED = "be coherent or squeezed for mean-field theory"


def has_direction(model: Model) -> bool:
    """Whether every spin starts along a direction, in a Gaussian state."""
    assert isinstance(model.initial, Initial)
    states = (state for state, _ in parts(model.initial, model.members))
    return all(isinstance(state, InitialState | Squeezed) for state in states)


def initial_spins(model: Model) -> Floats:
    """S_i times the direction that the initial state points along, shape (3, site).

    Raises:
        ArgumentError: for states without one.
    """
    theta, phi = _angles(model)
    sine = np.sin(theta)
    directions = np.stack([sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)])
    # cos(pi/2) is not zero in floats; what is meant to be zero decides about symmetries.
    return np.asarray(model.spins * np.where(np.abs(directions) < 1e-15, 0.0, directions))


def initial_covariances(model: Model) -> Floats:
    """Symmetrised covariance of each spin in the initial state, shape (site, 3, 3).

    S/2 along both axes across the direction of a coherent state; spins are independent.

    Raises:
        ArgumentError: for states without a direction.
    """
    theta, phi = _angles(model)
    zero = np.zeros_like(theta)
    polar = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)])
    around = np.stack([-np.sin(phi), np.cos(phi), zero])
    found = np.empty((model.n_sites, 3, 3))
    assert isinstance(model.initial, Initial)
    first = 0
    for state, members in parts(model.initial, model.members):
        own = slice(first, first + sum(member.n_sites for member in members))
        first = own.stop
        angle, variances = 0.0, (1.0, 1.0)
        if isinstance(state, Squeezed):
            angle, variances = state.angle, state.variances
        one = np.cos(angle) * polar[:, own] + np.sin(angle) * around[:, own]
        other = np.cos(angle) * around[:, own] - np.sin(angle) * polar[:, own]
        pairs = zip(variances, (one, other), strict=True)
        outer = sum(variance * np.einsum("ai,bi->iab", u, u) for variance, u in pairs)
        found[own] = model.spins[own, None, None] / 2 * outer
    return found


def _angles(model: Model) -> tuple[Floats, Floats]:
    """Polar angle and azimuth of each spin, shape (site,)."""
    require(has_direction(model), "initial", WANTED, model.initial)
    assert isinstance(model.initial, Initial)
    theta, phi = [], []
    for state, members in parts(model.initial, model.members):
        assert isinstance(state, InitialState | Squeezed)
        count = sum(member.n_sites for member in members)
        theta.append(per_site(state.theta, count))
        phi.append(per_site(state.phi, count))
    return np.concatenate(theta), np.concatenate(phi)
