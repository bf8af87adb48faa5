"""`pda` and `euler-maruyama` beyond the time in which lengths of spins drift apart.

Decay at the raw rate G widens the squared length at the rate G (s_x^2 + s_y^2): in units of S
lengths spread by d = sqrt(Gamma t <s_x^2 + s_y^2>/(2 S^3)), for ever where a drive keeps spins off
the pole. Before that spins of other lengths are elsewhere on their orbits: by d/sqrt(3) times the
derivative of the classical motion by ln(length), in units of S, as lengths walk at random and the
derivative grows as t. Either makes second moments wrong by its square.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from twoqs.measure.limits.classical import motion_of, path_of
from twoqs.measure.members import names_of
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

MOST_DRIFT = 0.2
"""In units of S, of lengths and of orbits: second moments are off by 4 % of S^2 then."""

OWN_SHARE = 0.5
"""Of the distance of neighbours, within which orbits that part are not seen."""


def lengths_note(model: Model, numerics: Numerics) -> str | None:
    """The sentence with the spread at the end of the run; None for methods that keep lengths."""
    if numerics.method.keeps_length or numerics.method.any_model:
        return None
    found = _drifts(model, numerics.end)
    if found is None:
        return None
    wide = np.flatnonzero(np.maximum(found.spread, found.apart[-1]) > MOST_DRIFT)
    if len(wide) == 0:
        return None
    worst = wide[np.argmax(np.maximum(found.spread, found.apart[-1])[wide])]
    lengths, orbits = float(found.spread[worst]), found.apart[:, worst]
    last = numerics.end * min(1.0, (MOST_DRIFT / lengths) ** 2)
    what = "second moments with them"
    if orbits[-1] > lengths:
        what = "spins of other lengths are elsewhere on their orbits: means and second moments part"
        last = min(last, float(found.times[np.argmax(orbits > MOST_DRIFT)]))
    whose = f" of {names_of(model, wide)}" if len(model.members) > 1 else ""
    return (
        f"Lengths of spins{whose} drift apart by {lengths:.2g} S until time {numerics.end:g}, as "
        f"{numerics.scheme!r} does not keep them, and {what}, without bound. Take the scheme "
        f"'conserving', or end the run at time {last:.2g} (docs/method.md)."
    )


class _Drifts(NamedTuple):
    """In units of S: of lengths at the end, (site,); of orbits so far, (time, site)."""

    times: Floats
    spread: Floats
    apart: Floats


def _drifts(model: Model, end: float) -> _Drifts | None:
    """None where neither exceeds MOST_DRIFT, or the motion is not known."""
    motion = motion_of(model)
    if motion is None:
        return None
    rates, spins = np.diag(motion.noise)[::3] / 2, motion.spins
    # Wherever spins are: s_x^2 + s_y^2 < S^2; and if speeds change as lengths do.
    speed = np.max(np.abs(motion.coupling + motion.friction) @ np.repeat(spins, 3))
    bound = np.sqrt(rates.max() * end) * max(1.0, speed * end / sqrt(3))
    path = path_of(model, end) if bound > MOST_DRIFT else None
    if path is None or not np.all(np.isfinite(path.around)):
        return None
    around = path.around.reshape(*path.around.shape[:2], -1, 3)
    across = np.mean(np.sum(around[..., :2] ** 2, axis=3), axis=(0, 1))
    spread = np.sqrt(rates * across * end) / spins
    stretched = np.linalg.norm(path.stretched.reshape(len(path.times), -1, 3), axis=2)
    so_far = np.maximum.accumulate(stretched) / spins * np.sqrt(path.times / end)[:, None]
    so_far[-1] *= np.sqrt(end / path.times[-1])  # a path that ends early says as much of the end
    apart = spread * so_far / sqrt(3)
    seen = apart > OWN_SHARE * path.growth[:, None] / spins
    return _Drifts(path.times, spread, np.where(seen, apart, 0.0))
