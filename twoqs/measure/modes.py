"""First and second moments of each mode, averaged over sites, and what follows from them.

Averages over the Wigner function are those of symmetrised products. With a = x - i y and the symbol
z = |alpha|^2 - 1/2 of n = a^+a,

    <n> = E z,   <n^2> = E z^2 - 1/4,   <a^+a^+aa> = <n^2> - <n> = E z^2 - E z - 1/4,

the last ones by E|alpha|^4 = E z^2 + E z + 1/4. The quadratures are q = (a + a^+)/sqrt(2) =
sqrt(2) x and p = (a - a^+)/(i sqrt(2)) = -sqrt(2) y, with the variance 1/2 each in the vacuum.
"""

from __future__ import annotations

from collections.abc import Callable

from twoqs.measure.members import MODES, SITES_OF, has_modes
from twoqs.measure.observable import Averages, Floats, Observable
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model


def _asked(model: Model, numerics: Numerics) -> bool:
    return has_modes(model)


def _asked_at_sites(model: Model, numerics: Numerics) -> bool:
    return has_modes(model) and "sites" in numerics.observables


def _covariance(averages: Averages, a: str, b: str) -> Floats:
    """E[ab] - E[a] E[b] of two components."""
    raw = averages.modes
    return raw[a + b] - raw[a] * raw[b]


def _g2(averages: Averages) -> Floats:
    z, weight = averages.modes["z"], averages.mode_weight
    pairs = averages.modes["zz"] - z - 0.25
    return (pairs @ weight) / (z**2 @ weight)


OfGroups = Callable[[Averages], Floats]
"""Makes a number for each group of sites of modes, shape (any, time, group)."""


def _mean(name: str, text: str, finish: OfGroups) -> Observable:
    return Observable(
        name, text, "1", 0, lambda averages: finish(averages) @ averages.mode_weight,
        asked=_asked, over=MODES,
    )  # fmt: skip


def _site(name: str, text: str, finish: OfGroups) -> Observable:
    return Observable(
        f"{name}_site", f"{text} at each site of modes", "1", 0, finish, (SITES_OF[MODES],),
        _asked_at_sites, over=MODES,
    )  # fmt: skip


_FIRST: tuple[tuple[str, str, OfGroups], ...] = (
    ("n", "mean number of quanta <a^+a>", lambda averages: averages.modes["z"]),
    ("a_re", "real part of <a>", lambda averages: averages.modes["x"]),
    ("a_im", "imaginary part of <a>", lambda averages: -averages.modes["y"]),
)

MODE_MOMENTS = (
    *(_mean(*first) for first in _FIRST),
    _mean("var_q", "variance of q = (a + a^+)/sqrt(2)", lambda m: 2 * _covariance(m, "x", "x")),
    _mean("var_p", "variance of p = (a - a^+)/(i sqrt(2))", lambda m: 2 * _covariance(m, "y", "y")),
    _mean("cov_qp", "symmetrised covariance of q and p", lambda m: -2 * _covariance(m, "x", "y")),
    _mean(
        "var_n", "variance of the number of quanta", lambda m: _covariance(m, "z", "z") - 0.25
    ),
    Observable(
        "g2", "<a^+a^+aa>/<n>^2; NaN where noise hides <n>", "1", None, _g2, asked=_asked,
        over=MODES, relative_to=("n",),
    ),
)  # fmt: skip
"""Moments of modes; on lattices each the mean over sites, of numerator and denominator of g2."""

MODE_SITES = tuple(_site(*first) for first in _FIRST)
