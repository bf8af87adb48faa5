"""The smallest value of a squeezing parameter over time, as records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from twoqs.measure.fits.optimum import OPTIMUM_STATUSES, smooth_minimum
from twoqs.measure.fitted import Fitted, Fitting
from twoqs.measure.members import MEMBER
from twoqs.measure.observable import Observable
from twoqs.measure.statistics import Estimate
from twoqs.model.model import Model


def optimum_records(
    of: str,
    asked: Callable[[Model, Any], bool],
    over: str = MEMBER,
    dims: tuple[str, ...] = (),
) -> tuple[Observable, Observable]:
    """`<of>_optimum` and `<of>_optimum_time` with the flag `<of>_optimum_status`.

    Args:
        of: name of a squeezing parameter.
        asked, over, dims: as those of `Observable`; with dims there is a fit for each of its
            curves.
    """
    name = f"{of}_optimum"

    def make(model: Model, numerics: Any, estimate: Estimate) -> Fitted:
        times, curves = np.array(numerics.times), estimate.value.shape[1:]
        seen = np.where(np.isfinite(estimate.value), estimate.whole, np.nan)
        seen = seen.reshape(len(times), -1).T
        replicates = estimate.replicates.reshape(len(estimate.replicates), len(times), -1)
        found = [
            smooth_minimum(times, one, replicates[..., i]) for i, one in enumerate(seen)
        ]  # fmt: skip
        values, errors, when, times_errors = (
            np.array(numbers).reshape(curves)
            for numbers in zip(
                *((one.value, one.value_se, one.time, one.time_se) for one in found), strict=True
            )
        )
        statuses: list[str] = [one.status for one in found]
        return Fitted(
            {name: (values, errors), f"{name}_time": (when, times_errors)},
            {},
            statuses if curves else statuses[0],
        )

    fit = Fitting(
        of,
        f"{name}_status",
        "whether the squeezing has an optimum, and at a time that is known; if not, why",
        OPTIMUM_STATUSES,
        "squeezing_optimum_status",
        make,
    )
    value = "smallest xi^2 over time; NaN if there is no minimum inside"
    time = "time of the smallest xi^2; NaN if noise hides it"
    units = "inverse unit of the rates"
    return (
        Observable(name, value, "1", None, None, dims, asked, over, fit=fit),
        Observable(f"{name}_time", time, units, None, None, dims, asked, over, fit=fit),
    )
