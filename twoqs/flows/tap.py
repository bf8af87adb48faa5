"""The output field of a channel, which the noise of its flows carries away.

With dxi = (dW_1 + i dW_2)/2 the field that leaves through c = A + iB with the rate G is

    dout = dxi + sqrt(2G) c dt,

whose vacuum has E|dout|^2 = dt/2. Its imaginary part belongs to the flow of A, over the angle
dphi = 2G B dt + sqrt(2G) dW_2, and its real part to that of B, over -2G A dt - sqrt(2G) dW_1: along
a flow over dphi = 2G q dt + sqrt(2G) dW, what is kept of the field is

    y = W/2 + sqrt(2G) int q dt,   out = i y for A, out = -y for B,

with the integral by the same trapezoidal rule as phi. Friction has the share q_j/m_j of a member in
q; the field has m_j q_j, as its mean is to be sqrt(2G) <c> and <S> = m E[s]. So is the product of
two members right, and the part of its power that is of one spin too large by m^2 - 1, which is
1/(4 S^2).

A Hermitian c has no flow of B, but the field has its part of A: a flow that turns nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from twoqs.flows.friction import Arc, integral_along
from twoqs.model.arrays import Floats


@dataclass(frozen=True, eq=False)
class Tap:
    """What a flow adds to the field of its channel.

    Attributes:
        channel: number of the channel.
        way: what multiplies y.
        form: of m q, shape (row, 3).
        rate: G.
        parameter: column of the values, which multiply the rate.
    """

    channel: int
    way: complex
    form: Floats
    rate: float
    parameter: int

    def add(
        self,
        fields: Floats,
        noise: Floats,
        duration: float,
        values: Floats,
        path: tuple[Sequence[tuple[float, Arc]], Floats, bool, float],
    ) -> None:
        """Add to fields of shape (channel, 2, lane), in place.

        Args:
            noise: W over the root of the duration, shape (lane,).
            path: arcs of m q, phi at the end as predicted, whether series are fine, and slope.
        """
        root = math.sqrt(2 * self.rate * values[self.parameter])
        y = math.sqrt(duration) / 2 * noise + root * integral_along(duration, *path)
        fields[self.channel, 0] += self.way.real * y
        fields[self.channel, 1] += self.way.imag * y
