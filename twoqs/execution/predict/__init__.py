"""What theory says about the points of a sweep, computed once and kept."""

from twoqs.execution.predict.cache import PredictionCache, read_predictions, write_netcdf
from twoqs.execution.predict.coverage import Coverage, coverage
from twoqs.execution.predict.grid import are_for, points_digest, predictions
from twoqs.theory.catalogue import why_not
from twoqs.theory.point import THEORY_METHODS, method_for, predict

__all__ = [
    "THEORY_METHODS",
    "Coverage",
    "PredictionCache",
    "are_for",
    "coverage",
    "method_for",
    "points_digest",
    "predict",
    "predictions",
    "read_predictions",
    "why_not",
    "write_netcdf",
]
