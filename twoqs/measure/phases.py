"""Models that stay the same if all spins turn about z, and all amplitudes by the same phase.

Such a phase diffuses for ever, as that of a laser. No mean depends on it: where trajectories begin
with any phase, x and y are zero on average, and x^2 and y^2 half of x^2 + y^2.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from twoqs.flows.generators import Channel, Generators, LocalJump, MemberJump
from twoqs.flows.lowered import generators_of
from twoqs.model.arrays import Floats
from twoqs.model.initial import AnyState, Initial, parts
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.states import Dicke, InitialState, Mixed, Mixture, Squeezed, Thermal

ANY_ANGLE = 1.0
"""Radians of a turn that is no symmetry of anything unless all turns are."""


@lru_cache(maxsize=8)
def phase_is_free(model: Model) -> bool:
    """Whether neither the terms nor the initial state of a model prefer a phase.

    The energy, and the products of jump operators with their conjugates at two points of phase
    space, are polynomials of second order: they are compared at random points, turned and not.
    """
    assert isinstance(model.initial, Initial)
    states = [state for state, _ in parts(model.initial, model.members)]
    if model.turns or not all(map(_any_phase, states)):
        return False
    if not model.general:
        return _words_are_free(model)
    generators = generators_of(model)
    rng = np.random.default_rng(0)
    values = rng.standard_normal(generators.parameters)  # of pulses: any
    s, t = rng.standard_normal((2, generators.n_sites, 3))
    c, d = math.cos(ANY_ANGLE), math.sin(ANY_ANGLE)
    turn = np.array([[c, -d, 0.0], [d, c, 0.0], [0.0, 0.0, 1.0]])
    plain, turned = (_products(generators, values, *two) for two in ((s, t), (s @ turn, t @ turn)))
    return bool(np.allclose(turned, plain, rtol=1e-9, atol=0.0))


def _words_are_free(model: Model) -> bool:
    """The same of what keywords say, at once, as maps have thousands of models."""
    terms = model.terms
    if "field.x" in terms or "field.y" in terms:
        return False
    pairs = (model.coupling, model.twist)
    return all(bool(np.all(np.equal(x, y))) for x, y, _ in pairs)


def _any_phase(state: AnyState) -> bool:
    match state:
        case ModeState():
            return state.alpha == 0 and state.r == 0
        case Mixture():
            return all(_any_phase(one) for _, one in state.states)
        case Mixed():
            return True
        case Squeezed() if state.variances[0] != state.variances[1]:
            return False
        case InitialState() | Dicke() | Thermal() | Squeezed():
            return bool(np.all(np.abs(np.sin(state.theta)) < 1e-12))
    return False


def _products(generators: Generators, values: Floats, s: Floats, t: Floats) -> list[complex]:
    """H at s, and the sums of rate c(s) c(t)* over the jumps of sites and over those of members."""
    energy = 0.0
    for field in generators.fields:
        energy += values[field.parameter] * np.vdot(field.vectors, s)
    for bonds in generators.bonds:
        i, j = bonds.pairs.T
        energy += values[bonds.parameter] * np.einsum("ba,bac,bc->", s[i], bonds.tensors, s[j])
    for onsite in generators.onsite:
        energy += values[onsite.parameter] * np.einsum("ia,iac,ic->", s, onsite.tensors, s)
    for square in generators.squares:
        energy += values[square.parameter] * square.strength * np.vdot(square.form, s) ** 2
    jumps: tuple[LocalJump | Channel, ...] = (*generators.local, *generators.channels)
    own = sum((values[one.parameter] * _pair(one, s, t) for one in jumps), 0j)
    members = sum((values[one.parameter] * _pair(one, s, t) for one in generators.members), 0j)
    return [complex(energy), own, members]


def _pair(jump: LocalJump | MemberJump | Channel, s: Floats, t: Floats) -> complex:
    if isinstance(jump, Channel):
        one, other = (np.sum(jump.forms * v[jump.sites]) for v in (s, t))
        return complex(jump.rate * one * other.conjugate())
    return complex(np.sum(jump.rates * (s @ jump.form) * (t @ jump.form).conj()))
