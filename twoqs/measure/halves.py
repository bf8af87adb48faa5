"""What records of windows hold beside the averages: their halves, and where trajectories began."""

from __future__ import annotations

from collections.abc import Iterable

from twoqs.kernels.moments import QUANTITIES
from twoqs.methods.numerics import Numerics
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


def half_parts(names: Iterable[str]) -> tuple[str, ...]:
    """Names of parts of a row that are of halves."""
    return tuple(name for name in names if name.split(":")[0] in (AT_START, OF_HALVES))


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
