"""Figure 3: a driven spin with decay, in time."""

from __future__ import annotations

import json

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from twoqs.look.plot.style import (
    COMPONENT_COLOURS,
    PAGE_WIDTH,
    case_handles,
    exact_handle,
    footnote,
    panel,
)
from twoqs.paper.figures.fine import INTERPOLATED
from twoqs.paper.figures.in_time import case_curves, first_case
from twoqs.sweep import Sweep


def figure(data: xr.Dataset, exact: xr.Dataset) -> Figure:
    """<S^x,y,z>(t) for two spin lengths: the paper's scheme above, the conserving one below."""
    result = Figure(figsize=(PAGE_WIDTH, 4.6), layout="constrained")
    spins, cases = data.spin.values.tolist(), data.case.values.tolist()
    rows = {
        "pda": [case for case in cases if case != "conserving"],
        "conserving": [case for case in cases if case == "conserving"],
    }
    panels = result.subplots(len(rows), len(spins), sharex=True, sharey=True, squeeze=False)
    letters = iter("abcdefgh")
    for (scheme, shown), line in zip(rows.items(), panels, strict=True):
        for axes, spin in zip(line, spins, strict=True):
            at, known = data.sel(spin=spin), first_case(exact.sel(spin=spin))
            for a, colour in COMPONENT_COLOURS.items():
                case_curves(axes, at, known, f"s{a}", shown, spin, color=colour)
            panel(axes, next(letters), f"$S={spin:g}$, {scheme}")
        line[0].set_ylabel(r"$\langle S^a\rangle/S$")
    for axes in panels[-1]:
        axes.set_xlabel(r"$\Gamma t$")
    handles = [Patch(color=colour, label=f"$a={a}$") for a, colour in COMPONENT_COLOURS.items()]
    result.legend(
        handles=[*handles, exact_handle(), *case_handles(cases)],
        loc="outside upper center",
        ncols=4,
    )
    model = Sweep.from_dict(json.loads(data.attrs["sweep"])).points[0].model
    drive = rf"$\Omega={model.field[0]:g}\,\Gamma$"
    footnote(result, data, f"driven spin with decay, {drive}; {INTERPOLATED}")
    return result
