"""How a line of sites is transformed: radices, twiddle factors and the order of the result."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from twoqs.model.arrays import Complexes, Ints


class FourierPlan(NamedTuple):
    """How a line of sites is transformed.

    The product of the radices is the length of the transform: the number of sites, or at least
    twice as many. Then the rest of the line counts as zero, and the first radix is 2.
    """

    sites: int
    radices: Ints  # of the passes, at least two
    twiddles: Complexes  # of all passes, in the order of their use; the last has ones


def fourier_plan(sites: int, padded: bool) -> FourierPlan:
    """The plan for a line, padded if asked for or if its own length has no fast transform."""
    radices = radices_of(sites)
    if padded or len(radices) < 2:
        length = max(2, sites)
        while not (radices := radices_of(length)):
            length += 1
        radices = [2, *radices]
    twiddles, span = [], math.prod(radices)
    for radix in radices:
        turns = np.outer(np.arange(span // radix), np.arange(1, radix)) / span
        twiddles.append(np.exp(-2j * np.pi * turns).ravel())
        span //= radix
    return FourierPlan(sites, np.array(radices), np.concatenate(twiddles))


def fast_length(wanted: int, fewest: int, most: int) -> int:
    """The length nearest to `wanted` that has a fast transform, from `fewest` to `most`."""
    lengths = range(fewest, most + 1)
    by_distance = (wanted + sign * apart for apart in range(most) for sign in (-1, 1))
    return next(n for n in by_distance if n in lengths and len(radices_of(n)) > 1)


def radices_of(length: int) -> list[int]:
    """Radices of a transform; none if the length is 1 or has prime factors above 5."""
    radices = []
    for radix in (4, 3, 5, 2):
        while length % radix == 0:
            radices.append(radix)
            length //= radix
    return radices if length == 1 else []


def waves_of(radices: Iterable[int]) -> Ints:
    """The wave number of each entry of a spectrum after passes of these radices, shape (wave,)."""
    waves, stride = np.zeros(1, np.int64), 1
    for radix in radices:
        waves = np.add.outer(waves, stride * np.arange(radix)).ravel()
        stride *= radix
    return waves


def scratch_rows(plan: FourierPlan) -> int:
    """Rows of scratch that a transform needs: the line, and one block of it."""
    length = math.prod(plan.radices)
    return int(length + length // plan.radices[0])
