"""Cosine, sine and exponential by series: a call of the C library would end the vectors."""

from __future__ import annotations

from twoqs.kernels.jit import inlined


@inlined
def cosine(angle):
    """cos(angle) up to angle^6: off by 2e-13 at 0.1, 1e-7 at 0.5."""
    q = angle * angle
    return 1.0 + q * (-1 / 2 + q * (1 / 24 + q * (-1 / 720)))


@inlined
def sine(angle):
    """sin(angle) up to angle^7: off by 3e-15 at 0.1, 5e-9 at 0.5."""
    q = angle * angle
    return angle * (1.0 + q * (-1 / 6 + q * (1 / 120 + q * (-1 / 5040))))


@inlined
def fine_cosine(angle):
    """cos(angle) up to angle^8: off by 3e-17 at 0.1, 3e-10 at 0.5."""
    q = angle * angle
    return 1.0 + q * (-1 / 2 + q * (1 / 24 + q * (-1 / 720 + q * (1 / 40320))))


@inlined
def fine_sine(angle):
    """sin(angle) up to angle^9: off by 3e-19 at 0.1, 1e-11 at 0.5."""
    q = angle * angle
    return angle * (1.0 + q * (-1 / 6 + q * (1 / 120 + q * (-1 / 5040 + q * (1 / 362880)))))


@inlined
def exponential(x):
    """exp(x) to fourth order in x, as a square, so that it is never negative."""
    half = 0.5 * x
    root = 1.0 + half * (1.0 + half * (1 / 2 + half * (1 / 6 + half * (1 / 24))))
    return root * root
