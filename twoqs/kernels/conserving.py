"""The conserving scheme on Bloch vectors of fixed length; see `twoqs.reference.conserving`."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.fields import local_field
from twoqs.kernels.jit import LANES, jit
from twoqs.kernels.random import kick
from twoqs.kernels.rotations import turn


@jit
def rotation(axis, s, u, v, graph, rate, step, stream, angle):
    """Rotate all sites about `axis` by field times step plus noise of variance 2 rate step."""
    field, twist, coupling = graph.field[axis], graph.twist[axis], graph.coupling[axis]
    start, neighbour = graph.start, graph.neighbour
    for site in range(s.shape[0]):
        local_field(angle, site, s, field, twist, start, neighbour, coupling, step)
        if rate[site] > 0.0:
            kick(stream, math.sqrt(2.0 * rate[site] * step), angle)
        turn(u[site], v[site], angle)


@jit
def damping(x, y, z, shift, shrink, length):
    """Move all sites towards a pole: shift = tanh(2 G L step), shrink = sech(2 G L step)."""
    for site in range(x.shape[0]):
        tilt = shift[site] / length
        offset = shift[site] * length
        for lane in range(LANES):
            d = 1.0 / (1.0 - tilt * z[site, lane])
            z[site, lane] = (z[site, lane] - offset) * d
            x[site, lane] *= shrink[site] * d
            y[site, lane] *= shrink[site] * d


@jit
def advance(state, graph, in_plane, net, dephasing, about_z, length, steps, step, stream):
    """Advance `state` of shape (3, site, lane) by `steps` steps.

    in_plane = decay + gain, net = decay - gain, dephasing: raw rates of shape (site,).
    """
    x, y, z = state[0], state[1], state[2]
    work = np.empty(LANES)
    angle = 2.0 * length * net * (0.5 * step if about_z else step)
    shift = np.tanh(angle)
    shrink = 1.0 / np.cosh(angle)
    damped = np.any(net != 0.0)
    rotation(0, x, y, z, graph, in_plane, 0.5 * step, stream, work)
    for number in range(steps):
        rotation(1, y, z, x, graph, in_plane, 0.5 * step, stream, work)
        if damped:
            damping(x, y, z, shift, shrink, length)
        if about_z:
            rotation(2, z, x, y, graph, dephasing, step, stream, work)
            if damped:
                damping(x, y, z, shift, shrink, length)
        rotation(1, y, z, x, graph, in_plane, 0.5 * step, stream, work)
        last = 0.5 * step if number == steps - 1 else step
        rotation(0, x, y, z, graph, in_plane, last, stream, work)
