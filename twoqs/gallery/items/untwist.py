"""Magnification of a small turn by twisting and untwisting."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Number
from twoqs.look.plot.style import EXACT, PAGE_WIDTH, footnote

SWEEPS = ("gallery-untwist",)

SPIN, ANGLE = 500, 0.002
"""Those of the sweep file."""


def numbers(data: xr.Dataset) -> dict[str, Number]:
    """The largest magnification; and how far any value is from the closed form, over that."""
    end, scale = data.isel(time=-1), SPIN * ANGLE
    best = int(end.sy.argmax())
    off = np.abs(end.sy / scale - magnification(end.q.values)) / (2 * SPIN / np.e) ** 0.5
    worst = int(off.argmax())
    errors = end.sy_se.values / scale
    return {
        "largest": Number(float(end.sy[best]) / scale, float(errors[best])),
        "deviation": Number(float(off[worst]), float(errors[worst]) / (2 * SPIN / np.e) ** 0.5),
    }


def magnification(q: np.ndarray) -> np.ndarray:
    """<S^y> over that of the turn alone: (2S - 1) sin(q/2S) cos^(2S-2)(q/2S).

    Davis, Bentsen and Schleier-Smith, Physical Review Letters 116, 053601 (2016).
    """
    chi = q / (2 * SPIN)
    return np.asarray((2 * SPIN - 1) * np.sin(chi) * np.cos(chi) ** (2 * SPIN - 2))


def figure(data: xr.Dataset) -> Figure:
    """Magnification over the twist, with the closed form."""
    result = Figure(figsize=(PAGE_WIDTH / 2, 2.7), layout="constrained")
    axes = result.subplots()
    end, scale = data.isel(time=-1), SPIN * ANGLE
    fine = np.linspace(0, float(end.q[-1]), 200)
    axes.plot(fine, magnification(fine), **EXACT)
    bars = {"ls": "none", "marker": ".", "elinewidth": 0.6, "color": "#0072B2"}
    axes.errorbar(end.q, end.sy / scale, end.sy_se / scale, **bars)
    axes.set_xlabel(r"twist $\chi N t$")
    axes.set_ylabel(r"magnification $\langle S^y\rangle/(S\phi)$")
    footnote(result, data, "\n" + rf"$\phi={ANGLE}$; line: closed form")
    return result
