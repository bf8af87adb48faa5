"""One twin by the method and by the master equation."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr

from twoqs.measure import Observable, asked, error_name
from twoqs.measure.members import MEMBER, MODES, family_of
from twoqs.measure.results import finalize
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_STATES_OF_TWIN
from twoqs.model.model import Model
from twoqs.simulation.batch import batch_trajectories, run_batch
from twoqs.theory.exact.solve import solve
from twoqs.theory.photons import require_room
from twoqs.truncation.lengths import TwinModel

GROWTH_OF_MODES = {"n": 1.0, "a_re": 0.5, "a_im": 0.5, "var_q": 1.0, "var_p": 1.0, "cov_qp": 1.0,
          "var_n": 2.0}  # fmt: skip
"""Power of S with which observables of modes grow where amplitudes do as its root."""

FINER = 2
"""Twice as many quanta of modes may come in as at first, until they all fit."""


BEYOND_MEAN = 3.0
"""Standard deviations above the mean at which levels are populated: in a Gaussian by 0.004 over the
standard deviation, a thousand times as much as the last level may have."""


class Deviation(NamedTuple):
    """Method less master equation of a twin, in units of the model that it stands for.

    Attributes:
        value: of the shape of the variable.
        error: standard error of it.
        exact: what the master equation has.
    """

    value: xr.DataArray
    error: xr.DataArray
    exact: xr.DataArray


def deviations_of(
    model: Model, twin: TwinModel, numerics: Numerics, trajectories: int, seed: int
) -> dict[str, Deviation]:
    """Those of all variables that the master equation has, by name.

    Args:
        model: which the twin stands for.
        numerics: of the model, resolved; the twin has a step of its own.
        trajectories: of the twin at least.

    Raises:
        PhotonCutError: if a mode of the twin needs more quanta than fit.
        ArgumentError, TwoqsError: if its master equation is not solved.
    """
    settings = resolve(twin.model, replace(numerics, step=None, budget=()))
    limit = FINER * MOST_STATES_OF_TWIN
    rows = [run_batch(twin.model, settings, seed, 0)]
    if "n" in asked(twin.model, settings):
        first = finalize(twin.model, settings, rows[0])
        require_room(twin.model, _populated(twin.model, first), limit)
    exact = solve(twin.model, settings, limit)
    batches = math.ceil(trajectories / batch_trajectories(twin.model, settings))
    rows += [run_batch(twin.model, settings, seed, batch) for batch in range(1, batches)]
    found = finalize(twin.model, settings, np.concatenate(rows))
    return {
        name: Deviation(
            (found[name] - exact[name]) / unit, found[error_name(name)] / unit, exact[name] / unit
        )
        for name, record in asked(twin.model, settings).items()
        if name in exact and error_name(name) in found and exact[name].shape == found[name].shape
        for unit in [_unit(model, twin, record)]
    }


def _populated(model: Model, found: xr.Dataset) -> dict[str, float]:
    """Numbers of quanta that modes have at some time by far more than MOST_LAST."""
    names = [str(member.name or "") for member in family_of(model, MODES).members]
    most = found.n + BEYOND_MEAN * np.sqrt(found.var_n.clip(min=0.0))
    values = most.values.reshape(-1, len(names))
    return dict(zip(names, np.nanmax(values, axis=0, initial=0.0).tolist(), strict=True))


def scale_power(record: Observable) -> int | None:
    """The power of S that is large for a variable; None for what its own size tells."""
    return 0 if record.over == MODES and record.power is not None else record.power


def _unit(model: Model, twin: TwinModel, record: Observable) -> Floats | float:
    """What a value of the twin is to be divided by, to be comparable to one of the model."""
    power = float(record.power or 0)
    if record.over == MODES:
        return float(twin.share ** GROWTH_OF_MODES.get(record.name.removesuffix("_site"), power))
    spins = np.array([member.spin for member in family_of(twin.model, MEMBER).members])
    whole = np.array([member.spin for member in family_of(model, MEMBER).members])
    if record.over == MEMBER and record.dims_for(model) == (MEMBER,):
        return np.asarray((spins / whole) ** power)
    return float(twin.share**power)
