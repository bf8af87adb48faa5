"""Motion that stretches the packet of an unstable start until it folds, before noise heals it.

Neighbours of the mean, a standard deviation away at first, are 2S apart after log(S)/l. What the
folded branches then do to one another is no business of classical trajectories. Noise of the rate
S^2 tr N/2 (the rate of decay times S) blurs it: means off by 0.13 S at 0.5 times l, 0.065 at once,
0.03 at twice (two-axis twisting 40, decay 2, S = 10, 20, 40), and 0.16 S without any (S = 20).
"""

from __future__ import annotations

import numpy as np

from twoqs.measure.limits.classical import Motion, motion_of, path_of, whose
from twoqs.methods.numerics import Numerics
from twoqs.model.kinds import MODE
from twoqs.model.model import Model

LONGEST_FOLDED, LONGEST_WITH_MODES = 40.0, 4.0
"""Spins whose means were off by more than 3 %."""

HEALED = 1.2
"""Noise in units of l, from which on it heals."""

HYPERBOLIC = 1.2
"""Growth in the second half of the run, as an exponent: more than the log(2) of a shear."""

MOST_GROWTH = 6.0
"""As an exponent, from which on no more is to be learnt."""

FOLDED = 1.5
"""Length of tangents, in units of S; at 1.2 nothing is wrong yet."""


def fold_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence with the time of the fold; None before it, and where noise heals it."""
    motion, end = motion_of(model), numerics.end
    if motion is None or not np.any(motion.coupling):
        return None
    longest = LONGEST_WITH_MODES if np.any(motion.modes) else LONGEST_FOLDED
    if model.spins.max() > longest or _noise(motion) > HEALED * _bound(motion):
        return None
    path = path_of(model, end)
    if path is None:
        return None
    growth = np.log(path.growth / path.growth[0])
    # Beyond that growth tangents are no longer small.
    last = min(int(np.searchsorted(growth, MOST_GROWTH)), len(growth) - 1)
    late = float(growth[last] - growth[last // 2])
    rate = late / (path.times[last] - path.times[last // 2])
    folded = np.flatnonzero(path.growth >= FOLDED * float(model.spins.max()))
    if late < HYPERBOLIC or len(folded) == 0 or _noise(motion) > HEALED * rate:
        return None
    size = "0.05 to 0.25" if _noise(motion) < 0.5 * rate else "0.02 to 0.1"
    spins = np.flatnonzero(model.kinds != MODE)
    return (
        f"The motion of {whose(model, spins)} is unstable and nearly closed: neighbours part as "
        f"exp({rate:.2g} t) and fold at about time {path.times[folded[0]]:.2g}. Means were off by "
        f"{size} S later on in comparisons with the master equation. End the run before, or take "
        f"the master equation, or spins longer than {longest:g} (docs/accuracy.md)."
    )


def _noise(motion: Motion) -> float:
    """Of all sites, in units of the quanta of each."""
    traces = np.diag(motion.noise).reshape(-1, 3).sum(axis=1)
    return float(np.sum(np.where(motion.modes, 1.0, motion.spins**2) * traces) / 2)


def _bound(motion: Motion) -> float:
    """No deviation grows faster than that."""
    reach = np.repeat(np.where(motion.modes, 1.0, np.maximum(motion.spins, 1.0)), 3)
    return float(np.linalg.norm(motion.coupling, 2) * reach.max() + np.abs(motion.field).max())
