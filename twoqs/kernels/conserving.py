"""The conserving scheme on Bloch vectors of fixed length; see `twoqs.reference.conserving`."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.fields import local_field
from twoqs.kernels.jit import LANES, jit
from twoqs.kernels.random import amplitudes, kick


@jit
def turn(u, v, angle):
    """Rotate (u, v), each of shape (lane,), by `angle`; t is tan(angle/2) to fifth order."""
    for lane in range(LANES):
        h = 0.5 * angle[lane]
        t = h * (1.0 + h * h * (1.0 / 3.0))
        d = 1.0 / (1.0 + t * t)
        c = (1.0 - t * t) * d
        s = 2.0 * t * d
        a = u[lane]
        b = v[lane]
        u[lane] = c * a - s * b
        v[lane] = s * a + c * b


@jit
def rotation(axis, s, u, v, graph, step, amplitude, stream, angle):
    """Rotate all sites about `axis` by field times step plus noise of the given amplitude."""
    field, twist, coupling = graph.field[axis], graph.twist[axis], graph.coupling[axis]
    start, neighbour = graph.start, graph.neighbour
    for site in range(s.shape[0]):
        local_field(angle, site, s, field, twist, start, neighbour, coupling, step)
        if amplitude[site] > 0.0:
            kick(stream, amplitude[site], angle)
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
    relaxed = 2.0 * length * net * (0.5 * step if about_z else step)
    shift = np.tanh(relaxed)
    shrink = 1.0 / np.cosh(relaxed)
    damped = np.any(net != 0.0)
    half = 0.5 * step
    full_kick, half_kick = amplitudes(in_plane, step, 2), amplitudes(in_plane, half, 2)
    about_z_kick = amplitudes(dephasing, step, 2)
    angle = np.empty(LANES)
    rotation(0, x, y, z, graph, half, half_kick, stream, angle)
    for number in range(steps):
        rotation(1, y, z, x, graph, half, half_kick, stream, angle)
        if damped:
            damping(x, y, z, shift, shrink, length)
        if about_z:
            rotation(2, z, x, y, graph, step, about_z_kick, stream, angle)
            if damped:
                damping(x, y, z, shift, shrink, length)
        rotation(1, y, z, x, graph, half, half_kick, stream, angle)
        if number == steps - 1:
            rotation(0, x, y, z, graph, half, half_kick, stream, angle)
        else:
            rotation(0, x, y, z, graph, step, full_kick, stream, angle)
