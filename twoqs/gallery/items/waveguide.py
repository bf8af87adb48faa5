"""Four ensembles along a waveguide: their common burst against the spacing."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.integrate import cumulative_trapezoid

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours
from twoqs.theory import decay_sz

SWEEPS = ("gallery-waveguide",)

ENSEMBLES, ENSEMBLE_SPIN = 4, 25
"""Those of the sweep file, whose rate is that of decay = 1 of all as one spin."""

SHOWN_SPACINGS = (0.0, 0.125, 0.25, 0.5)
"""Spacings whose bursts are drawn."""


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """Bursts beside that of one spin, the balance of quanta, and what is left of mirrored spacings.

    A burst is compared where the exact power is highest, and in what is left in the atoms, largest
    difference over all times. Quanta that were sent are the integral of the power.
    """
    time = data.time.values
    exact = power_of_one_spin(time)
    top, total = int(np.argmax(exact)), ENSEMBLES * ENSEMBLE_SPIN
    found = {}
    for name, spacing in (("peak", 0.0), ("peak_half", 0.5)):
        at = data.sel(spacing=spacing).isel(time=top)
        found[name] = Compared(float(at.power) / exact[top], float(at.power_se) / exact[top])
    one = decay_sz(total, 1.0, time)
    sz, se = (v.sel(spacing=0.0).values * ENSEMBLES / total for v in (data.sz, data.sz_se))
    off = np.abs(sz - one / total)
    worst = int(np.argmax(off))
    sent = cumulative_trapezoid(data.power.transpose("spacing", "time").values, time, initial=0)
    lost = ENSEMBLES * (ENSEMBLE_SPIN - data.sz.transpose("spacing", "time").values)
    early, late = (left(data.sel(spacing=spacing)) for spacing in (0.125, 0.375))
    return found | {
        "height": Compared(float(off[worst]), float(se[worst])),
        "balance": Compared(float(np.abs(sent - lost).max()) / (2 * total), 0.0),
        "mirror": Compared(early.value - late.value, float(np.hypot(early.se, late.se))),
    }


def power_of_one_spin(times: np.ndarray) -> np.ndarray:
    """Exact power of all atoms as one spin, shape (time,): -d<S^z>/dt, times from 0 on."""
    step = 1e-3
    now, then = (decay_sz(ENSEMBLES * ENSEMBLE_SPIN, 1.0, times + late) for late in (0, step))
    return (now - then) / step


def left(at: xr.Dataset) -> Compared:
    """Share of the excitations that the atoms have at the end."""
    last, height = at.isel(time=-1), 2 * ENSEMBLE_SPIN
    return Compared((float(last.sz) + ENSEMBLE_SPIN) / height, float(last.sz_se) / height)


def figure(data: xr.Dataset) -> Figure:
    """Power in time for some spacings, and what is left at the end over the spacing."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    first, second = result.subplots(1, 2)
    first.plot(data.time, power_of_one_spin(data.time.values), label="one spin, exact", **EXACT)
    for spacing, colour in zip(SHOWN_SPACINGS, rate_colours(list(SHOWN_SPACINGS)), strict=True):
        at = data.sel(spacing=spacing).isel(time=slice(None, None, 4))
        label = rf"$d={spacing:g}\,\lambda$"
        look = BARS | ({"marker": "x"} if spacing == SHOWN_SPACINGS[-1] else {})
        first.errorbar(at.time, at.power, at.power_se, color=colour, label=label, **look)
    first.set_xlabel(r"$N\gamma t$")
    first.set_ylabel(r"power  (quanta $\times N\gamma$)")
    first.legend()
    found = [left(data.sel(spacing=spacing)) for spacing in data.spacing.values]
    value, error = np.transpose(found)
    second.errorbar(data.spacing, value, error, color="#0072B2", **BARS)
    second.set_xlabel(r"spacing $d/\lambda$")
    second.set_ylabel(rf"share of excitations left at $N\gamma t={float(data.time[-1]):g}$")
    second.set_ylim(-0.01, None)
    for axes, letter in ((first, "a"), (second, "b")):
        panel(axes, letter)
    footnote(result, data, "four ensembles of 50 atoms on a waveguide, all excited at first")
    return result
