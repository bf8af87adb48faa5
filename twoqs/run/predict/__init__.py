"""What theory says about the points of a sweep, computed once and kept."""

from twoqs.run.predict.cache import Cache, read_predictions, write_netcdf
from twoqs.run.predict.coverage import Coverage, coverage
from twoqs.run.predict.grid import are_for, points_digest, predictions
from twoqs.theory.catalogue import why_not
from twoqs.theory.point import METHODS, method_for, predict

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
