"""The random stream of the lanes in plain NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PIECES_PER_WORD = 4
SIXTH = 10923
"""2^16/6, rounded: how many of the 2^16 values of a piece mean +VALUE."""

VALUE = np.sqrt(2**16 / (2 * SIXTH))


class ReferenceStream:
    """One xoshiro256++ generator for each lane, read in words or in pieces of 16 bits.

    Args:
        state: array of shape (4, lane) of 64-bit words; it is copied.
    """

    def __init__(self, state: NDArray[np.uint64]) -> None:
        self._s = [row.copy() for row in state]
        self._pieces: list[NDArray[np.uint64]] = []

    def word(self) -> NDArray[np.uint64]:
        """The next 64-bit word of every lane."""
        s = self._s
        result = _rotate_left(s[0] + s[3], 23) + s[0]
        shifted = s[1] << np.uint64(17)
        s[2] = s[2] ^ s[0]
        s[3] = s[3] ^ s[1]
        s[1] = s[1] ^ s[2]
        s[0] = s[0] ^ s[3]
        s[2] = s[2] ^ shifted
        s[3] = _rotate_left(s[3], 45)
        return result

    def three_point(self) -> NDArray[np.float64]:
        """Noise of unit variance with three values, from the next piece of every lane."""
        if not self._pieces:
            word = self.word()
            self._pieces = [(word >> np.uint64(16 * i)) & np.uint64(0xFFFF) for i in range(4)]
        piece = self._pieces.pop(0).astype(np.int64)
        return VALUE * ((piece < SIXTH).astype(float) - (piece >= 2**16 - SIXTH))

    def gaussian_pair(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two independent standard normal numbers for each lane (Box and Muller)."""
        first, second = (self.word() >> np.uint64(11)).astype(float), self.word() >> np.uint64(11)
        radius = np.sqrt(-2 * np.log((first + 0.5) * 2.0**-53))
        angle = 2 * np.pi * second.astype(float) * 2.0**-53
        return radius * np.cos(angle), radius * np.sin(angle)


def amplitude(rate: NDArray[np.float64], step: float, parts: int) -> NDArray[np.float64]:
    """Amplitude of a three-point angle phi with E cos(phi) = exp(-rate step), at each site.

    sqrt(2 rate step) for small steps; with this one pure dephasing is exact for any step. It goes
    through the inverse of h (1 + h^2/3), which stands for the tangent of the angle over `parts`.
    """
    chance = 2 * SIXTH / 2**16
    outer = 2 * np.arcsin(np.sqrt(-np.expm1(-rate * step) / (2 * chance)))
    inverse = 2 * np.sinh(np.arcsinh(1.5 * np.tan(outer / parts)) / 3)
    return np.asarray(parts * inverse / VALUE)


def _rotate_left(word: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))
