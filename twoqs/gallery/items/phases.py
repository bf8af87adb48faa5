"""A square lattice of long spins with decay: its phases over two couplings."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours

SWEEPS = ("gallery-phases",)

SQUARE_SPIN, SIDE = 100, 8
"""Those of the sweep file."""

POLARISED_SHARE = 0.9
"""-<S^z>/S above which the lattice counts as polarised."""

STABLE = -0.2
"""J_x J_y above which linear theory is compared: fluctuations are small there."""


def excitations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """S + <S^z> of linear spin waves with decay 1; shape of the couplings, where x y > -1/4.

    Source: the Holstein-Primakoff theory of docs/theory.md, with the waves of a square lattice.
    """
    cosine = np.cos(2 * np.pi * np.arange(SIDE) / SIDE)
    wave = cosine[:, None] + cosine
    x, y = x[..., None, None], y[..., None, None]
    return np.mean(((x - y) * wave / 2) ** 2 / (2 * (1 + x * y * wave**2)), axis=(-2, -1))


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """J_x J_y at the border of the polarised phase; S + <S^z> inside of it, over that of theory."""
    border = []
    for i, x in enumerate(data.J_x.values):
        polarised = -data.sz.isel(J_x=i).values > POLARISED_SHARE * SQUARE_SPIN
        if not polarised.all():
            # Couplings J_y ascend: beyond the last point of the mixed phase all are polarised.
            last = int(np.flatnonzero(~polarised)[-1])
            border.append(x * data.J_y.values[last : last + 2].mean())
    spread = float(np.std(border, ddof=1)) / len(border) ** 0.5
    x, y = xr.broadcast(data.J_x, data.J_y)
    inside = (x * y > STABLE).values
    theory = excitations(x.values[inside], y.values[inside])
    ratio = (SQUARE_SPIN + data.sz.values[inside]) / theory
    weight = (theory / data.sz_se.values[inside]) ** 2
    mean = float(np.average(ratio, weights=weight))
    return {
        "border": Compared(float(np.mean(border)), spread),
        "waves": Compared(mean, float(weight.sum()) ** -0.5),
    }


def figure(data: xr.Dataset) -> Figure:
    """The magnetisation over both couplings; excitations of some J_x, with linear theory."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = result.subplots(1, 2)
    magnetisation = (data.sz / SQUARE_SPIN).transpose("J_y", "J_x")
    image = left.pcolormesh(
        data.J_x, data.J_y, magnetisation, cmap="viridis", vmin=-1, shading="nearest"
    )
    result.colorbar(image, ax=left, label=r"$\langle S^z\rangle/S$")
    fine = np.linspace(0.25, float(data.J_x.max()), 100)
    left.plot(fine, -1 / (4 * fine), "w--", lw=1.2)
    left.set_xlabel(r"$J_x/\Gamma$")
    left.set_ylabel(r"$J_y/\Gamma$")
    shown = data.J_x.values[len(data.J_x) // 3 :: len(data.J_x) // 3]
    for x, colour in zip(shown, rate_colours(shown.tolist()), strict=True):
        at, label = data.sel(J_x=x), rf"$J_x={x:.3g}\,\Gamma$"
        product = np.linspace(-0.249, 0, 200)
        right.plot(product, excitations(np.full(200, x), product / x), **EXACT | {"color": colour})
        value = at.sz + SQUARE_SPIN
        right.errorbar(x * at.J_y, value, at.sz_se, color=colour, label=label, **BARS)
    right.axvline(-0.25, ls="--", color="0.5", lw=0.8)
    right.set_xlim(-0.5, 0.01)
    right.set_yscale("log")
    right.set_ylim(0.01, 200)
    right.set_xlabel(r"$J_xJ_y/\Gamma^2$")
    right.set_ylabel(r"$S+\langle S^z\rangle$")
    right.legend()
    for axes, letter in ((left, "a"), (right, "b")):
        panel(axes, letter)
    footnote(result, data, r"dashed: $J_xJ_y=-\Gamma^2/4$ of mean field; lines: linear spin waves")
    return result
