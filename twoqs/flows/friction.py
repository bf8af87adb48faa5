"""The angle of a flow that a jump operator drives: phi' = q(phi) and noise.

q is a real linear form of the spins that the flow turns, so that along it

    q(phi) = c0 + c1 cos(r phi) + c2 sin(r phi),

summed over groups of spins that turn by r phi, and a slope times phi of modes that are translated,
whose form is in c0 as it is at the start. The trapezoidal rule is of weak order two for noise
that is added, if its predictor has the noise, too; phi_0 is noise and everything that is constant:

    phi = phi_0 + dt/2 (q(0) + q(phi_0 + dt q(0))).

The midpoint rule would miss the variance of q within the step, and be of order one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.rotation import turn_cosine, turn_sine
from twoqs.model.arrays import Floats


class Arc(NamedTuple):
    """q along a turn, any shape."""

    constant: Floats  # c0
    turn_cosine: Floats  # c1
    turn_sine: Floats  # c2

    @classmethod
    def of(
        cls, form: Floats, axes: Floats, s: Floats, translated: NDArray[np.bool_] | None = None
    ) -> Self:
        """f.s while s, of shape (3, row, lane), turns about u; f and u of shape (row, 3)."""
        return cls(*(np.einsum("ra,arl->rl", f, s) for f in arc_forms(form, axes, translated)))


def arc_forms(
    form: Floats, axes: Floats, translated: NDArray[np.bool_] | None = None
) -> tuple[Floats, Floats, Floats]:
    """Forms of s that are c0, c1 and c2 of f.s, each of shape (row, 3).

    Args:
        translated: rows that do not turn, shape (row,); none if left out.
    """
    along = np.sum(form * axes, axis=1)[:, None] * axes
    cosine, sine = form - along, np.cross(form, axes)
    if translated is not None:
        along[translated] = form[translated]
        cosine[translated] = sine[translated] = 0.0
    return along, cosine, sine


def with_friction(
    angle: Floats,
    duration: float,
    arcs: Sequence[tuple[float, Arc]],
    fine: bool,
    slope: float = 0.0,
) -> Floats:
    """phi from phi_0 = `angle`; arcs are those of groups, each after its r."""
    predicted = predicted_angle(angle, duration, arcs)
    return np.asarray(angle + integral_along(duration, arcs, predicted, fine, slope))


def predicted_angle(angle: Floats, duration: float, arcs: Sequence[tuple[float, Arc]]) -> Floats:
    """phi at the end by what is at the start."""
    return np.asarray(angle + duration * sum(arc.constant + arc.turn_cosine for _, arc in arcs))


def integral_along(
    duration: float,
    arcs: Sequence[tuple[float, Arc]],
    predicted: Floats,
    fine: bool,
    slope: float = 0.0,
) -> Floats:
    """The integral of q by the trapezoidal rule; arguments as in `with_friction`."""
    now = sum(arc.constant + arc.turn_cosine for _, arc in arcs)
    then = sum(
        arc.constant
        + arc.turn_cosine * turn_cosine(ratio * predicted, fine)
        + arc.turn_sine * turn_sine(ratio * predicted, fine)
        for ratio, arc in arcs
    )
    return np.asarray(duration / 2 * (now + then + slope * predicted))
