"""Which prediction there is for one model, and its values."""

from __future__ import annotations

import xarray as xr

from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model
from twoqs.theory.catalogue import (
    CATALOGUE,
    MASTER_EQUATION,
    Theory,
    compute_master_equation,
)
from twoqs.theory.exact.means import ExactValues
from twoqs.theory.exact.solve import with_requests


def method_for(model: Model, numerics: Numerics) -> str | None:
    """The name of the theory that predicts what these settings measure; None if there is none.

    It is that of the first theory of the catalogue that covers all terms of the model, and fits
    their values. A time average is held against the steady state, values in time against what the
    model does from its initial state.
    """
    theory = _theory_for(model, numerics)
    return None if theory is None else theory.method


def predict(model: Model, numerics: Numerics) -> xr.Dataset | None:
    """The prediction in the form of a result: its names, and its dimensions `time` and `distance`.

    What requests measure is the master equation's in any case, where it covers the model, too.

    Returns:
        Dataset with the attribute `method`, or None where there is no prediction.
    """
    theory = _theory_for(model, numerics)
    if theory is None:
        return None
    found = theory.compute(model, numerics)
    if theory.method != MASTER_EQUATION and (numerics.requests or numerics.derived):
        found = with_requests(found, model, numerics, _of_requests(model, numerics))
    return found.assign_attrs(method=theory.method)


def _of_requests(model: Model, numerics: Numerics) -> ExactValues:
    """Values of the variables of requests, if the master equation has them."""
    exact = (one for one in CATALOGUE if one.method == MASTER_EQUATION)
    if not numerics.requests or not any(one.covers(model, numerics) for one in exact):
        return {}
    names = [
        record.name for one in numerics.requests for record in one.observables(model, numerics)
    ]
    data = compute_master_equation(model, numerics)
    return {name: data[name].values for name in names if name in data}


def _theory_for(model: Model, numerics: Numerics) -> Theory | None:
    return next((theory for theory in CATALOGUE if theory.covers(model, numerics)), None)
