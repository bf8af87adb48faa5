"""What the small machine does to single rows of trajectories: turns, and the angles of friction.

u and v are the two components that turn into one another, each of shape (lane,); see
`twoqs.flows.rotation` and `twoqs.flows.friction` for the formulas.
"""

from __future__ import annotations

from twoqs.flows.rotation import MOST_ANGLE
from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.random import kick
from twoqs.kernels.series import fine_cosine, fine_sine, half_tangent, sine


@lanes
def turn_plane(u, v, angle):
    """Rotate (u, v) by three shears."""
    for lane in range(LANES):
        tangent, s = half_tangent(angle[lane]), sine(angle[lane])
        a, b = u[lane], v[lane]
        a -= tangent * b
        b += s * a
        u[lane] = a - tangent * b
        v[lane] = b


@lanes
def turn_far(u, v, angle):
    """The same for angles that are not small."""
    for lane in range(LANES):
        c, s = fine_cosine(angle[lane]), fine_sine(angle[lane])
        a, b = u[lane], v[lane]
        u[lane] = c * a - s * b
        v[lane] = s * a + c * b


@inlined
def cut(angle):
    """The angle, at most of the size MOST_ANGLE; NaN stays."""
    most = like(MOST_ANGLE, angle)
    angle = most if angle > most else angle
    return -most if angle < -most else angle


@inlined
def unit_factor(c, s):
    """What makes c^2 + s^2, nearly one, be one."""
    return like(1.5, c) - like(0.5, c) * (c * c + s * s)


@lanes
def turn_unit(u, v, angle):
    """`turn_far` for vectors whose length is not restored."""
    for lane in range(LANES):
        turned = cut(angle[lane])
        c, s = fine_cosine(turned), fine_sine(turned)
        factor = unit_factor(c, s)
        a, b = factor * u[lane], factor * v[lane]
        u[lane] = c * a - s * b
        v[lane] = s * a + c * b


@lanes
def turn_about(x, y, z, ax, ay, az, angle):
    """Rotate (x, y, z) about the unit vector (ax, ay, az)."""
    for lane in range(LANES):
        c, s = fine_cosine(angle[lane]), fine_sine(angle[lane])
        a, b, d = x[lane], y[lane], z[lane]
        along = (like(1, c) - c) * (ax * a + ay * b + az * d)
        x[lane] = c * a + s * (ay * d - az * b) + along * ax
        y[lane] = c * b + s * (az * a - ax * d) + along * ay
        z[lane] = c * d + s * (ax * b - ay * a) + along * az


@lanes
def drag(angle, p, u, v, along, first, second):
    """Friction of (along, first, second).(p, u, v), times half the time, while (u, v) turns."""
    for lane in range(LANES):
        a, b, constant = u[lane], v[lane], along * p[lane]
        c1, c2 = first * a + second * b, second * a - first * b
        now = constant + c1
        start = angle[lane]
        predicted = start + like(2, now) * now
        s = sine(predicted)
        c = like(1, s) - half_tangent(predicted) * s
        angle[lane] = start + now + constant + c1 * c + c2 * s


@lanes
def drag_far(angle, p, u, v, along, first, second):
    """The same for angles that are not small."""
    for lane in range(LANES):
        a, b, constant = u[lane], v[lane], along * p[lane]
        c1, c2 = first * a + second * b, second * a - first * b
        now = constant + c1
        start = angle[lane]
        predicted = start + like(2, now) * now
        bent = c1 * fine_cosine(predicted) + c2 * fine_sine(predicted)
        angle[lane] = start + now + constant + bent


