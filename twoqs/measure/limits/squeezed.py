"""Jumps such as cos(th) S^- + sin(th) S^+ that squeeze a spin below the size of one quantum.

Their noise across the axis of their friction, N of `Motion`, holds the variance S N/(2 f) of a
linear spin, S/2 times r = N/f. Spins of a finite length cannot follow where S r is small. Off, of
the smallest variance: 112 % at S r = 0.86, 13 % at 1.7, 8 % at 1.9, 1.5 % at 2.6, 1 % at 3.7.
"""

from __future__ import annotations

import numpy as np

from twoqs.measure.limits.classical import Motion, motion_of, whose
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

LEAST_WIDTH = 2.0
"""S r, below which the variance is off by more than 8 %."""

ERRORS_OF_WIDTH = {1.0: "70 to 110 %", 2.0: "8 to 70 %"}
"""That were measured, by the largest S r."""

WIDEST = 0.5
"""Widths in units of a coherent state's that are told of, as measured."""

MOST_TURNED = 0.2
"""Of the friction: what other terms may turn, with no effect on the squeezing."""


def squeezed_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence about the spins that one kind of jump squeezes; None without any."""
    motion = motion_of(model)
    if motion is None or not np.any(motion.friction):
        return None
    widths = np.array([_width(motion, i, numerics.end) for i in range(model.n_sites)])
    narrow = np.flatnonzero(widths < LEAST_WIDTH)
    if len(narrow) == 0:
        return None
    worst = narrow[np.argmin(widths[narrow])]
    size = next(text for most, text in ERRORS_OF_WIDTH.items() if widths[worst] <= most)
    return (
        f"Jump operators squeeze {whose(model, narrow)} to {widths[worst]:.2g}/S of the "
        f"variance of a coherent state, and this method cannot follow below {LEAST_WIDTH:g}/S: the "
        f"smallest variance of the steady state was too large by {size} in comparisons with the "
        f"master equation; means are right. Take spins of S = "
        f"{np.ceil(3 * model.spins[worst] / widths[worst]):g} or longer, or the master equation "
        "(docs/accuracy.md)."
    )


def _width(motion: Motion, site: int, end: float) -> float:
    """S r of one spin; infinite where something else acts on it, or time is short."""
    here = slice(3 * site, 3 * site + 3)
    spin = motion.spins[site]
    block = motion.friction[here, here]
    axis = np.array([block[2, 1], block[0, 2], block[1, 0]])
    friction = float(np.linalg.norm(axis))
    turned = np.linalg.norm(motion.field[here]) + spin * np.abs(motion.coupling[here]).max()
    alone = np.abs(np.delete(motion.friction[here], np.r_[here], axis=1)).max(initial=0.0) == 0
    rate = friction * spin
    if (
        motion.modes[site]
        or not alone
        or turned > MOST_TURNED * rate
        or rate * end < 1
        or rate == 0
    ):
        return np.inf
    across: Floats = np.linalg.svd(axis[None])[2][1:]
    noise = np.linalg.eigvalsh(across @ motion.noise[here, here] @ across.T)[0]
    width = float(noise / friction)
    return spin * width if width < WIDEST else np.inf
