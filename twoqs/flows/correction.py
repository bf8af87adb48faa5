"""Corrections of a conserving step that make it exact, however long, where the answer is known.

They are of second order in the step. The step is half of the outer turn, half of the damping, the
inner turn, and all of it backwards. The damping is a boost of the sphere; its rapidity is
x = 2 G L dt for the net rate G of decay, as the drift has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from twoqs.model.arrays import Floats


class Correction(NamedTuple):
    """Factors of noise, fields and couplings for each site, shape (site,).

    Near the poles, stable or not, the damping multiplies transverse components by exp(-x), and the
    noise has to keep their variance (Gamma S/2 a unit of time, if it could act all the time):
    V = exp(-2x) (V + v/2) + v/2 for the outer turn, and exp(-2x) V + exp(-x) v for the inner one.

    A constant field B in the plane rotates the sphere and the damping boosts it, both as elements
    of SL(2, C), whose product has the trace 2 cosh(x/2) cos(B dt/2): it precesses at its own rate,
    sqrt(B^2 - (x/dt)^2), up to dt^4.

    Couplings about x and y turn the spins away from the pole by shears a and b of neighbouring
    components. The pole loses its stability where a b = 4 sinh(x/2)^2, instead of x^2.
    """

    outer_noise: Floats  # of its variance: tanh(x)/x
    inner_noise: Floats  # sinh(x)/x
    field: Floats  # x/(2 sinh(x/2))
    coupling: Floats  # 2 sinh(x/2)/x


def step_correction(rapidity: Floats) -> Correction:
    """The factors for the rapidity x of shape (site,), all even in x and 1 at 0."""
    stretch = _ratio(np.sinh, rapidity / 2)
    return Correction(_ratio(np.tanh, rapidity), _ratio(np.sinh, rapidity), 1 / stretch, stretch)


def field_correction(rapidity: Floats, inside: bool) -> Floats:
    """Factor of the component along the axis of a turn in an output field, shape (site,).

    Near a pole all is linear, and what is emitted the vacuum. A step of a transverse component in
    units of its variance is s' = c s + r w with c = exp(-x), r^2 = 1 - c^2; the field
    w - k (s + s')/2 has neither memory nor more noise than w alone for k = 2 sqrt(tanh(x/2)),
    instead of sqrt(2x). At the turn inside the halves of the damping the variance of the component
    is less by 1/cosh(x).
    """
    factor = np.sqrt(_ratio(np.tanh, rapidity / 2))
    return factor * np.sqrt(np.cosh(rapidity)) if inside else factor


def _ratio(function: Callable[[Floats], Floats], x: Floats) -> Floats:
    """function(x)/x."""
    used = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 1.0, function(used) / used)
