"""A superradiant laser: power and linewidth against the pump."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours

SWEEPS = ("gallery-laser", "gallery-laser-line")

LINE_ATOMS = 1000
"""Those of the line."""

FIRST_LAG, LAST_LAG = 0.05, 0.4
"""Lags, in units of N, between which the decay of the coherence is taken."""


def numbers(data: xr.Dataset, line: xr.Dataset) -> dict[str, Compared]:
    """Power over N at w = 0.5 for each N, in units of N G; width of the line times N."""
    found = {}
    for i, atoms in enumerate(data.atoms.values.tolist()):
        at = data.isel(N=i).twoqs.sel(w=0.5)
        found[f"power{atoms:.0f}"] = Compared(float(at.power) / atoms, float(at.power_se) / atoms)
    for w in (0.25, 0.5):
        found[f"width{w:g}".replace(".", "_")] = width(line.twoqs.sel(w=w))
    return found


def width(line: xr.Dataset) -> Compared:
    """N times the full width at half maximum, from the decay of g1 between two lags."""
    early, late = (
        line.sel(coherence_lag=lag * LINE_ATOMS, method="nearest") for lag in (FIRST_LAG, LAST_LAG)
    )
    time = float(late.coherence_lag - early.coherence_lag) / LINE_ATOMS
    a, b = (complex(one.coherence_re, one.coherence_im) for one in (early, late))
    relative = [
        float(one.coherence_re_se) / abs(value)
        for one, value in ((early, a), (late, b))
    ]  # fmt: skip
    return Compared(2 * math.log(abs(a / b)) / time, 2 * math.hypot(*relative) / time)


def figure(data: xr.Dataset, line: xr.Dataset) -> Figure:
    """Power over N for each N, and N times the width, over the pump; lines are those of large N."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = result.subplots(1, 2)
    fine = np.linspace(0, 1, 100)
    left.plot(fine, fine * (1 - fine), **EXACT)
    sizes = data.atoms.values.tolist()
    for i, (atoms, colour) in enumerate(zip(sizes, rate_colours(sizes), strict=True)):
        at, label = data.isel(N=i), f"$N=10^{np.log10(atoms):.0f}$"
        left.errorbar(
            at.w, at.power / atoms, at.power_se / atoms, color=colour, label=label, **BARS
        )
    left.set_ylabel("power / $N$  ($NG$)")
    left.legend()
    fine = np.linspace(0.05, 0.7, 100)
    right.plot(fine, (1 + fine) / (1 - fine), **EXACT)
    found = [width(line.isel(w=i)) for i in range(len(line.w))]
    value, error = np.transpose(found)
    right.errorbar(line.w, value, error, color="#0072B2", label=f"$N={LINE_ATOMS}$", **BARS)
    right.set_ylabel("width of the line  ($G$)")
    right.set_ylim(0, None)
    right.legend()
    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xlabel("pump $w/NG$")
        panel(axes, letter)
    footnote(result, data, "lines: the limit of large $N$")
    return result
