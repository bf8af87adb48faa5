"""Correlations over distances along the first side of a lattice, and the length of their decay."""

from __future__ import annotations

import numpy as np

from twoqs.measure.observable import Averages, Floats, Observable
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model


def _asked(model: Model, numerics: Numerics) -> bool:
    return "correlation" in numerics.observables


def _fitted(model: Model, numerics: Numerics) -> bool:
    on_chain = model.lattice.kind == "chain"
    return _asked(model, numerics) and numerics.average is not None and on_chain


def _along(axis: str) -> Observable:
    """<S^a_n S^a_{n+s}> of one component a."""

    def finish(averages: Averages) -> Floats:
        model, sums = averages.model, averages.sums
        lattice, order = model.lattice, averages.order
        rows = lattice.shape[0] - (0 if lattice.periodic else np.array(lattice.distances))
        pairs = rows * (model.n_sites // lattice.shape[0])
        products = sums["correlation"][:, :, "xyz".index(axis)]
        result: Floats = products / (sums["count"][:, :, None] * pairs)
        result[..., 0] *= order.product
        result[..., 0] += order.offset @ averages.weight
        # Two sites, of equal spins: two means, each with its weight.
        result[..., 1:] *= order.mean[0] ** 2
        return result

    name, text = f"correlation_{axis}{axis}", f"<S^{axis}_n S^{axis}_{{n+s}}>, mean over n"
    return Observable(name, text, "hbar^2", 2, finish, ("distance",), _asked)


def _plus_minus(averages: Averages) -> Floats:
    result = averages["correlation_xx"] + averages["correlation_yy"]
    # <S^+ S^-> = <(S^x)^2> + <(S^y)^2> + <S^z> at one site.
    result[..., 0] += averages["sz"]
    return result


def _normalised(averages: Averages) -> Floats:
    return averages["correlation"] / averages["correlation"][..., :1]


CORRELATIONS = (
    Observable(
        "correlation", "Re <S^+_n S^-_{n+s}>, mean over n", "hbar^2", 2, _plus_minus,
        ("distance",), _asked,
    ),
    *map(_along, "xyz"),
    Observable(
        "correlation_normalised", "correlation over its value at distance 0", "1", 0, _normalised,
        ("distance",), _asked,
    ),
)  # fmt: skip

LENGTH_FIT = (
    Observable(
        "xi", "correlation length, in lattice constants; NaN if not resolved", "1", None,
        asked=_fitted, status="xi_status",
    ),
    Observable(
        "xi_amplitude", "amplitude of the fit of the correlation length", "1", None,
        asked=_fitted, status="xi_status",
    ),
)  # fmt: skip
