"""Everything that is estimated, as records in the order of the variables of a result."""

from __future__ import annotations

from twoqs.measure.correlations import CORRELATIONS, LENGTH_FIT
from twoqs.measure.moments import MOMENTS, OPTIMUM, SITE_MEANS, SPIN_MOMENTS, SQUEEZING
from twoqs.measure.names import error_name, is_error, without_errors
from twoqs.measure.observable import Averages, Observable, over_members
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model

OBSERVABLES = {
    record.name: record
    for record in (*MOMENTS, SQUEEZING, *CORRELATIONS, *SITE_MEANS, *LENGTH_FIT, *OPTIMUM)
}
"""Every observable by its name, in the order of the variables of a result."""

STATUS_OF = {
    **{record.name: record.status for record in OBSERVABLES.values() if record.status},
    "xi_chi2_dof": "xi_status",
    "xi_p_value": "xi_status",
}
"""The flag that says why a variable has no value."""


DIMENSIONS = ("time", "distance", "site", "member")
"""Dimensions of results, beside the axes of a sweep."""

TAKEN = frozenset(
    (*OBSERVABLES, *STATUS_OF, *STATUS_OF.values(), *DIMENSIONS,
     "diverged", "clipped_fraction", "trajectories")
)  # fmt: skip
"""Names of variables and dimensions of results."""


def asked(model: Model, numerics: Numerics) -> dict[str, Observable]:
    """The observables that a result for these settings has, by name."""
    return {n: record for n, record in OBSERVABLES.items() if record.asked(model, numerics)}


__all__ = [
    "DIMENSIONS",
    "LENGTH_FIT",
    "OBSERVABLES",
    "OPTIMUM",
    "SPIN_MOMENTS",
    "STATUS_OF",
    "TAKEN",
    "Averages",
    "Observable",
    "asked",
    "error_name",
    "is_error",
    "over_members",
    "without_errors",
]
