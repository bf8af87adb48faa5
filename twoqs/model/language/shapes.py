"""Pulses as users make them, a function for each kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.errors import ArgumentError
from twoqs.model.arguments import numbers
from twoqs.model.language.pulses import Cosine, Gauss, Piecewise, Ramp, Sampled
from twoqs.model.limits import MOST_SAMPLES_OF_PULSE


def gauss(center: float, width: float, height: float = 1.0, offset: float = 0.0) -> Gauss:
    """offset + height exp(-(t - center)^2/(2 width^2)).

    Args:
        center: time of the peak; it may lie before 0.
        width: standard deviation in time, positive.
        height: of the peak above the offset.
        offset: value far from the peak.

    Raises:
        ArgumentError: for a width that is not positive, and what is no number.

    Examples:
        >>> pulse = twoqs.gauss(center=2, width=0.5, height=1.2)
        >>> pulse.at(np.array([1.5, 2, 2.5])).round(3)
        array([0.728, 1.2  , 0.728])
    """
    return Gauss(center, width, height, offset)


def ramp(start: float, stop: float, before: float, after: float) -> Ramp:
    """A straight line from one value to another one.

    Args:
        start, stop: times between which it changes.
        before, after: values until `start` and from `stop` on.

    Raises:
        ArgumentError: for a start before 0, a stop that is not later, and what is no number.

    Examples:
        >>> twoqs.ramp(1, 3, before=0, after=0.5).at(np.array([0, 2, 9]))
        array([0.  , 0.25, 0.5 ])
    """
    return Ramp(start, stop, before, after)


def cosine(amplitude: float, frequency: float, phase: float = 0.0, offset: float = 0.0) -> Cosine:
    """offset + amplitude cos(frequency t + phase).

    Args:
        amplitude: of the oscillation.
        frequency: angular, in the unit of the model's rates.
        phase: in radians; -pi/2 for a sine.
        offset: mean value.

    Raises:
        ArgumentError: for what is no number.

    Examples:
        >>> twoqs.cosine(0.2, frequency=np.pi, offset=1).at(np.array([0, 1])).round(6)
        array([1.2, 0.8])
    """
    return Cosine(amplitude, frequency, phase, offset)


def piecewise(times: Any, values: Any) -> Piecewise:
    """Constant values one after the other; steps end on the jumps between them.

    Args:
        times: increasing from 0 on, shape (piece,): where each value begins.
        values: shape (piece,); the last one holds on for ever.

    Raises:
        ArgumentError: for times that do not begin at 0 or do not increase, and other lengths.

    Examples:
        >>> twoqs.piecewise([0, 2], [1.0, -1.0]).at(np.array([0, 1.9, 2, 9]))
        array([ 1.,  1., -1., -1.])
    """
    return Piecewise(times, values)


def sampled(times: Any, values: Any) -> Sampled:
    """Straight lines between values that are given at some times.

    Args:
        times: increasing from 0 on, shape (sample,); a run must end within them.
        values: shape (sample,), or a function of an array of times that returns them. Only its
            values are kept: so the model can be stored and compared, and has the error of straight
            lines, which falls with the square of the distance of the times.

    Raises:
        ArgumentError: for times that do not begin at 0 or do not increase, and other values.

    Examples:
        >>> pulse = twoqs.sampled(np.linspace(0, 1, 11), lambda t: t**2)
        >>> pulse.at(np.array([0.1, 0.15])).round(6)
        array([0.01 , 0.025])
    """
    if callable(values):
        grid = np.array(numbers("times", times, most=MOST_SAMPLES_OF_PULSE))
        try:
            values = values(grid)
        except TypeError as error:
            wanted = f"be a function of an array of times ({error})"
            raise ArgumentError.of("values", wanted, values) from error
    return Sampled(times, values)
