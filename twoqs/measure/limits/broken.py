"""Short spins beside a mode whose steady state breaks a symmetry: Dicke above threshold.

Second moments are off by 0.11, 0.06, 0.02 S^2, S = 2, 3, 5, and n by 14, 7, 2.5 %. Below threshold,
and in bursts after which the mode is empty, they are right from S = 3 on.
"""

from __future__ import annotations

import numpy as np

from twoqs.measure.limits.classical import motion_of, path_of, whose
from twoqs.methods.numerics import Numerics
from twoqs.model.kinds import SPIN
from twoqs.model.model import Model

BROKEN_ERRORS = {2.0: (0.11, 14), 3.0: (0.06, 7), 4.0: (0.04, 5), 5.0: (0.03, 4)}
"""Of second moments in units of S^2, and of n in per cent, by the longest spin they hold for."""

FILLED_MODE = 0.1
"""Quanta of the mode, in units of S, at the end of the motion of a start that is not stable."""

SETTLED = 2.0
"""Losses of the mode, in units of the inverse time of the run, at least: it rings before."""

LEAST_GROWN = 3.0
"""How far small deviations of the start grow, at least."""


def broken_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence about the spins; None if the start is stable or the mode empty at the end."""
    spins = np.flatnonzero((model.kinds == SPIN) & (model.spins <= max(BROKEN_ERRORS)))
    motion = motion_of(model)
    if motion is None or not np.any(motion.modes) or len(spins) == 0:
        return None
    ties = motion.coupling.reshape(-1, 3, model.n_sites, 3)
    spins = spins[np.any(ties[spins][:, :, motion.modes], axis=(1, 2, 3))]
    if len(spins) == 0:
        return None
    losses = np.diag(motion.noise).reshape(-1, 3)[motion.modes, 0] / 2
    if losses.max() * numerics.end < SETTLED:
        return None
    path = path_of(model, numerics.end)
    if path is None:
        return None
    last = path.around[-len(path.times) // 4 :].reshape(-1, path.around.shape[1], model.n_sites, 3)
    quanta = last[:, :, motion.modes, 2].sum(axis=2).mean()
    shortest = float(model.spins[spins].min())
    if path.growth[-1] < LEAST_GROWN * path.growth[0] or not quanta > FILLED_MODE * shortest:
        return None
    square, n = next(errors for most, errors in BROKEN_ERRORS.items() if shortest <= most)
    return (
        f"{whose(model, spins)} of S = {shortest:g} and a mode leave a start that is not "
        f"stable: second moments were off by up to {square:g} S^2 and n by up to {n} % in "
        "comparisons with the master equation, and by 1 % at S = 8. Take longer spins, "
        "or the master equation (docs/accuracy.md)."
    )
