"""Noise of steps of 2h that is that of steps of h: a run at twice the step on the same noise.

Linear combinations with orthonormal coefficients of independent numbers that have the moments of a
Gaussian to fifth order have them, too: enough for weak order two. So two draws of a flow become
(xi_1 + xi_2)/sqrt(2), those of a flow and of its mirror image within one step likewise.

The flow that begins and ends a run by halves has noise of the variances (1/2, 1, ..., 1, 1/2) h,
and (1, 2, ..., 2, 1) h at twice the step. A draw of h lies half within the one of 2h and half
within the next. What a draw u leaves of the noise so far is kept as r, of unit variance and
independent of u:

    sqrt(1/2) xi_0 + xi_1         = u + sqrt(1/2) r            first of a run
    sqrt(1/2) r + xi_1 + xi_2     = sqrt(2) u + sqrt(1/2) r'   between two steps
    sqrt(1/2) r + sqrt(1/2) xi    = u                          last of a run

so that from sample to sample the noise has the same sum in both runs. If the number of steps is
odd, the last one remains as long as it is: its halves are r and xi in

    sqrt(1/2) r + xi_1 + sqrt(1/2) xi = u + sqrt(1/2) r' + sqrt(1/2) xi.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from twoqs.model.arrays import Floats

PAIR, SINGLE, FIRST_HALF, BETWEEN, LAST_HALF, LAST_OF_ODD, LEFT_OVER = range(7)
"""How a draw is made: of two, of one, or with what was left as above."""

_LEAST, _MOST = 1 / 3, math.sqrt(8) / 3
_V, _P = np.array([math.sqrt(0.5), 1.0, 1.0]), np.array([math.sqrt(2), 2.0, -3.0]) / math.sqrt(15)
"""The sum between two steps, and what is orthogonal to it and has most of xi_2."""

COEFFICIENTS = np.array([
    [[0, math.sqrt(0.5), math.sqrt(0.5)], [1, 0, 0]],
    [[0, 1, 0], [1, 0, 0]],
    [[0, _MOST, _LEAST], [0, -_LEAST, _MOST]],
    [(math.sqrt(8) * _V + math.sqrt(5) * _P) / 5, (math.sqrt(2) * _V - math.sqrt(20) * _P) / 5],
    [[math.sqrt(0.5), math.sqrt(0.5), 0], [0, 0, 0]],
    [[_MOST, _LEAST, 0], [-_LEAST, _MOST, 0]],
    [[1, 0, 0], [0, 0, 0]],
])  # fmt: skip
"""Of (r, xi_1, xi_2) in u and in the next r, for each way; shape (way, 2, 3)."""


class DoubledStream:
    """Noise of a run at twice the step.

    Args:
        drawn: by the finer run, one after the other; each of shape (count, lane).
        parts: for each draw the numbers of some of these, and the coefficient of each.
    """

    def __init__(self, drawn: Sequence[Floats], parts: Iterable[dict[int, float]]) -> None:
        self._drawn, self._parts = drawn, iter(parts)

    def four_points(self, count: int) -> Floats:
        """Noise of shape (count, lane)."""
        noise = sum(factor * self._drawn[n] for n, factor in next(self._parts).items())
        assert np.shape(noise)[0] == count
        return np.asarray(noise)

    def four_point(self) -> Floats:
        """Four-point noise of shape (lane,)."""
        return np.asarray(self.four_points(1)[0])
