"""The random stream of the lanes in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.model.arrays import Floats

SMALL_SQUARE = 1 - np.sqrt(2 / 3)
LARGE_SQUARE = 1 + 3 * np.sqrt(2 / 3)
"""3/4 of the first and 1/4 of the second make 1, 3/4 and 1/4 of their squares make 3."""


class ReferenceStream:
    """One xoshiro256++ generator for each lane, read in words or in pieces of 3 bits.

    Args:
        state: array of shape (4, lane) of 64-bit words; it is copied.
        bits: 64, or 32 if pieces are to come from halves of a word, the upper one first.

    Attributes:
        words: the generators as they are now, four arrays of shape (lane,).
    """

    def __init__(self, state: NDArray[np.uint64], bits: int = 64) -> None:
        self.words = [row.copy() for row in state]
        self._bits = bits
        self._parts: list[NDArray[np.uint64]] = []
        self._pieces: list[NDArray[np.uint64]] = []

    def word(self) -> NDArray[np.uint64]:
        """The next 64-bit word of every lane."""
        s = self.words
        result = _rotate_left(s[0] + s[3], 23) + s[0]
        shifted = s[1] << np.uint64(17)
        s[2] = s[2] ^ s[0]
        s[3] = s[3] ^ s[1]
        s[1] = s[1] ^ s[2]
        s[0] = s[0] ^ s[3]
        s[2] = s[2] ^ shifted
        s[3] = _rotate_left(s[3], 45)
        return result

    def four_point(self) -> Floats:
        """Noise of unit variance with four values, from the next piece of every lane."""
        if not self._pieces:
            if not self._parts:
                word = self.word()
                self._parts = [word << np.uint64(shift) for shift in range(0, 64, self._bits)]
            part = self._parts.pop(0)
            shifts = range(61, 61 - 3 * (self._bits // 3), -3)
            self._pieces = [(part >> np.uint64(shift)) & np.uint64(7) for shift in shifts]
        piece = self._pieces.pop(0)
        size = np.sqrt(np.where(piece >= 6, LARGE_SQUARE, SMALL_SQUARE))
        return np.where(piece % 2 == 1, -size, size)

    def four_points(self, count: int) -> Floats:
        """Four-point noise of shape (count, lane), all of it from one and the same word."""
        if len(self._pieces) < count:
            self._pieces = []
        return np.stack([self.four_point() for _ in range(count)])

    def gaussian_pair(self) -> tuple[Floats, Floats]:
        """Two independent standard normal numbers for each lane (Box and Muller)."""
        first, second = (self.word() >> np.uint64(11)).astype(float), self.word() >> np.uint64(11)
        radius = np.sqrt(-2 * np.log((first + 0.5) * 2.0**-53))
        angle = 2 * np.pi * second.astype(float) * 2.0**-53
        return radius * np.cos(angle), radius * np.sin(angle)


def amplitude(exponent: float, cosine: Callable[[Any], Any]) -> float:
    """Size of a four-point angle with E cos = exp(-exponent), as a Brownian angle has.

    sqrt(2 exponent) for small steps; with this one pure dephasing is exact for any step.

    Args:
        exponent: rate times step.
        cosine: what the rotation takes for the cosine of its angle.
    """
    if exponent == 0:
        return 0.0

    def excess(size: float) -> float:
        small, large = size * np.sqrt(SMALL_SQUARE), size * np.sqrt(LARGE_SQUARE)
        return 0.75 * cosine(small) + 0.25 * cosine(large) - float(np.exp(-exponent))

    guess = np.sqrt(2 * exponent)
    found = scipy.optimize.brentq(excess, 0.8 * guess, 1.2 * guess, xtol=1e-300, rtol=1e-15)
    return float(found)


def _rotate_left(word: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))
