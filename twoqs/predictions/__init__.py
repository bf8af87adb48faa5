"""What theory says about the points of a sweep, computed once and kept."""

from twoqs.predictions.cache import Cache, read_predictions, write_netcdf
from twoqs.predictions.catalogue import why_not
from twoqs.predictions.coverage import Coverage, coverage
from twoqs.predictions.grid import are_for, points_digest, predictions
from twoqs.predictions.point import METHODS, method_for, predict

__all__ = [
    "METHODS",
    "Cache",
    "Coverage",
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
