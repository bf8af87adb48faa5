"""The kicked top: where a quantum top follows its classical ensemble, and for how long."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.linalg import expm

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, COMPONENT_COLOURS, EXACT, PAGE_WIDTH, footnote, panel
from twoqs.measure.names import error_name

SWEEPS = ("gallery-top",)

THETA, PHI, TOP = 0.9, 0.8, 100
"""The initial direction and the spin of the sweep file."""


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """For each k the root mean square of the deviation of <S>/S from the exact one, over kicks."""
    found = {}
    for k in data.k.values.tolist():
        at, exact = data.sel(k=k), kicked(k, len(data.time))
        squares, noise = 0.0, 0.0
        for axis, values in zip("xyz", exact, strict=True):
            squares += float((((at[f"s{axis}"] / TOP).values - values) ** 2).sum())
            noise += float(((at[error_name(f"s{axis}")] / TOP) ** 2).sum())
        size = 3 * len(data.time)
        found[f"k{k:g}"] = Compared((squares / size) ** 0.5, (noise / size) ** 0.5)
    return found


def kicked(k: float, times: int) -> np.ndarray:
    """Exact <S>/S before the first kick and after each, shape (3, times).

    The top of Haake, Kus and Scharf, Zeitschrift fuer Physik B 65, 381 (1987): a turn by pi/2 about
    y after exp(-i k S_z^2/(2S)).
    """
    m = np.arange(TOP, -TOP - 1, -1.0)
    raising = np.diag(np.sqrt(TOP * (TOP + 1) - m[1:] * (m[1:] + 1)), 1)
    x, y = (raising + raising.T) / 2, (raising - raising.T) / 2j
    step = expm(-0.5j * np.pi * y) @ np.diag(np.exp(-0.5j * k / TOP * m**2))
    up = np.zeros(len(m), complex)
    up[0] = 1.0
    state = np.exp(-1j * PHI * m) * (expm(-1j * THETA * y) @ up)
    found = []
    for _ in range(times):
        found.append([np.vdot(state, operator @ state).real / TOP for operator in (x, y)])
        found[-1].append(float(m @ np.abs(state) ** 2) / TOP)
        state = step @ state
    return np.array(found).T


def figure(data: xr.Dataset) -> Figure:
    """<S>/S after each kick for each k, with the exact quantum top as lines."""
    result = Figure(figsize=(PAGE_WIDTH, 2.6), layout="constrained")
    strengths = data.k.values.tolist()
    panels = result.subplots(1, len(strengths), sharey=True, squeeze=False)[0]
    for axes, k, letter in zip(panels, strengths, "abcdef", strict=False):
        at, exact = data.sel(k=k), kicked(k, len(data.time))
        for (axis, colour), values in zip(COMPONENT_COLOURS.items(), exact, strict=True):
            axes.plot(data.time, values, **(EXACT | {"color": colour, "lw": 0.8}))
            value, error = at[f"s{axis}"] / TOP, at[error_name(f"s{axis}")] / TOP
            axes.errorbar(data.time, value, error, color=colour, label=f"$a={axis}$", **BARS)
        axes.set_xlabel("kicks")
        panel(axes, letter, f"$k={k:g}$")
    panels[0].set_ylabel(r"$\langle S^a\rangle/S$")
    panels[-1].legend()
    footnote(result, data, "lines: exact")
    return result
