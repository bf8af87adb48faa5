"""Rotations in a plane: of Bloch vectors, and of pairs of spinor components."""

from __future__ import annotations

from twoqs.kernels.jit import LANES, jit


@jit
def turn(u, v, angle):
    """Rotate (u, v) from u towards v by `angle`; all of shape (lane,).

    t is tan(angle/2) to fifth order: cosine^2 + sine^2 = 1 to rounding without a library call. Two
    arrays that are written are few enough for the compiler to check that they do not overlap;
    with all four components of a spinor it gives up on vector instructions.
    """
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
def cosine_sine(angle, cosine, sine):
    """Fill the cosine and sine that `turn` would use, for several rotations by one angle."""
    for lane in range(LANES):
        h = 0.5 * angle[lane]
        t = h * (1.0 + h * h * (1.0 / 3.0))
        d = 1.0 / (1.0 + t * t)
        cosine[lane] = (1.0 - t * t) * d
        sine[lane] = 2.0 * t * d


@jit
def turn_by(u, v, cosine, sine):
    """Rotate (u, v) from u towards v by an angle given by its cosine and sine."""
    for lane in range(LANES):
        a = u[lane]
        b = v[lane]
        u[lane] = cosine[lane] * a - sine[lane] * b
        v[lane] = sine[lane] * a + cosine[lane] * b
