"""The conserving scheme on Bloch vectors of fixed length; see `twoqs.reference.conserving`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.jit import LANES, inlined, jit, lanes, like
from twoqs.kernels.kicks import kick_sizes
from twoqs.kernels.series import cosine, sine
from twoqs.rates import Rates, matched

Floats = NDArray[np.float64]

RESTORED_AFTER = 16
"""Steps after which the length is restored: rotations by series keep it to 5e-5 angle^8 only."""


class Damping(NamedTuple):
    """Flow of one step, or half a step, of decay and gain, for each site (site,)."""

    tilt: Floats  # tanh(2 G L step)/L
    offset: Floats  # tanh(2 G L step) L
    shrink: Floats  # sech(2 G L step)


class Parts(NamedTuple):
    """What is constant while the step is: noise amplitudes (2, site) and the damping."""

    full_kick: Floats
    half_kick: Floats
    kick_about_z: Floats
    damping: Damping
    damped: bool


def parts_of(rates: Rates, about_z: bool, length: float, step: float) -> Parts:
    """The `Parts` of a step for raw rates."""
    in_plane, net = rates.decay + rates.gain, rates.decay - rates.gain
    relaxed = 2 * length * net * (step / 2 if about_z else step)
    diffused = in_plane * step * matched(2 * length * net * step)
    return Parts(
        full_kick=kick_sizes(diffused),
        half_kick=kick_sizes(diffused / 2),
        kick_about_z=kick_sizes(rates.dephasing * step),
        damping=Damping(np.tanh(relaxed) / length, np.tanh(relaxed) * length, 1 / np.cosh(relaxed)),
        damped=bool(np.any(net)),
    )


@lanes
def turn(u, v, site, angle):
    """Rotate (u, v) of one site, each of shape (site, lane), by `angle`."""
    for lane in range(LANES):
        c, s = cosine(angle[lane]), sine(angle[lane])
        a, b = u[site, lane], v[site, lane]
        u[site, lane] = c * a - s * b
        v[site, lane] = s * a + c * b


@lanes
def move_to_pole(x, y, z, site, tilt, offset, shrink):
    """The flow of the damping at one site."""
    for lane in range(LANES):
        one = like(1, tilt)
        d = one / (one - tilt * z[site, lane])
        z[site, lane] = (z[site, lane] - offset) * d
        x[site, lane] *= shrink * d
        y[site, lane] *= shrink * d


@lanes
def restore_length(x, y, z, length):
    """Make all Bloch vectors as long as they should be, by two Newton steps for 1/sqrt."""
    scale = like(1.0 / (length * length), x[0, 0])
    a_half, three_halves = like(0.5, scale), like(1.5, scale)
    for site in range(x.shape[0]):
        for lane in range(LANES):
            a, b, c = x[site, lane], y[site, lane], z[site, lane]
            square = scale * (a * a + b * b + c * c)
            factor = three_halves - a_half * square
            factor *= three_halves - a_half * square * factor * factor
            x[site, lane], y[site, lane], z[site, lane] = factor * a, factor * b, factor * c


@inlined
def rotation(s, u, v, axis, step, noise, stream, scratch):
    """Rotate all sites about the axis of s by field times step plus noise."""
    angle, total = scratch[0], scratch[1]
    if axis.uniform != 0.0:
        set_sum(total, s)
    for site in range(s.shape[0]):
        angle_of(angle, site, s, total, axis, step, noise, stream)
        turn(u, v, site, angle)


@inlined
def damping(x, y, z, flow):
    """Move all sites towards a pole."""
    for site in range(x.shape[0]):
        tilt, offset = like(flow.tilt[site], x[0, 0]), like(flow.offset[site], x[0, 0])
        move_to_pole(x, y, z, site, tilt, offset, like(flow.shrink[site], x[0, 0]))


@jit
def advance(state, graph, parts, about_z, length, steps, step, stream, scratch):
    """Advance `state` of shape (3, site, lane) by `steps` steps.

    Args:
        parts: the noise and the damping of one step.
        scratch: of shape (2, lane) or larger.
    """
    x, y, z = state[0], state[1], state[2]
    half = 0.5 * step
    rotation(x, y, z, graph.x, half, parts.half_kick, stream, scratch)
    for number in range(steps):
        rotation(y, z, x, graph.y, half, parts.half_kick, stream, scratch)
        if parts.damped:
            damping(x, y, z, parts.damping)
        if about_z:
            rotation(z, x, y, graph.z, step, parts.kick_about_z, stream, scratch)
            if parts.damped:
                damping(x, y, z, parts.damping)
        rotation(y, z, x, graph.y, half, parts.half_kick, stream, scratch)
        if number == steps - 1:
            rotation(x, y, z, graph.x, half, parts.half_kick, stream, scratch)
        else:
            rotation(x, y, z, graph.x, step, parts.full_kick, stream, scratch)
        if number % RESTORED_AFTER == RESTORED_AFTER - 1 or number == steps - 1:
            restore_length(x, y, z, length)
