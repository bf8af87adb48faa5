"""Figure 4: means and variances of a driven spin in its steady state."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twoqs.execution.predict import method_for
from twoqs.look.plot.style import (
    CASE_MARKERS,
    COMPONENT_COLOURS,
    NEUTRAL,
    PAGE_WIDTH,
    exact_handle,
    footnote,
    panel,
    points,
    transition,
)
from twoqs.sweep import Sweep
from twoqs.theory import driven_spin


def figure(data: xr.Dataset, exact: xr.Dataset) -> Figure:
    """Two panels over Omega/Gamma: <S^a>/S and (Delta S^a)^2/S^2; lines are exact."""
    sweep = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    spin = sweep.points[0].model.spin
    model, numerics = sweep.points[0].model, sweep.points[0].numerics
    # The closed form costs nothing: the line is drawn at more drives than were simulated.
    covered = method_for(model, numerics) == "closed form"
    drives = np.linspace(float(data.Omega.min()), float(data.Omega.max()), 400 if covered else 0)
    fine = [driven_spin(replace(model, field=(omega, 0.0, 0.0))) for omega in drives.tolist()]
    cases = data.case.values.tolist()
    turns = [case for case in cases if case.startswith("pda-")]
    result = Figure(figsize=(PAGE_WIDTH, 3.3), layout="constrained")
    means, variances = result.subplots(1, 2)
    for axes, prefix, scale in ((means, "s", spin), (variances, "var_s", spin**2)):
        for a, colour in COMPONENT_COLOURS.items():
            name = f"{prefix}{a}"
            line = np.array([moments[name] for moments in fine]) / scale
            axes.plot(drives, line, color=colour, lw=1.2, zorder=1)
            for case in cases:
                # Representations that agree would hide each other: they take turns.
                turn = slice(turns.index(case), None, len(turns)) if case in turns else slice(None)
                at = data.sel(case=case).isel(Omega=turn)
                points(axes, at.Omega, at, name, case, scale, color=colour)
        axes.set_xlabel(r"drive $\Omega/\Gamma$")
    means.set_ylabel(r"mean $\langle S^a\rangle/S$")
    variances.set_ylabel(r"variance $\langle(\Delta S^a)^2\rangle/S^2$")
    transition(means, 1.0, 0.12)
    transition(variances, 1.0, 0.85)
    panel(means, "a")
    panel(variances, "b")
    handles: list[Artist] = [
        Line2D([], [], color=c, label=f"$a={a}$") for a, c in COMPONENT_COLOURS.items()
    ]
    handles.append(exact_handle())
    windows = {point.coordinates["case"]: point.numerics.sample_times for point in sweep.points}
    for case in cases:
        start, end = windows[case][0], windows[case][-1]
        look = CASE_MARKERS[case] | {
            "label": f"{CASE_MARKERS[case]['label']}, $\\Gamma t={start:g}$ to ${end:g}$"
        }
        handles.append(Line2D([], [], color=NEUTRAL, ls="none", **look))
    result.legend(handles=handles, loc="outside upper center", ncols=4)
    footnote(result, data, f"driven spin with decay, S = {spin:g}; P, W and Q at alternate drives")
    return result
