"""The values of an axis, and numbers of few digits between them."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats

TIDY = 0.05
"""Share of the gap between its neighbours by which a new value may be moved to have few digits."""


class GrowingAxis:
    """An axis that takes up values, one after the other.

    Args:
        name: the axis.
        values: its numbers so far, in any order.
        whole: whether new values must be integers, as the old ones are.
        logarithmic: whether distances are those of the logarithms.

    Attributes:
        added: the new values, in the order in which they were taken up.

    Raises:
        ArgumentError: if there are less than two values, or logarithms that do not exist.
    """

    def __init__(
        self, name: str, values: Sequence[int | float], whole: bool, logarithmic: bool
    ) -> None:
        require(len(values) > 1, "axis", f"have at least two values (`{name}`)", list(values))
        least = min(values)
        require(least > 0 or not logarithmic, "log", f"have positive values (`{name}`)", least)
        self.name = name
        self.added: list[int | float] = []
        self._old = list(values)
        self._values = sorted(values)
        self._whole = whole and all(float(value).is_integer() for value in values)
        self._logarithmic = logarithmic

    @property
    def positions(self) -> Floats:
        """Positions of the old values along the axis, from 0 to 1, increasing."""
        scaled = np.array([self._scaled(value) for value in sorted(self._old)])
        positions = (scaled - scaled[0]) / (scaled[-1] - scaled[0])
        return np.asarray(positions)

    @property
    def full(self) -> bool:
        """Whether no integer is left to take up."""
        return self._whole and len(self._values) > self._values[-1] - self._values[0]

    @property
    def grown(self) -> list[int | float]:
        """Old and new values: falling if the old ones fall, else rising."""
        falling = self._old == sorted(self._old, reverse=True)
        return sorted(self._values, reverse=falling)

    def take(self, position: float) -> bool:
        """Take up a value at a position from 0 to 1, if there is room between its neighbours."""
        first, last = (self._scaled(sorted(self._old)[i]) for i in (0, -1))
        scaled = first + position * (last - first)
        value = math.exp(scaled) if self._logarithmic else scaled
        above = min(max(bisect.bisect(self._values, value), 1), len(self._values) - 1)
        low, high = self._values[above - 1], self._values[above]
        tidied = round(value) if self._whole else fewest_digits(value, high - low)
        if not low < tidied < high:
            return False
        bisect.insort(self._values, self._like_others(tidied))
        self.added.append(self._like_others(tidied))
        return True

    def _scaled(self, value: int | float) -> float:
        return math.log(value) if self._logarithmic else float(value)

    def _like_others(self, value: int | float) -> int | float:
        """Whole numbers are written as the others are: 3 or 3.0."""
        integers = all(isinstance(other, int) for other in self._old)
        return int(value) if integers and self._whole else float(value)


def fewest_digits(value: float, gap: float) -> float:
    """The number of fewest digits that is near `value`: nearer than `TIDY` of `gap`."""
    digits = -math.floor(math.log10(gap)) - 1
    while abs(round(value, digits) - value) > TIDY * gap:
        digits += 1
    return round(value, digits) + 0.0
