"""Numbers that are compared with published ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from twoqs.measure.statistics import jackknife_covariance
from twoqs.paper.bias import power


class Compared(NamedTuple):
    """A number with its standard error; 0 if it has no noise."""

    value: float
    se: float


def compared(values: np.ndarray, wanted: float = 1.0) -> Compared:
    """The first of some values over a wanted one; the others are its replicas."""
    error = float(jackknife_covariance(values[1:, None])[0, 0]) ** 0.5
    return Compared(float(values[0] / wanted), error / wanted)


def exponent(x: xr.DataArray, y: xr.DataArray, se: xr.DataArray) -> Compared:
    """The exponent of a power law through positive values with standard errors, shape (points,)."""
    law = power(x.values.tolist(), y.values.tolist(), se.values.tolist())
    return Compared(law.exponent, law.exponent_se)


def decibels(number: Compared) -> Compared:
    """A positive number in dB."""
    return Compared(10 * float(np.log10(number.value)), 10 / np.log(10) * number.se / number.value)
