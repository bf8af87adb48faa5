"""A ring with gain and loss by turns, beside that of loss alone to which it is mapped."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, COMPONENT_COLOURS, PAGE_WIDTH, footnote, panel, transition
from twoqs.measure.names import error_name

SWEEPS = ("gallery-mapped", "gallery-mapped-loss")

RING_SPIN = 1000
"""That of the sweep files."""

POLARISED = 0.9
"""Magnetisation over S above which the ring counts as polarised."""


def numbers(data: xr.Dataset, loss: xr.Dataset) -> dict[str, Compared]:
    """Differences of both rings in standard errors, root mean square; where they depolarise."""
    z = []
    for name in ("sz", "var_sx", "var_sy", "var_sz"):
        a, b = _turned(data, name), _turned(loss, name)
        z.append((a[0] - b[0]) / np.hypot(a[1], b[1]))
    values = np.concatenate([one.ravel() for one in z])
    polarised = -_turned(data, "sz")[0].mean(1) / RING_SPIN > POLARISED
    last, first = float(data.J[polarised].max()), float(data.J[~polarised].min())
    return {
        "equal": Compared(float(np.sqrt((values**2).mean())), 1 / (2 * len(values)) ** 0.5),
        "threshold": Compared((last + first) / 2, (first - last) / 12**0.5),
    }


def _turned(data: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and errors, shape (J, member), with the sign that all spins down have."""
    value, error = data[name].values, data[error_name(name)].values
    sign = np.where(data.sz.isel(J=0).values > 0, -1.0, 1.0) if name == "sz" else 1.0
    return value * sign, error


def figure(data: xr.Dataset, loss: xr.Dataset) -> Figure:
    """Magnetisation and variances of both over J."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = result.subplots(1, 2)
    both = (data, "gain and loss", BARS), (loss, "loss alone", BARS | {"marker": "x"})
    for ring, label, look in both:
        value, error = _turned(ring, "sz")
        for member, text in ((0, label), (1, None)):
            y, bar = value[:, member] / RING_SPIN, error[:, member] / RING_SPIN
            left.errorbar(ring.J, y, bar, color=COMPONENT_COLOURS["z"], label=text, **look)
        for axis, colour in COMPONENT_COLOURS.items():
            value, error = _turned(ring, f"var_s{axis}")
            text = f"$a={axis}$" if ring is data else None
            y, bar = value.mean(1) / RING_SPIN**2, error.mean(1) / RING_SPIN**2
            right.errorbar(ring.J, y, bar, color=colour, label=text, **look)
    left.set_ylabel(r"$\langle S^z\rangle/S$, turned")
    right.set_ylabel(r"$\langle(\Delta S^a)^2\rangle/S^2$")
    right.set_yscale("log")
    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xlabel(r"$J/\Gamma$")
        axes.legend()
        panel(axes, letter)
    transition(left, 1.0, 0.4)
    transition(right, 1.0, 0.4)
    footnote(result, data, "ring of 20 spins, S = 1000")
    return result
