"""Numbers that are compared with published ones, and how they are made of curves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from twoqs.measure.names import error_name


class Number(NamedTuple):
    """A number with its standard error; 0 if it has no noise."""

    value: float
    se: float


def value_of(data: xr.Dataset, name: str, scale: float = 1.0, **at: object) -> Number:
    """One value of a variable over `scale`, at coordinates that forgive rounding."""
    chosen = data.twoqs.sel(**at) if at else data
    return Number(float(chosen[name]) / scale, float(chosen[error_name(name)]) / abs(scale))


def power(x: xr.DataArray, y: xr.DataArray, se: xr.DataArray) -> Number:
    """The exponent of y over x: a straight line through the logarithms, by least squares.

    Args:
        x, y, se: of equal shape (points,); y of one sign.

    Returns:
        The slope. Its standard error is that of noise alone: that the points lie on no straight
        line is not in it.
    """
    distance = np.log(x.values) - np.log(x.values).mean()
    weights = distance / (distance**2).sum()
    relative = se.values / np.abs(y.values)
    slope = float(weights @ np.log(np.abs(y.values)))
    return Number(slope, float(np.sqrt(weights**2 @ relative**2)))


def decibels(number: Number) -> Number:
    """A positive number in dB."""
    return Number(10 * float(np.log10(number.value)), 10 / np.log(10) * number.se / number.value)
