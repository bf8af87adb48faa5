"""Everything that is estimated, as records in the order of the variables of a result."""

from __future__ import annotations

from twoqs.errors import require
from twoqs.measure.coarse import STEP_FLAG
from twoqs.measure.correlations import CORRELATIONS, LENGTH_FIT
from twoqs.measure.derived import numbers_of, with_derived
from twoqs.measure.drift import RELAXATION_TIME, WINDOW_FLAG
from twoqs.measure.members import MODES, SITES_OF, has_modes
from twoqs.measure.modes import MODE_MOMENTS, MODE_SITES
from twoqs.measure.moments import MOMENTS, OPTIMUM, SITE_MEANS, SPIN_MOMENTS, SQUEEZING
from twoqs.measure.names import REPLICA, error_name, is_error, without_errors
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model

OBSERVABLES = {
    record.name: record
    for record in (
        *MOMENTS, SQUEEZING, *CORRELATIONS, *SITE_MEANS, *MODE_MOMENTS, *MODE_SITES, *LENGTH_FIT,
        *OPTIMUM,
    )
}  # fmt: skip
"""Every observable by its name, in the order of the variables of a result."""

STATUS_OF = {
    **{record.name: record.status for record in OBSERVABLES.values() if record.status},
    "xi_chi2_dof": "xi_status",
    "xi_p_value": "xi_status",
}
"""The flag that says why a variable has no value."""


OF_MODES = frozenset(name for name, record in OBSERVABLES.items() if record.over == MODES)
"""Names of those of modes."""

DIMENSIONS = ("time", "distance", "site", "mode_site", "member", "mode")
"""Dimensions of results, beside the axes of a sweep."""


def taken(modes: bool) -> frozenset[str]:
    """Names of variables and dimensions of results.

    Args:
        modes: whether there are modes, without which their names are free.
    """
    other = (
        "diverged",
        "clipped_fraction",
        "trajectories",
        STEP_FLAG,
        WINDOW_FLAG,
        RELAXATION_TIME,
    )
    names = frozenset((*OBSERVABLES, *STATUS_OF, *STATUS_OF.values(), *DIMENSIONS, *other))
    return names if modes else names - OF_MODES - {MODES, SITES_OF[MODES]}


def asked(model: Model, numerics: Numerics) -> dict[str, Observable]:
    """The observables that a result for these settings has, by name.

    Raises:
        ArgumentError: for variables of requests, or of formulas, whose names are others' already.
    """
    found = {n: record for n, record in OBSERVABLES.items() if record.asked(model, numerics)}
    others = taken(has_modes(model)) | {*numbers_of(model), REPLICA}
    for request in numerics.requests:
        for record in request.observables(model, numerics):
            free = record.name not in found and record.name not in others
            wanted = "make variables that no result has"
            require(free and not is_error(record.name), f"observables.{request.name}", wanted,
                    record.name)  # fmt: skip
            found[record.name] = record
        others |= set(request.coordinates(model, numerics))
    return with_derived(model, found, numerics.derived, others)


__all__ = [
    "DIMENSIONS",
    "LENGTH_FIT",
    "OBSERVABLES",
    "OF_MODES",
    "OPTIMUM",
    "SPIN_MOMENTS",
    "STATUS_OF",
    "Averages",
    "Observable",
    "asked",
    "error_name",
    "is_error",
    "taken",
    "without_errors",
]
