"""Figure 5: squeezing by one-axis twisting with decay, in time, and its optimum."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twoqs.look.plot.style import (
    EXACT,
    NEUTRAL,
    PAGE_WIDTH,
    case_handles,
    exact_handle,
    footnote,
    panel,
    points,
)
from twoqs.paper.figures.fine import INTERPOLATED, fine
from twoqs.paper.figures.in_time import first_case
from twoqs.paper.figures.squeezing import in_time, rate_handles

SHOWN_RATES = [0.0, 0.125, 0.25, 0.5]
"""Rates Gamma/g of the panels in time."""


def figure(data: xr.Dataset, exact: xr.Dataset) -> Figure:
    """xi^2(t) for some decay rates, and the smallest xi^2 against the rate, for both S."""
    result = Figure(figsize=(PAGE_WIDTH, 4.8), layout="constrained")
    spins, cases = data.spin.values.tolist(), data.case.values.tolist()
    panels = result.subplots(2, len(spins), squeeze=False)
    letters = iter("abcdefgh")
    for axes, spin in zip(panels[0], spins, strict=True):
        in_time(axes, data.sel(spin=spin), exact.sel(spin=spin), "Gamma", SHOWN_RATES)
        panel(axes, next(letters), f"$S={spin:g}$")
    for axes, spin in zip(panels[1], spins, strict=True):
        _optimum(axes, data.sel(spin=spin), first_case(exact.sel(spin=spin)), cases)
        panel(axes, next(letters), f"$S={spin:g}$")
    handles = [*rate_handles(r"\Gamma", SHOWN_RATES), exact_handle(), *case_handles(cases)]
    result.legend(handles=handles, loc="outside upper center", ncols=4)
    text = (
        "one-axis twisting with decay; negative values of Q are outside the panels,\n"
        rf"no optimum where $\xi^2$ is lowest at the last time; {INTERPOLATED}"
    )
    footnote(result, data, text)
    return result


def _optimum(axes: Axes, data: xr.Dataset, exact: xr.Dataset, cases: list[str]) -> None:
    if "squeezing_optimum" in exact:
        line = exact.sortby("Gamma")
        axes.plot(*fine(line.Gamma, line.squeezing_optimum), **EXACT)
    for case in cases:
        points(axes, data.Gamma, data.sel(case=case), "squeezing_optimum", case, 1.0, color=NEUTRAL)
    axes.set_ylim(0, 0.9)
    axes.set_xlabel(r"$\Gamma/g$")
    axes.set_ylabel(r"$\xi^2_{\rm opt}$")