@lanes
def drag_about(angle, x, y, z, forms):
    """The same about any axis, by three forms of (x, y, z): constant, cosine and sine."""
    c0x, c0y, c0z = forms[0], forms[1], forms[2]
    c1x, c1y, c1z = forms[3], forms[4], forms[5]
    c2x, c2y, c2z = forms[6], forms[7], forms[8]
    for lane in range(LANES):
        a, b, d = x[lane], y[lane], z[lane]
        constant = c0x * a + c0y * b + c0z * d
        c1 = c1x * a + c1y * b + c1z * d
        now = constant + c1
        start = angle[lane]
        predicted = start + like(2, now) * now
        bent = c1 * fine_cosine(predicted)
        bent += (c2x * a + c2y * b + c2z * d) * fine_sine(predicted)
        angle[lane] = start + now + constant + bent


@lanes
def project(row, x, y, z, ax, ay, az):
    """row = (ax, ay, az).(x, y, z)."""
    for lane in range(LANES):
        row[lane] = ax * x[lane] + ay * y[lane] + az * z[lane]


@lanes
def set_kick(angle, word, pair, place, inner, outer):
    """angle = noise."""
    for lane in range(LANES):
        angle[lane] = kick(word[lane], pair[lane], place, inner, outer)


@lanes
def clear(row):
    """row = 0."""
    for lane in range(LANES):
        row[lane] = like(0, row[lane])


@lanes
def predict_angle(angle, now, predicted):
    """predicted = angle + 2 now; angle += now."""
    for lane in range(LANES):
        predicted[lane] = angle[lane] + like(2, now[lane]) * now[lane]
        angle[lane] += now[lane]


@lanes
def add_arc(angle, c1, c2, predicted, ratio):
    """angle += c1 cos(ratio predicted) + c2 sin(ratio predicted)."""
    for lane in range(LANES):
        turned = ratio * predicted[lane]
        s = sine(turned)
        c = like(1, s) - half_tangent(turned) * s
        angle[lane] += c1[lane] * c + c2[lane] * s


@lanes
def add_far_arc(angle, c1, c2, predicted, ratio):
    """The same for angles that are not small."""
    for lane in range(LANES):
        turned = ratio * predicted[lane]
        angle[lane] += c1[lane] * fine_cosine(turned) + c2[lane] * fine_sine(turned)


@lanes
def set_shears(tangent, s, angle, ratio):
    """What `shear` takes for the angle times ratio."""
    for lane in range(LANES):
        turned = ratio * angle[lane]
        tangent[lane], s[lane] = half_tangent(turned), sine(turned)


@lanes
def set_circle(c, s, angle, ratio):
    """Cosine and sine of the angle times ratio."""
    for lane in range(LANES):
        turned = ratio * angle[lane]
        c[lane], s[lane] = fine_cosine(turned), fine_sine(turned)


@lanes
def set_unit_circle(c, s, angle, ratio):
    """The same, of which the sum of squares is one whatever the angle."""
    for lane in range(LANES):
        turned = cut(ratio * angle[lane])
        a, b = fine_cosine(turned), fine_sine(turned)
        factor = unit_factor(a, b)
        c[lane], s[lane] = factor * a, factor * b


@lanes
def shear(u, v, tangent, s):
    """`turn_plane` by an angle that many spins share."""
    for lane in range(LANES):
        a, b = u[lane], v[lane]
        a -= tangent[lane] * b
        b += s[lane] * a
        u[lane] = a - tangent[lane] * b
        v[lane] = b


@lanes
def circle(u, v, c, s):
    """`turn_far` by such an angle."""
    for lane in range(LANES):
        a, b = u[lane], v[lane]
        u[lane] = c[lane] * a - s[lane] * b
        v[lane] = s[lane] * a + c[lane] * b


@lanes
def circle_about(x, y, z, ax, ay, az, c, s):
    """`turn_about` by such an angle."""
    for lane in range(LANES):
        a, b, d = x[lane], y[lane], z[lane]
        along = (like(1, a) - c[lane]) * (ax * a + ay * b + az * d)
        x[lane] = c[lane] * a + s[lane] * (ay * d - az * b) + along * ax
        y[lane] = c[lane] * b + s[lane] * (az * a - ax * d) + along * ay
        z[lane] = c[lane] * d + s[lane] * (ax * b - ay * a) + along * az
