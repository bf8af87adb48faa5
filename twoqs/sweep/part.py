"""Parts of a sweep that a run computes alone: a share of the work, some batches, some points."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.model.arguments import integer, is_sequence
from twoqs.sweep.point import Point
from twoqs.sweep.sweep import Sweep

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class OwnBatches:
    """The batches of a part of a sweep.

    Attributes:
        batches: those of each point that may be among them.
        dealt: by identity of a point, whether each of these is.
        whole: identities of points of which all of these are.
    """

    batches: slice
    dealt: Mapping[str, Flags]
    whole: frozenset[str]

    def of(self, point: Point) -> Flags:
        """Whether each batch of a point is in the part."""
        key = point.auto or point.point_id
        mine = np.zeros(point.batches, bool)
        if key in self.whole:
            mine[self.batches] = True
        elif key in self.dealt:
            # Another point may share these batches, and ask for more of them.
            hand = self.dealt[key][: len(mine[self.batches])]
            mine[self.batches][: len(hand)] = hand
        return mine


@dataclass(frozen=True)
class SweepPart:
    """Which batches of a sweep a run computes: those that all of these choose.

    Attributes:
        share: (k, n), the k-th of n shares of nearly equal work; None for all of it.
        batches: (first, end) of the batches of each point, `end` left out; None for no end.
        only: positions along axes; those that are not named are taken whole.
    """

    share: tuple[int, int] | None = None
    batches: tuple[int, int | None] = (0, None)
    only: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def of(self, sweep: Sweep) -> OwnBatches:
        """The batches of this part of a sweep, given as it was read.

        They follow from the sweep alone, not from what is done, so that n shares hold each batch
        once, wherever they are run. Batches are dealt like cards, the longest first, each to the
        share with the least work: no two differ by more than the longest one. Where their number
        depends on results (a target of standard errors, or a window that is found), a point is
        dealt as a whole.
        """
        chosen, batches = self._points(sweep), slice(*self.batches)
        points = sweep.with_points(chosen).requirements
        alone = {key for key, point in points.items() if sweep.target_se or point.auto}
        cards = [
            1 if key in alone else len(range(point.batches)[batches])
            for key, point in points.items()
        ]
        seconds = [
            point.cost.seconds * (point.batches if key in alone else 1)
            for key, point in points.items()
        ]
        mine = np.ones(sum(cards), bool)
        if self.share is not None:
            mine = _dealt(np.repeat(seconds, cards), self.share[1]) == self.share[0]
        hands = dict(zip(points, np.split(mine, np.cumsum(cards)), strict=False))
        whole = frozenset(key for key in alone if hands[key].all())
        return OwnBatches(batches, {key: hands[key] for key in hands.keys() - alone}, whole)

    def _points(self, sweep: Sweep) -> Iterator[Point]:
        chosen = {dim: set(places) for dim, places in self.only.items()}
        for point in sweep.points:
            along = zip(sweep.dims, point.index, strict=True)
            if all(place in chosen[dim] for dim, place in along if dim in chosen):
                yield point

    def text(self, sweep: Sweep) -> str:
        """The part in words: `part 3/10, batches 8:16, J_y=-0.5`."""
        words = [] if self.share is None else ["part {}/{}".format(*self.share)]
        first, end = self.batches
        if (first, end) != (0, None):
            words.append(f"batches {first}:{'' if end is None else end}")
        for axis in sweep.axes:
            places = self.only.get(axis.name)
            if places is not None:
                ends = sorted({places[0], places[-1]})
                between = ",...," if len(places) > 2 else ","
                shown = between.join(str(axis.coordinates[place]) for place in ends)
                words.append(f"{axis.name}={shown}")
        return ", ".join(words)


def _dealt(seconds: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The share, from 1 to `count`, that each card is dealt to."""
    owners = np.zeros(len(seconds), int)
    loads = [(0.0, share) for share in range(1, min(count, len(seconds)) + 1)]  # a heap
    for card in np.argsort(-seconds, kind="stable").tolist():
        load, share = loads[0]
        heapq.heapreplace(loads, (load + float(seconds[card]), share))
        owners[card] = share
    return owners


def checked_part(sweep: Sweep, share: Any, batches: Any, only: Mapping[str, Any]) -> SweepPart:
    """The part of a sweep with these attributes.

    Raises:
        ArgumentError: naming `part`, `batches` or `only`, if the sweep has no such part.
    """
    if share is not None:
        wanted = "be two integers (k, n): the k-th of n parts"
        require(is_sequence(share) and len(share) == 2, "part", wanted, share)
        count = integer("part", share[1], 1)
        share = integer("part", share[0], 0), count
        wanted = f"be one of 1/{count} to {count}/{count}"
        require(1 <= share[0] <= count, "part", wanted, "{}/{}".format(*share))
    wanted = "be two integers (first, end): batches from the first one to the one before `end`"
    require(is_sequence(batches) and len(batches) == 2, "batches", wanted, batches)
    first, end = integer("batches", batches[0], 0), batches[1]
    if (first, end) != (0, None):
        wanted = "be left out where standard errors have targets, which tell how many there are"
        require(not sweep.target_se, "batches", wanted, batches)
        end = None if end is None else integer("batches", end, first + 1)
        most = max(point.batches for point in sweep.points)
        windows = any(point.auto for point in sweep.points)
        wanted = f"begin below {most}, the number of batches of the longest point"
        require(first < most or windows, "batches", wanted, first)
    for dim, places in only.items():
        size = dict(zip(sweep.dims, sweep.shape, strict=True)).get(dim, 0)
        known = is_sequence(places) and all(type(one) is int and 0 <= one < size for one in places)
        require(known and len(places) > 0, f"only.{dim}", "be positions along an axis", places)
    return SweepPart(share, (first, end), {dim: tuple(places) for dim, places in only.items()})
