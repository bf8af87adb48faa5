"""Panels of the squeezing parameter in time, shared by figures 5 and 6."""

from __future__ import annotations

import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from twoqs.look.plot.style import rate_colours
from twoqs.paper.figures.in_time import case_curves, first_case

MOST_ERROR = 0.25
"""Points with larger standard errors (shares of the value, on a logarithmic axis) say nothing."""


def in_time(
    axes: Axes, data: xr.Dataset, exact: xr.Dataset, dim: str, rates: list[float], *,
    log: bool = False,
) -> None:  # fmt: skip
    """xi^2(t) at some values of the rate `dim`, a colour for each; smaller means squeezed.

    Args:
        log: whether xi^2 gets a logarithmic axis, which also shows how squeezing is lost.
    """
    cases = data.case.values.tolist()
    known = first_case(exact)
    for rate, colour in zip(rates, rate_colours(rates), strict=True):
        at, line = data.sel({dim: rate}), known.sel({dim: rate})
        at = at.where(at.squeezing_se < MOST_ERROR * (at.squeezing if log else 1.0))
        case_curves(axes, at, line, "squeezing", cases, 1.0, color=colour)
    axes.axhline(1.0, color="0.8", lw=0.6, zorder=0)
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(*((0.025, 30) if log else (0, 1.25)))
    axes.set_xlabel("$g t$")
    axes.set_ylabel(r"$\xi^2$")


def rate_handles(symbol: str, rates: list[float]) -> list[Artist]:
    """Legend entries of the rates."""
    colours = zip(rates, rate_colours(rates), strict=True)
    return [Patch(color=colour, label=f"${symbol}/g={rate:g}$") for rate, colour in colours]
