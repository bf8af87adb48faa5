"""What theory says about the points of a sweep, computed once and kept."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from twoqs.execution.predict.cache import (
    THEORY_METHODS,
    PredictionCache,
    are_for,
    points_digest,
    read_predictions,
    write_netcdf,
)
from twoqs.execution.predict.coverage import Coverage, coverage

if TYPE_CHECKING:
    from twoqs.execution.predict.grid import predictions
    from twoqs.theory.catalogue import why_not
    from twoqs.theory.point import method_for, predict

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

# Loaded when first asked for: QuTiP takes longer than to draw a figure or to compare.
_HOMES = {
    "method_for": "twoqs.theory.point",
    "predict": "twoqs.theory.point",
    "predictions": "twoqs.execution.predict.grid",
    "why_not": "twoqs.theory.catalogue",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
