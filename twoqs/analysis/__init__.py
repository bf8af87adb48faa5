"""Quantities derived from spin moments: correlation length and squeezing."""

from twoqs.analysis.correlation_length import CorrelationFit, fit_correlation_length
from twoqs.analysis.squeezing import squeezing

__all__ = ["CorrelationFit", "fit_correlation_length", "squeezing"]
