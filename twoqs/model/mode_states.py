"""States that modes may start from."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import number, set_attributes
from twoqs.model.arrays import Floats
from twoqs.model.language.values import complex_number
from twoqs.model.limits import MOST_QUANTA


@dataclass(frozen=True)
class ModeState:
    """A squeezed thermal state that is displaced, of each mode; see `gaussian`."""

    alpha: complex = 0.0 + 0.0j
    n: float = 0.0
    r: float = 0.0
    angle: float = 0.0

    def __post_init__(self) -> None:
        alpha = complex_number("alpha", self.alpha)
        n, r, angle = (number(name, getattr(self, name)) for name in ("n", "r", "angle"))
        require(n >= 0, "n", "not be negative (it is the mean number of thermal quanta)", self.n)
        require(r >= 0, "r", "not be negative (turn the `angle` by pi)", self.r)
        quanta = (n + 0.5) * math.cosh(2 * min(r, 100.0)) + abs(alpha) ** 2
        wanted = f"describe at most {MOST_QUANTA:.0e} quanta"
        require(quanta <= MOST_QUANTA, "gaussian", wanted, self)
        set_attributes(self, alpha=alpha, n=n, r=r, angle=angle if r else 0.0)

    @property
    def mean(self) -> tuple[float, float]:
        """Means of x = Re a and y = -Im a."""
        return self.alpha.real, -self.alpha.imag

    @property
    def covariance(self) -> Floats:
        """Symmetrised covariance of x = Re a and y = -Im a, shape (2, 2)."""
        size = (self.n + 0.5) * math.cosh(2 * self.r)
        square = -(self.n + 0.5) * math.sinh(2 * self.r) * cmath.exp(1j * self.angle)
        return (
            np.array([[size + square.real, -square.imag], [-square.imag, size - square.real]]) / 2
        )


def vacuum() -> ModeState:
    """The vacuum of a mode.

    Examples:
        >>> c = twoqs.Mode("c")
        >>> loss = twoqs.jump(c.a, rate=1.0)
        >>> model = twoqs.Model(jumps=[loss], initial={"c": twoqs.vacuum()})
        >>> round(twoqs.exact(model, times=[0]).var_q.item(), 9)
        0.5
    """
    return ModeState()


def gaussian(alpha: Any = 0.0, n: Any = 0.0, r: Any = 0.0, angle: Any = 0.0) -> ModeState:
    """A coherent, thermal or squeezed state of a mode, or all three: D(alpha) S(xi) rho_n.

    Its Wigner function is a Gaussian, which is sampled exactly.

    Args:
        alpha: displacement, <a>; complex.
        n: mean number of quanta of the thermal state rho_n.
        r: squeezing, S(xi) = exp((xi* a^2 - xi a^+^2)/2) with xi = r exp(i angle): for the angle 0,
            the variance of (a + a^+)/2 is exp(-2r) (2n + 1)/4.
        angle: in radians.

    Raises:
        ArgumentError: for anything else, a negative n or r, and more than 10^12 quanta.

    Examples:
        >>> c = twoqs.Mode("c")
        >>> state = twoqs.gaussian(alpha=2, n=0.5)
        >>> model = twoqs.Model(jumps=[twoqs.jump(c.a, rate=1.0)], initial={"c": state})
        >>> round(twoqs.exact(model, times=[0], photons=60).n.item(), 6)
        4.5
    """
    return ModeState(alpha, n, r, angle)


def mode_state(name: str, value: Any) -> ModeState:
    """A state of a mode, or that of the word "vacuum".

    Raises:
        ArgumentError: for anything else.
    """
    if isinstance(value, ModeState):
        return value
    if isinstance(value, str) and value == "vacuum":
        return ModeState()
    wanted = (
        'be "vacuum" or gaussian(...) for a mode (number states and cats have no positive Wigner '
        "function)"
    )
    raise ArgumentError.of(name, wanted, value)
