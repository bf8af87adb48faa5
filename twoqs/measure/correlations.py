"""Correlations over distances along the first side of a lattice, and the length of their decay."""

from __future__ import annotations

import numpy as np

from twoqs.measure.fits import correlation_length
from twoqs.measure.fitted import Fitted, Fitting
from twoqs.measure.observable import Averages, Floats, Observable
from twoqs.measure.statistics import Estimate
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


def _length(model: Model, numerics: Numerics, normalised: Estimate) -> Fitted:
    """The correlation length, for a time average on a chain."""
    fit = correlation_length.fit_correlation_length(
        np.array(model.lattice.distances),
        normalised.value[0],
        normalised.replicates[:, 0],
        n_sites=model.n_sites,
        periodic=model.lattice.periodic,
    )
    quality = "chi^2 per degree of freedom of the fit of xi, with covariance"
    return Fitted(
        {"xi": (fit.xi, fit.xi_se), "xi_amplitude": (fit.amplitude, fit.amplitude_se)},
        {
            "xi_chi2_dof": (fit.chi2_dof, quality),
            "xi_p_value": (fit.p_value, "probability of a worse fit of xi"),
        },
        fit.status,
    )


_FIT = Fitting(
    "correlation_normalised", "xi_status", "whether xi is resolved, and if not, why",
    correlation_length.XI_STATUSES, "xi_status", _length,
)  # fmt: skip

LENGTH_FIT = (
    Observable(
        "xi", "correlation length, in lattice constants; NaN if not resolved", "1", None,
        asked=_fitted, fit=_FIT,
    ),
    Observable(
        "xi_amplitude", "amplitude of the fit of the correlation length", "1", None,
        asked=_fitted, fit=_FIT,
    ),
)  # fmt: skip
