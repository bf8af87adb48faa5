"""Squeezing by a detuned cavity: the optimum against the detuning."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared, decibels
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours

SWEEPS = ("gallery-cavity",)


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """The best squeezing in dB and its time chi N t, for each r = 2 Delta/kappa."""
    found = {}
    for decay in data.decay.values.tolist():
        at = data.sel(decay=decay)
        best = Compared(float(at.squeezing_optimum), float(at.squeezing_optimum_se))
        found[f"r{1 / decay:.0f}"] = decibels(best)
        time = Compared(float(at.squeezing_optimum_time), float(at.squeezing_optimum_time_se))
        found[f"t{1 / decay:.0f}"] = time
    return found


def figure(data: xr.Dataset) -> Figure:
    """Squeezing in time for each r; its optimum over r, with the limit of large r."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = result.subplots(1, 2)
    r = 1 / data.decay.values
    for detuning, decay, colour in zip(r, data.decay.values, rate_colours(r.tolist()), strict=True):
        at = data.squeezing.sel(decay=decay)
        left.plot(data.time, 10 * np.log10(at), color=colour, label=f"$r={detuning:.0f}$")
    left.set_xlabel(r"$\chi N t$")
    left.set_ylabel(r"squeezing $\xi^2$ (dB)")
    left.legend(ncols=2)
    best = [decibels(Compared(*pair)) for pair in _pairs(data)]
    value, error = np.transpose(best)
    fine = np.geomspace(r[0], r[-1], 50)
    right.plot(fine, 10 * np.log10(3 ** (1 / 3) * fine ** (-2 / 3)), **EXACT)
    right.errorbar(r, value, error, color="#0072B2", **BARS)
    right.set_xscale("log")
    right.set_xlabel(r"$r=2\Delta/\kappa$")
    right.set_ylabel(r"best $\xi^2$ (dB)")
    for axes, letter in ((left, "a"), (right, "b")):
        panel(axes, letter)
    footnote(result, data, r"twisting by a detuned cavity; line: $3^{1/3}r^{-2/3}$ of large $r$")
    return result


def _pairs(data: xr.Dataset) -> list[tuple[float, float]]:
    both = data.squeezing_optimum.values.tolist(), data.squeezing_optimum_se.values.tolist()
    return list(zip(*both, strict=True))
