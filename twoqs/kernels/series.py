"""Cosine, sine and exponential by series: a call of the C library would end the vectors."""

from __future__ import annotations

from twoqs.kernels.compile.jit import inlined, like


@inlined
def sine(angle):
    """sin(angle) up to angle^3."""
    q = angle * angle
    return angle * (like(1, q) + q * like(-1 / 6, q))


@inlined
def half_tangent(angle):
    """tan(angle/2) up to angle^3."""
    q = angle * angle
    return angle * (like(1 / 2, q) + q * like(1 / 24, q))


@inlined
def fine_cosine(angle):
    """cos(angle) up to angle^8: off by 3e-17 at 0.1, 3e-10 at 0.5."""
    q = angle * angle
    tail = like(1 / 24, q) + q * (like(-1 / 720, q) + q * like(1 / 40320, q))
    return like(1, q) + q * (like(-1 / 2, q) + q * tail)


@inlined
def fine_sine(angle):
    """sin(angle) up to angle^9: off by 3e-19 at 0.1, 1e-11 at 0.5."""
    q = angle * angle
    tail = like(1 / 120, q) + q * (like(-1 / 5040, q) + q * like(1 / 362880, q))
    return angle * (like(1, q) + q * (like(-1 / 6, q) + q * tail))


@inlined
def exponential_less_one(x):
    """exp(x) - 1 to fourth order in x, never below -1: 1 + it is a square.

    Without the 1, that nothing of a small x is lost.
    """
    half = like(0.5, x) * x
    tail = like(1 / 2, x) + half * (like(1 / 6, x) + half * like(1 / 24, x))
    root = half * (like(1, x) + half * tail)  # less 1
    return root * (like(2, x) + root)
