"""Small changes to a step that make it right, whatever its length, where the answer is known.

They matter to second order of the step at most. The step is half of the outer turn, half of the
damping, the inner turn, and all of it backwards; x = 2 G L dt stands for the net rate G of decay,
as the drift has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Matching(NamedTuple):
    """Factors for each site.

    Near the poles, stable or not, the damping multiplies transverse components by exp(-x), and the
    noise has to keep their variance (Gamma S/2 a unit of time, if it could act all the time):
    V = exp(-2x) (V + v/2) + v/2 for the outer turn, and exp(-2x) V + exp(-x) v for the inner one.

    A constant field B in the plane rotates the sphere and the damping boosts it, both as elements
    of SL(2, C), whose product has the trace 2 cosh(x/2) cos(B dt/2): it precesses at its own rate,
    sqrt(B^2 - (x/dt)^2), up to dt^4.

    Couplings about x and y turn the spins away from the pole by shears a and b of neighbouring
    components. The pole loses its stability where a b = 4 sinh(x/2)^2, instead of x^2.
    """

    outer: Floats  # of the variance of the noise: tanh(x)/x
    inner: Floats  # sinh(x)/x
    field: Floats  # x/(2 sinh(x/2))
    coupling: Floats  # 2 sinh(x/2)/x


def matching(relaxed: Floats) -> Matching:
    """The factors for x of shape (site,), all even in x and 1 at 0."""
    stretch = _ratio(np.sinh, relaxed / 2)
    return Matching(_ratio(np.tanh, relaxed), _ratio(np.sinh, relaxed), 1 / stretch, stretch)


def _ratio(function: Callable[[Floats], Floats], x: Floats) -> Floats:
    """function(x)/x."""
    used = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 1.0, function(used) / used)
