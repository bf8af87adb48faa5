"""What records of windows hold beside the averages: their halves, and where trajectories began."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.statistics import Sums
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import part_name
from twoqs.model.model import Model

FEWEST_IN_WINDOW = 4
"""Of a window that has halves: one in each, the last one, and one to spare."""

TESTED = QUANTITIES[:6]
"""Quantities whose averages over both halves are compared trajectory by trajectory: x, y, z and
their squares, averaged over the sites of a member. What relaxes slowest is often not what one looks
at."""

HALF_SUMS = ("a", "b", "aa", "bb", "ab")
"""Sums over trajectories of the averages a and b of the two halves, and of their products."""

AT_START, OF_HALVES = "at start", "of halves"
IN_FIRST_HALF = "in the first half"

ROOM_FOR_HALVES = 50_000
"""Numbers in a row of a record that sums of parts of the window may add."""


def half_parts(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names of parts of a row that are of halves."""
    known = AT_START, OF_HALVES, IN_FIRST_HALF
    return tuple(name for name in names if name.split(":")[0] in known)


def beside(when: str, name: str) -> str:
    """What the sums of a part of a row are called of a part of the window."""
    return f"{when}:{name}"


def sums_when(parts: Sums, names: Iterable[str], when: str) -> Sums:
    """Sums like those of whole windows of these names, of a part of it.

    Args:
        parts: of rows, as of `RecordLayout.split`.

    Returns:
        NaN where records do not tell.
    """
    found = {}
    for name in names:
        own = parts.get(beside(when, name))
        like = parts[name]
        found[name] = np.full_like(like, np.nan) if own is None else own.reshape(like.shape)
    return found


def halves_of(samples: int) -> tuple[int, int]:
    """Samples in the first half of a window, and in the second, which lacks the last sample.

    Sums of that one are stored, and gone, as soon as it is taken.
    """
    first = samples // 2
    return first, samples - 1 - first


def has_halves(numerics: Numerics) -> bool:
    """Whether records of these settings are made with parts of halves."""
    return "drift" in numerics.budget and _possible(numerics)


def _possible(numerics: Numerics) -> bool:
    return numerics.samples is not None and numerics.samples >= FEWEST_IN_WINDOW


def half_shapes(model: Model, numerics: Numerics, groups: int) -> dict[str, tuple[int, ...]]:
    """Shape of each of these parts of a row, in their order.

    At the start: QUANTITIES over groups of sites, with the number of trajectories that are finite;
    of both halves: HALF_SUMS of TESTED for each member, likewise.
    """
    if not _possible(numerics):
        return {}
    return {
        f"{AT_START}:count": (1,),
        f"{AT_START}:sums": (len(QUANTITIES), groups),
        f"{OF_HALVES}:count": (1,),
        f"{OF_HALVES}:sums": (len(HALF_SUMS), len(TESTED), len(model.members)),
    }


def sum_shapes(
    model: Model, numerics: Numerics, groups: int, distances: int
) -> dict[str, tuple[int, ...]]:
    """Shape of each part of a row for sums of a part of the window, in their order.

    As those of the same names for the whole window: of its first half; and at time 0, as far as one
    sample gives them. Nothing where they need more than ROOM_FOR_HALVES.
    """
    if not _possible(numerics):
        return {}
    plain = {"count": (1,), "sums": (1, len(QUANTITIES), groups)}
    single: dict[str, tuple[int, ...]] = {"correlation": (1, 3, distances)} if distances else {}
    several: dict[str, tuple[int, ...]] = {}
    for request in numerics.requests:
        kept = single if request.of_one_sample else several
        if request.adds_up:
            for part, shape in request.shapes(model, numerics).items():
                kept[part_name(request, part)] = shape
    if not single and not several:
        return {}  # of moments `half_shapes` tells all
    found = {
        beside(when, name): shape
        for when, listed in ((AT_START, single), (IN_FIRST_HALF, plain | single | several))
        for name, shape in listed.items()
    }
    return found if sum(map(math.prod, found.values())) <= ROOM_FOR_HALVES else {}
