"""The spin-length-conserving scheme for the Wigner function, in plain NumPy.

Stratonovich equations of motion of a Bloch vector of length L = sqrt(S(S+1)), with raw rates G_-
(decay), G_+ (gain) and G_z (dephasing) and the field B = dH/ds:
    ds = B x s dt + noise x s + damping,
noise = (sqrt(2 (G_- + G_+)) dW_x, the same dW_y, sqrt(2 G_z) dW_z); the damping moves s on its
meridian towards the south pole, dz/dt = -2 (G_- - G_+) (L^2 - z^2). This is the truncated Wigner
equation with the whole leading-order diffusion matrix of paper eq. 12, cross term included. What is
of second order in s is divided by weights, see `rates`.
Weak order two: a palindrome of flows that are exact but for the truncation of their series.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from twoqs.flows.correction import step_correction
from twoqs.flows.fields import local_field
from twoqs.flows.random import ReferenceStream, amplitude
from twoqs.flows.rates import WIDE, Graph, Rates, largest_angle
from twoqs.flows.sequence import (
    IN_PLANE,
    NO_AXIS,
    RESTORED_AFTER,
    Stage,
    conserving_stages,
    halved,
    sequence_of,
    visits_of,
)
from twoqs.flows.series import FINE_TERMS, cosine_series, half_tangent, shear_cosine, sine_series
from twoqs.flows.site_taps import SiteTaps, turn_tap
from twoqs.model.arrays import Floats

Tapped: TypeAlias = tuple[SiteTaps, Floats]


def advance_conserving(
    state: Floats,
    graph: Graph,
    rates: Rates,
    length: float,
    steps: int,
    step: float,
    stream: ReferenceStream,
    tapped: Tapped | None = None,
) -> Floats:
    """The state after `steps` steps.

    Args:
        state: Bloch vectors of shape (3, site, lane).
        length: L, the length of all of them.
        tapped: taps, and fields of shape (channel, 2, lane) that are added to.
    """
    state = state.copy()
    stages = conserving_stages(graph, rates, length)
    if not stages:
        return state
    sequence = sequence_of(graph, stages)
    # [-1] of the steps is the half stage before the first one.
    noise = np.zeros((steps + 1, len(stages), *state.shape[1:]))
    for i, j, site in visits_of(sequence, steps):
        if _diffusion(stages[j], rates)[site]:
            noise[i, j, site] = stream.four_point()
    _apply(state, halved(stages[-1]), graph, rates, length, step, noise[-1, -1], tapped)
    for i in range(steps):
        for j, stage in enumerate(stages):
            if stage.split and i == steps - 1:
                stage = halved(stage)
            _apply(state, stage, graph, rates, length, step, noise[i, j], tapped)
        if (i + 1) % RESTORED_AFTER == 0 or i == steps - 1:
            state *= length / np.linalg.norm(state, axis=0)
    return state


def _diffusion(stage: Stage, rates: Rates) -> Floats:
    """Rate of the noise of a stage at each site."""
    if stage.axis in IN_PLANE:
        return rates.decay + rates.gain
    return rates.dephasing if stage.axis < NO_AXIS else np.zeros_like(rates.dephasing)


def _apply(
    state: Floats,
    stage: Stage,
    graph: Graph,
    rates: Rates,
    length: float,
    step: float,
    noise: Floats,
    tapped: Tapped | None,
) -> None:
    """A stage at all sites."""
    rapidity = 2 * rates.damping * length * step
    axis = stage.axis
    if axis == NO_AXIS:
        boost(state, rapidity * stage.dissipates, length)
        return
    if axis in IN_PLANE and tapped is not None:
        _keep(*tapped, state[axis], stage, rapidity, step, noise)
    step *= stage.share
    diffused = _diffusion(stage, rates) * step
    constant, field = graph[axis].field, local_field(graph, axis, state[axis])
    angle = step * field
    if axis in IN_PLANE:
        factor = step_correction(rapidity)
        diffused = diffused * (factor.inner_noise if stage.inside else factor.outer_noise)
        of_spins = field - constant[:, None]
        angle = step * ((factor.field * constant)[:, None] + factor.coupling[:, None] * of_spins)
    wide = largest_angle(graph[axis], length, step, diffused) > WIDE
    for site in np.flatnonzero(diffused):
        angle[site] += noise[site] * amplitude(diffused[site], math.cos if wide else shear_cosine)
    _rotate(state, axis, angle, wide)


def _keep(
    taps: SiteTaps,
    fields: Floats,
    component: Floats,
    stage: Stage,
    rapidity: Floats,
    step: float,
    noise: Floats,
) -> None:
    """Add what a turn leaves in the fields: its noise to one part, the component to the other."""
    tap = turn_tap(taps, stage, rapidity, step)
    for site in np.flatnonzero(taps.channel >= 0):
        real_and_imaginary = fields[taps.channel[site]]
        real_and_imaginary[1 - stage.axis] += tap.noise[site] * noise[site]
        real_and_imaginary[stage.axis] += tap.along[site] * component[site]


def _rotate(state: Floats, axis: int, angle: Floats, wide: bool) -> None:
    """Rotation about `axis`: its field and its noise commute, so one angle serves both."""
    u, v = state[(axis + 1) % 3].copy(), state[(axis + 2) % 3].copy()
    if wide:
        cos, sin = cosine_series(angle, FINE_TERMS), sine_series(angle, FINE_TERMS)
        back = sin
    else:
        cos, sin = shear_cosine(angle), sine_series(angle, 2)
        back = half_tangent(angle) * (1 + cos)
    state[(axis + 1) % 3] = cos * u - back * v
    state[(axis + 2) % 3] = sin * u + cos * v


def boost(state: Floats, rapidity: Floats, length: float) -> None:
    """Flow of dz/dt = -2 G (L^2 - z^2) along the meridian: a boost of the sphere by x = 2 G L t.

    z/L becomes (cosh(x) z/L - sinh(x))/(cosh(x) - sinh(x) z/L). The divisor, on which the length
    depends, is taken as a polynomial that is right at five heights.

    Args:
        rapidity: x, shape (site,).
    """
    heights = np.cos(np.pi * np.arange(5) / 4)
    for site, x in enumerate(rapidity):
        factor = np.polyfit(heights, 1 / (np.cosh(x) - np.sinh(x) * heights), 4)
        z = state[2, site].copy()
        state[2, site] = np.cosh(x) * z - np.sinh(x) * length
        state[:, site] *= np.polyval(factor, z / length)
