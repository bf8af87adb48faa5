"""Quantities derived from spin moments: correlation length, squeezing and its optimum."""

from twoqs.measure.fits.correlation_length import CorrelationFit, fit_correlation_length
from twoqs.measure.fits.optimum import Optimum, exact_minimum, smooth_minimum
from twoqs.measure.fits.squeezing import squeezing

__all__ = [
    "CorrelationFit",
    "Optimum",
    "exact_minimum",
    "fit_correlation_length",
    "smooth_minimum",
    "squeezing",
]
