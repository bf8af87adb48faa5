"""One-axis twisting until the revivals that quanta of the twisted component make.

chi (n.S)^2 turns states of m by 2 chi m t, and at chi t = pi/2 all m are in phase again: two
opposite coherent states are superposed, at any S. A classical m is not discrete, and stays spread
out. <(S^a)^2> is off by S^2/2; noise that changes m or the phase by then heals it.
"""

from __future__ import annotations

from math import exp, pi, sqrt

import numpy as np

from twoqs.measure.limits.classical import Motion, motion_of, start_of, whose
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

LEAST_MISSED = 0.05
"""In units of S^2, of what is told."""

EARLIER = 1.5
"""Widths 1/sqrt(2S) of the revival, in chi t, by which it begins earlier."""


def rephasing_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence about the spins that twist and do nothing else for so long; None without any."""
    motion, start = motion_of(model), start_of(model)
    if motion is None or start is None:
        return None
    sizes = [_revived(motion, start[i], i, numerics.end) for i in range(model.n_sites)]
    errors = np.array([error for error, _ in sizes])
    found = np.flatnonzero(errors > LEAST_MISSED)
    if len(found) == 0:
        return None
    return (
        f"Twisting of {whose(model, found)} lasts beyond time {sizes[found[0]][1]:.3g}, where "
        "quanta come into phase again, which classical trajectories do not: second moments are off "
        f"by {errors.max():.2g} S^2 then, at any S. End the run before, or take the master "
        "equation (docs/accuracy.md)."
    )


def _revived(motion: Motion, start: Floats, site: int, end: float) -> tuple[float, float]:
    """What second moments miss, in units of S^2, and the time at which it begins."""
    here = slice(3 * site, 3 * site + 3)
    spin, block = float(motion.spins[site]), motion.coupling[here, here]
    alone = not np.any(np.delete(motion.coupling[here], np.r_[here], axis=1))
    if motion.modes[site] or not alone or not np.any(block):
        return 0.0, end
    # A multiple of 1 does nothing: the odd one of three eigenvalues is 2 chi.
    values, vectors = np.linalg.eigh(block)
    odd = 2 if values[2] - values[1] > values[1] - values[0] else 0
    strength = abs(values[odd] - values[1])
    axis = vectors[:, odd]
    rest = abs(values[1] - values[2 - odd])
    field = motion.field[here]
    across = np.linalg.norm(field - axis * (axis @ field))
    sine = np.linalg.norm(np.cross(axis, start)) / spin
    begins = float((pi - 2 * EARLIER / sqrt(2 * spin)) / strength)
    small = 1e-6 * strength
    if end < begins or rest > small or across > small:
        return 0.0, begins
    noise = motion.noise[here, here]
    along = float(axis @ noise @ axis)
    lost = spin**2 * sine**2 * (np.trace(noise) - along) / 4 + 2 * along
    return float(sine**2 / 2 * exp(-lost * pi / strength)), begins
