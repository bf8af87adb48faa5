"""The spin-length-conserving scheme for the Wigner function, in plain NumPy.

Stratonovich equations of motion of a Bloch vector of length L = sqrt(S(S+1)), with raw rates G_-
(decay), G_+ (gain) and G_z (dephasing) and the field B = dH/ds:
    ds = B x s dt + noise x s + relaxation,
noise = (sqrt(2 (G_- + G_+)) dW_x, the same dW_y, sqrt(2 G_z) dW_z); the relaxation moves s on its
meridian towards the south pole, dz/dt = -2 (G_- - G_+) (L^2 - z^2). This is the truncated Wigner
equation with the whole leading-order diffusion matrix of paper eq. 12, cross term included. What is
of second order in s is divided by the weight of means (`twoqs.flows.length.mean_weight`).
Weak order two: a palindrome of parts that are exact but for the truncation of their functions.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.correction import matching
from twoqs.flows.fields import local_field
from twoqs.flows.random import ReferenceStream, amplitude
from twoqs.flows.rates import WIDE, Graph, Rates, largest_angle
from twoqs.flows.sequence import (
    IN_PLANE,
    NO_AXIS,
    Visit,
    conserving_visits,
    halved,
    sequence_of,
    visited,
)
from twoqs.flows.series import FINE_TERMS, cosine, half_tangent, shear_cosine, sine

WEAK_ORDER = 2

RESTORED_AFTER = 20
"""Steps after which the length is restored, which series and polynomials keep only nearly."""

Floats = NDArray[np.float64]


def advance(
    state: Floats,
    graph: Graph,
    rates: Rates,
    length: float,
    steps: int,
    step: float,
    stream: ReferenceStream,
) -> Floats:
    """The state after `steps` steps.

    Args:
        state: Bloch vectors of shape (3, site, lane).
        length: L, the length of all of them.
    """
    state = state.copy()
    visits = conserving_visits(graph, rates, length)
    if not visits:
        return state
    sequence = sequence_of(graph, visits)
    # [-1] of the steps is the half visit before the first one.
    noise = np.zeros((steps + 1, len(visits), *state.shape[1:]))
    for number, place, site in visited(sequence, steps):
        if _diffusion(visits[place], rates)[site]:
            noise[number, place, site] = stream.four_point()
    _visit(state, halved(visits[-1]), graph, rates, length, step, noise[-1, -1])
    for number in range(steps):
        for place, visit in enumerate(visits):
            if visit.split and number == steps - 1:
                visit = halved(visit)
            _visit(state, visit, graph, rates, length, step, noise[number, place])
        if (number + 1) % RESTORED_AFTER == 0 or number == steps - 1:
            state *= length / np.linalg.norm(state, axis=0)
    return state


def _diffusion(visit: Visit, rates: Rates) -> Floats:
    """Rate of the noise of a visit at each site."""
    if visit.axis in IN_PLANE:
        return rates.decay + rates.gain
    return rates.dephasing if visit.axis < NO_AXIS else np.zeros_like(rates.dephasing)


def _visit(
    state: Floats,
    visit: Visit,
    graph: Graph,
    rates: Rates,
    length: float,
    step: float,
    noise: Floats,
) -> None:
    """One visit of all sites."""
    relaxed = 2 * rates.drift * length * step
    if visit.axis == NO_AXIS:
        _relax(state, relaxed * visit.dissipates, length)
        return
    step *= visit.share
    diffused = _diffusion(visit, rates) * step
    constant, field = graph[visit.axis].field, local_field(graph, visit.axis, state[visit.axis])
    angle = step * field
    if visit.axis in IN_PLANE:
        match = matching(relaxed)
        diffused = diffused * (match.inner if visit.inside else match.outer)
        of_spins = field - constant[:, None]
        angle = step * ((match.field * constant)[:, None] + match.coupling[:, None] * of_spins)
    wide = largest_angle(graph[visit.axis], length, step, diffused) > WIDE
    for site in np.flatnonzero(diffused):
        angle[site] += noise[site] * amplitude(diffused[site], math.cos if wide else shear_cosine)
    _rotate(state, visit.axis, angle, wide)


def _rotate(state: Floats, axis: int, angle: Floats, wide: bool) -> None:
    """Rotation about `axis`: its field and its noise commute, so one angle serves both."""
    u, v = state[(axis + 1) % 3].copy(), state[(axis + 2) % 3].copy()
    if wide:
        cos, sin = cosine(angle, FINE_TERMS), sine(angle, FINE_TERMS)
        back = sin
    else:
        cos, sin = shear_cosine(angle), sine(angle, 2)
        back = half_tangent(angle) * (1 + cos)
    state[(axis + 1) % 3] = cos * u - back * v
    state[(axis + 2) % 3] = sin * u + cos * v


def _relax(state: Floats, relaxed: Floats, length: float) -> None:
    """Flow of dz/dt = -2 G (L^2 - z^2) along the meridian, relaxed = 2 G L t of shape (site,).

    The common factor, which the length depends on, is a polynomial that is right at five heights.
    """
    heights = np.cos(np.pi * np.arange(5) / 4)
    for site, x in enumerate(relaxed):
        factor = np.polyfit(heights, 1 / (np.cosh(x) - np.sinh(x) * heights), 4)
        z = state[2, site].copy()
        state[2, site] = np.cosh(x) * z - np.sinh(x) * length
        state[:, site] *= np.polyval(factor, z / length)
