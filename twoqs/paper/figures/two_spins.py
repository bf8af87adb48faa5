"""The layout of figures 1 and 2: one component of the mean spin in time, a column for each S."""

from __future__ import annotations

from string import ascii_lowercase

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twoqs.look.plot.style import (
    CASE_COLOURS,
    PAGE_WIDTH,
    case_handles,
    exact_handle,
    footnote,
    panel,
)
from twoqs.measure.names import error_name
from twoqs.paper.figures.fine import INTERPOLATED
from twoqs.paper.figures.in_time import case_curves, first_case


def one_component(data: xr.Dataset, exact: xr.Dataset, axis: str, xlabel: str, text: str) -> Figure:
    """<S^axis>/S in time for all cases with exact lines, and what they are off below."""
    result = Figure(figsize=(PAGE_WIDTH, 3.8), layout="constrained")
    spins, cases = data.spin.values.tolist(), data.case.values.tolist()
    panels = result.subplots(
        2, len(spins), sharex=True, sharey="row", squeeze=False,
        gridspec_kw={"height_ratios": [2, 1]},
    )  # fmt: skip
    name = f"s{axis}"
    for column, (spin, letter) in enumerate(zip(spins, ascii_lowercase, strict=False)):
        above, below = panels[:, column]
        at = data.sel(spin=spin)
        line = first_case(exact.sel(spin=spin))
        case_curves(above, at, line, name, cases, spin)
        _differences(below, at, line[name], name, spin)
        above.axhline(0.0, color="0.8", lw=0.6, zorder=0)
        below.set_xlabel(xlabel)
        panel(above, letter, f"$S={spin:g}$")
    panels[0, 0].set_ylabel(rf"$\langle S^{axis}\rangle/S$")
    panels[1, 0].set_ylabel(rf"$(\langle S^{axis}\rangle-{{\rm exact}})/S$")
    handles = [exact_handle(), *case_handles(cases, coloured=True)]
    result.legend(handles=handles, loc="outside upper center", ncols=5)
    footnote(result, data, f"{text}; {INTERPOLATED}; bands: one standard error")
    return result


def _differences(axes: Axes, data: xr.Dataset, line: xr.DataArray, name: str, spin: float) -> None:
    axes.axhline(0.0, color="0.2", lw=0.8, zorder=1)
    for case in data.case.values.tolist():
        at = data.sel(case=case)
        off, error = (at[name] - line) / spin, at[error_name(name)] / spin
        colour = CASE_COLOURS[case]
        axes.fill_between(at.time, off - error, off + error, color=colour, alpha=0.25, lw=0)
        axes.plot(at.time, off, color=colour, lw=0.8)
