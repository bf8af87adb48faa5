"""Windows that were found: `windows.jsonl`, a line for each point whose settings say `auto`.

A line decides nothing but when batches average: it is found again if it is damaged or lost, and the
same seed and code find the same window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from twoqs.simulation.window import latest_end
from twoqs.store.journal import Journal, content_of, contents, repair
from twoqs.sweep import Point, Sweep

WINDOWS = "windows.jsonl"


class Window(NamedTuple):
    """One line of the file.

    Attributes:
        point: identity of the point while it had no window.
        start, end: of the window.
        seed: root of the random streams of the search.
    """

    point: str
    start: float
    end: float
    seed: int


class FoundWindows:
    """The windows that a store knows.

    Args:
        path: the file, which need not be there.
        seed: of the sweep; windows of others do not count.

    Raises:
        StoreError: if it cannot be read.
    """

    def __init__(self, path: Path, seed: int) -> None:
        self._path, self._seed = path, seed
        self._found = {}
        for content in contents(path):
            if _is_window(content) and content["seed"] == seed:
                self._found[content["point"]] = content["start"], content["end"]

    def window(self, point: Point) -> tuple[float, float] | None:
        """The window of a point; None unless it may be found, whoever wrote the line."""
        if not point.pending or point.point_id not in self._found:
            return None
        (start, end), first = self._found[point.point_id], point.numerics.average
        assert first is not None
        possible = first[0] <= start and end == 2 * start and end <= latest_end(first[0])
        return (start, end) if possible else None

    def knows(self, point: Point) -> bool:
        """Whether the window of a point is known."""
        return self.window(point) is not None

    def settled(self, sweep: Sweep) -> Sweep:
        """The sweep, whose points have their windows as far as these are found."""
        if not any(self.knows(point) for point in sweep.points):
            return sweep
        return sweep.with_points(
            point.with_window(self._found[point.point_id]) if self.knows(point) else point
            for point in sweep.points
        )

    def note(self, found: Sequence[tuple[Point, tuple[float, float]]]) -> None:
        """Keep windows for good; they are on disk when this returns.

        Raises:
            OSError: if the disk refuses.
        """
        if not found:
            return
        journal = Journal(self._path)
        try:
            journal.append(Window(point.point_id, *window, self._seed) for point, window in found)
        finally:
            journal.close()
        self._found |= {point.point_id: window for point, window in found}

    def repair(self) -> None:
        """Drop damaged lines and a torn end; only the holder of the lock may call it."""
        repair(self._path, content_of)


def _is_window(content: dict[str, object]) -> bool:
    """Whether a line may be a window."""
    if content.keys() != set(Window._fields):
        return False
    times = content["start"], content["end"]
    finite = all(isinstance(time, float) and math.isfinite(time) for time in times)
    return finite and isinstance(content["point"], str) and type(content["seed"]) is int
