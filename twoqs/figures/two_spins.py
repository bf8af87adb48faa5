"""The layout of figures 1 and 2: one component of the mean spin in time, a panel for each S."""

from __future__ import annotations

from string import ascii_lowercase

import xarray as xr
from matplotlib.figure import Figure

from twoqs.figures.in_time import curves, first_case
from twoqs.figures.style import COMPONENTS, WIDTH, case_handles, exact_handle, footnote, panel


def one_component(data: xr.Dataset, exact: xr.Dataset, axis: str, xlabel: str, text: str) -> Figure:
    """<S^axis>/S in time for all cases, with exact lines."""
    result = Figure(figsize=(WIDTH, 2.9), layout="constrained")
    spins, cases = data.spin.values.tolist(), data.case.values.tolist()
    panels = result.subplots(1, len(spins), sharey=True, squeeze=False)[0]
    for axes, spin, letter in zip(panels, spins, ascii_lowercase, strict=False):
        at = data.sel(spin=spin)
        line = first_case(exact.sel(spin=spin))
        curves(axes, at, line, f"s{axis}", cases, spin, color=COMPONENTS[axis])
        axes.axhline(0.0, color="0.8", lw=0.6, zorder=0)
        axes.set_xlabel(xlabel)
        panel(axes, letter, f"$S={spin:g}$")
    panels[0].set_ylabel(rf"$\langle S^{axis}\rangle/S$")
    result.legend(
        handles=[exact_handle(), *case_handles(cases)], loc="outside upper center", ncols=5
    )
    footnote(result, data, text)
    return result
