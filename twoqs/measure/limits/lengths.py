"""`pda` and `euler-maruyama` beyond the time in which lengths of spins drift apart.

Decay at the raw rate G widens the squared length at the rate G (s_x^2 + s_y^2): in units of S the
lengths spread by sqrt(Gamma t <s_x^2 + s_y^2>/(2 S^3)), which grows for ever where a drive keeps
spins off the pole.
"""

from __future__ import annotations

import numpy as np

from twoqs.measure.limits.classical import motion_of, path_of, start_of
from twoqs.measure.members import names_of
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model

MOST_DRIFT = 0.35
"""In units of S: second moments, bounded by the squared length, are off by 1/8 then."""


def lengths_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence with the spread at the end of the run; None for methods that keep lengths."""
    if numerics.method.keeps_length or numerics.method.any_model or numerics.end == 0:
        return None
    motion, start = motion_of(model), start_of(model)
    if motion is None or start is None or not np.any(motion.noise):
        return None
    rates = np.diag(motion.noise)[::3] / 2
    if np.all(rates * numerics.end < MOST_DRIFT**2):
        return None  # wherever the spins are: s_x^2 + s_y^2 < S^2
    path = path_of(motion, start, numerics.end)
    if not np.all(np.isfinite(path.around)):
        return None
    around = path.around.reshape(*path.around.shape[:2], -1, 3)
    across = np.mean(np.sum(around[..., :2] ** 2, axis=3), axis=(0, 1))
    spread = np.sqrt(rates * across * numerics.end) / model.spins
    wide = np.flatnonzero(spread > MOST_DRIFT)
    if len(wide) == 0:
        return None
    worst = wide[np.argmax(spread[wide])]
    whose = f" of {names_of(model, wide)}" if len(model.members) > 1 else ""
    return (
        f"Lengths of spins{whose} drift apart by {spread[worst]:.2g} S until time "
        f"{numerics.end:g}, as {numerics.scheme!r} does not keep them, and second moments with "
        "them, without bound. Take the scheme 'conserving', or end the run at time "
        f"{numerics.end * (MOST_DRIFT / spread[worst]) ** 2:.2g} (docs/method.md)."
    )
