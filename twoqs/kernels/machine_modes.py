"""What the small machine does to modes; `twoqs.flows.mode` has the formula."""

from __future__ import annotations

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like


@lanes
def translate(x, y, z, dx, dy, angle):
    """(x, y) += angle (dx, dy), and z becomes n."""
    half = like(0.5, dx)
    for lane in range(LANES):
        a, b = x[lane] + dx * angle[lane], y[lane] + dy * angle[lane]
        x[lane], y[lane], z[lane] = a, b, a * a + b * b - half


@inlined
def translate_along(x, y, z, axis, row, ratio, angle):
    """The flow of ratio times angle about an axis in the plane."""
    dx, dy = -0.5 * ratio * axis[row, 1], 0.5 * ratio * axis[row, 0]
    translate(x, y, z, like(dx, angle[0]), like(dy, angle[0]), angle)


@lanes
def set_quanta(x, y, z):
    """z = n."""
    for lane in range(LANES):
        z[lane] = x[lane] * x[lane] + y[lane] * y[lane] - like(0.5, x[lane])
