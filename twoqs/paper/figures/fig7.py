"""Figure 7: steady state of the dissipative XY chain across its transition."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from twoqs.look.plot.style import (
    COMPONENT_COLOURS,
    NEUTRAL,
    PAGE_WIDTH,
    case_handles,
    code_name,
    footnote,
    panel,
    points,
    transition,
)
from twoqs.measure.names import error_name
from twoqs.paper.figures.in_time import first_case
from twoqs.sweep import Sweep

SHOWN_COUPLING = -0.49
"""The value of J_y/Gamma near the transition at which the correlations are shown."""

POOR_COLOUR = "#CC79A7"
"""Colour of decay lengths where an exponential does not describe the correlations."""

CROSS: dict[str, Any] = {
    "marker": "+",
    "ls": "none",
    "ms": 5,
    "mew": 0.6,
    "color": "k",
    "zorder": 5,
}
"""Predictions of spin-wave theory, as in the paper."""


def figure(data: xr.Dataset, predicted: xr.Dataset) -> Figure:
    """<S^z> and variances over J_y; correlations at J_y = -0.49; correlation length over J_y."""
    sweep = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    spin = sweep.points[0].model.spin
    theory = first_case(predicted)
    result = Figure(figsize=(PAGE_WIDTH, 4.6), layout="constrained")
    grid = result.add_gridspec(2, 2)
    left = grid[:, 0].subgridspec(2, 1, height_ratios=[1, 1.6], hspace=0.0)
    top = result.add_subplot(left[0])
    bottom = result.add_subplot(left[1], sharex=top)
    decay = result.add_subplot(grid[0, 1])
    length = result.add_subplot(grid[1, 1])
    _magnetisation(top, bottom, data, theory, spin)
    _correlations(decay, data, theory)
    _length(length, data, theory)
    factor = _factor(sweep)
    for axes in (top, length):
        own = axes.secondary_xaxis(
            "top", functions=(lambda x: np.multiply(x, factor), lambda x: np.divide(x, factor))
        )
        own.set_xlabel(r"$J_y/\Gamma$ of the model")
    handles: list[Artist] = [Patch(color=c, label=f"$a={a}$") for a, c in COMPONENT_COLOURS.items()]
    handles.extend(case_handles(data.case.values.tolist()))
    handles.append(Line2D([], [], label="Holstein-Primakoff", **CROSS))
    result.legend(handles=handles, loc="outside upper center", ncols=6)
    model = sweep.points[0].model
    chain = f"XY ring, N = {model.n_sites}, S = {spin:g}, $J_x=\\Gamma/8$"
    literal = f"of the model: {model.coupling[0]:g}$\\,\\Gamma$"
    footnote(result, data, f"{chain} ({literal}); no $\\xi$ where noise hides it")
    return result


def _factor(sweep: Sweep) -> float:
    """How many times its J_y of the figure, the paper's, a model has."""
    point = next(point for point in sweep.points if point.coordinates["J_y"])
    coupling, swept = point.model.coupling[1], point.coordinates["J_y"]
    assert isinstance(coupling, float)
    assert isinstance(swept, float)
    return coupling / swept


def _magnetisation(
    top: Axes, bottom: Axes, data: xr.Dataset, theory: xr.Dataset, spin: float
) -> None:
    for case in data.case.values.tolist():
        at = data.sel(case=case)
        points(top, data.J_y, at, "sz", case, spin, color=COMPONENT_COLOURS["z"])
        for a, colour in COMPONENT_COLOURS.items():
            points(bottom, data.J_y, at, f"var_s{a}", case, spin**2, color=colour)
    top.plot(data.J_y, theory.sz / spin, **CROSS)
    for a in COMPONENT_COLOURS:
        bottom.plot(data.J_y, theory[f"var_s{a}"] / spin**2, **CROSS)
    top.set_ylabel(r"$\langle S^z\rangle/S$")
    top.tick_params(labelbottom=False)
    bottom.set_yscale("log")
    bottom.set_ylabel(r"$\langle(\Delta S^a)^2\rangle/S^2$")
    bottom.set_xlabel(r"$J_y/\Gamma$")
    transition(top, -0.5, 0.3)
    transition(bottom, -0.5, 0.3)
    panel(top, "a")


def _correlations(axes: Axes, data: xr.Dataset, theory: xr.Dataset) -> None:
    jy = float(data.J_y.sel(J_y=SHOWN_COUPLING, method="nearest"))
    even = data.distance[data.distance % 2 == 0].values
    for case in data.case.values.tolist():
        at = data.sel(case=case, J_y=jy, distance=even)
        points(axes, even, at, "correlation_normalised", case, 1.0, color=NEUTRAL)
    line = theory.correlation_normalised.sel(J_y=jy, distance=even)
    axes.plot(even, line, **CROSS)
    odd = data.sel(J_y=jy, distance=data.distance % 2 == 1).correlation_normalised
    noise = float(np.sqrt((odd**2).mean()))
    axes.axhspan(-noise, noise, color="0.9", zorder=0, label="rms at odd $s$, where $C=0$")
    axes.set_xlabel("distance $s$ (even)")
    axes.set_ylabel(rf"$C(s)$ at $J_y={jy:g}\,\Gamma$")
    axes.legend(loc="upper right")
    panel(axes, "b")


def _length(axes: Axes, data: xr.Dataset, theory: xr.Dataset) -> None:
    flags = data.xi_status.attrs["flag_meanings"].split()
    poor = data.xi_status == flags.index("not-exponential")
    shown = ("xi", error_name("xi"), code_name("xi"))
    lengths = data[[name for name in shown if name in data]]
    for case in data.case.values.tolist():
        for which, colour in ((~poor, NEUTRAL), (poor, POOR_COLOUR)):
            at = lengths.where(which).sel(case=case)
            points(axes, data.J_y, at, "xi", case, 1.0, color=colour)
    if poor.any():
        label = "$C(s)$ is no exponential"
        axes.legend(handles=[Patch(color=POOR_COLOUR, label=label)], loc="upper right")
    axes.plot(data.J_y, theory.xi, **CROSS)
    transition(axes, -0.5, 0.6, right=True)
    axes.set_xlim(float(data.J_y.min()) - 0.03, float(data.J_y.max()) + 0.03)
    axes.set_ylim(0, None)
    axes.set_xlabel(r"$J_y/\Gamma$")
    axes.set_ylabel(r"correlation length $\xi$")
    panel(axes, "c")
