"""The spin-length-conserving scheme for the Wigner function, in plain NumPy.

Stratonovich equations of motion of a Bloch vector of length L = sqrt(S(S+1)), with raw rates G_-
(decay), G_+ (gain) and G_z (dephasing) and the field B = dH/ds:
    ds = B x s dt + noise x s + relaxation,
noise = (sqrt(2 (G_- + G_+)) dW_x, the same dW_y, sqrt(2 G_z) dW_z); the relaxation moves s on its
meridian towards the south pole, dz/dt = -2 (G_- - G_+) (L^2 - z^2). This is the truncated Wigner
equation with the whole leading-order diffusion matrix of paper eq. 12, cross term included.
Weak order two: a palindrome of exactly solved parts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.rates import Graph, Rates, matched
from twoqs.reference.fields import local_field
from twoqs.reference.random import ReferenceStream, amplitude
from twoqs.reference.series import VECTOR_TERMS, cosine, sine
from twoqs.sequence import conserving_visits, sequence_of, visited

WEAK_ORDER = 2

RESTORED_AFTER = 20
"""Steps after which the length is restored; truncated series keep it to angle^6/720 a rotation."""

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
    in_plane, net = rates.decay + rates.gain, rates.decay - rates.gain
    # Fluctuations about either pole, stable or not, are exact with this noise for any step.
    in_plane = in_plane * matched(2 * net * length * step)
    visits = conserving_visits(graph, rates)
    if not visits:
        return state
    diffusion = (in_plane, in_plane, rates.dephasing, np.zeros_like(net))
    sequence = sequence_of(graph, visits)
    # [-1] of the steps is the half turn before the first one.
    noise = np.zeros((steps + 1, len(visits), *state.shape[1:]))
    for number, place, site in visited(sequence, steps):
        if diffusion[visits[place].axis][site]:
            noise[number, place, site] = stream.four_point()
    if visits[-1].axis == 0:
        _rotate(state, 0, graph, in_plane, step / 2, noise[-1, -1])
    for number in range(steps):
        for place, (axis, share, dissipates) in enumerate(visits):
            if dissipates:
                _relax(state, net, length, dissipates * step)
                continue
            last = number == steps - 1 and axis == 0
            turned = step / 2 if last else share * step
            _rotate(state, axis, graph, diffusion[axis], turned, noise[number, place])
        if (number + 1) % RESTORED_AFTER == 0 or number == steps - 1:
            state *= length / np.linalg.norm(state, axis=0)
    return state


def _rotate(
    state: Floats, axis: int, graph: Graph, rate: Floats, step: float, noise: Floats
) -> None:
    """Rotation about `axis`: its field and its noise commute, so one angle serves both."""
    angle = step * local_field(graph, axis, state[axis])
    for site in np.flatnonzero(rate):
        angle[site] += noise[site] * amplitude(rate[site] * step, lambda a: cosine(a, VECTOR_TERMS))
    cos, sin = cosine(angle, VECTOR_TERMS), sine(angle, VECTOR_TERMS)
    u, v = state[(axis + 1) % 3].copy(), state[(axis + 2) % 3].copy()
    state[(axis + 1) % 3] = cos * u - sin * v
    state[(axis + 2) % 3] = sin * u + cos * v


def _relax(state: Floats, net: Floats, length: float, step: float) -> None:
    """Exact flow of dz/dt = -2 G (L^2 - z^2) along the meridian."""
    shift = np.tanh(2 * net * length * step)[:, None]
    shrink = 1 / np.cosh(2 * net * length * step)[:, None]
    divisor = 1 - shift * state[2] / length
    state[2] = (state[2] - shift * length) / divisor
    state[:2] *= shrink / divisor
