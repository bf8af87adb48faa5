"""Magnification of a small turn by twisting and untwisting."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote

SWEEPS = ("gallery-untwist",)

SPIN_LENGTH, ANGLE = 500, 0.002
"""Those of the sweep file."""

MAGNIFIED = (2 * SPIN_LENGTH / math.e) ** 0.5
"""The largest magnification of a long spin."""


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """The largest magnification; and how far any value is from the closed form, over that."""
    end, scale = data.isel(time=-1), SPIN_LENGTH * ANGLE
    best = int(np.argmax(end.sy.values))
    off = np.abs(end.sy.values / scale - magnification(end.q.values)) / MAGNIFIED
    worst = int(np.argmax(off))
    errors = end.sy_se.values / scale
    return {
        "largest": Compared(float(end.sy[best]) / scale, float(errors[best])),
        "deviation": Compared(float(off[worst]), float(errors[worst]) / MAGNIFIED),
    }


def magnification(q: np.ndarray) -> np.ndarray:
    """<S^y> over that of the turn alone: (2S - 1) sin(q/2S) cos^(2S-2)(q/2S).

    Davis, Bentsen and Schleier-Smith, Physical Review Letters 116, 053601 (2016).
    """
    chi = q / (2 * SPIN_LENGTH)
    return np.asarray((2 * SPIN_LENGTH - 1) * np.sin(chi) * np.cos(chi) ** (2 * SPIN_LENGTH - 2))


def figure(data: xr.Dataset) -> Figure:
    """Magnification over the twist, with the closed form."""
    result = Figure(figsize=(PAGE_WIDTH / 2, 2.7), layout="constrained")
    axes = result.subplots()
    end, scale = data.isel(time=-1), SPIN_LENGTH * ANGLE
    fine = np.linspace(0, float(end.q[-1]), 200)
    axes.plot(fine, magnification(fine), **EXACT)
    axes.errorbar(end.q, end.sy / scale, end.sy_se / scale, color="#0072B2", **BARS)
    axes.set_xlabel(r"twist $\chi N t$")
    axes.set_ylabel(r"magnification $\langle S^y\rangle/(S\phi)$")
    footnote(result, data, "\n" + rf"$\phi={ANGLE}$; line: closed form")
    return result
