"""Square lattices of spins 1/2 with XYZ couplings and decay: a ferromagnet out of equilibrium."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours

SWEEPS = ("gallery-xyz",)

FIXED_X, FIXED_Z = 0.9, 1.0
"""Couplings of Pauli matrices over gamma, those of the sweep file."""

ISOTROPIC, DISORDERED, ORDERED, CLOSED = 0.9, 1.0, 1.1, 2.0
"""Values of J_y: that of J_x, both sides of the transition, and far beyond it."""

SMALL_SIDE, MIDDLE_SIDE, LARGE_SIDE = 3, 8, 16
"""Sides: of the lattice that is solved exactly, and of those whose order is compared."""


def order_of_mean_field(J_y: np.ndarray) -> np.ndarray:
    """<sigma^x>^2 + <sigma^y>^2 of mean field with four neighbours; shape of J_y, any J_y > J_z.

    Source: rest of single spins in the field of their neighbours; Lee, Gopalakrishnan and Lukin,
    Physical Review Letters 110, 257204 (2013).
    """
    turned = 16 * (J_y - FIXED_Z)
    height = np.minimum(1, (16 * turned * (FIXED_Z - FIXED_X)) ** -0.5)
    product = (1 - height) / (8 * (J_y - FIXED_X))
    ratio = turned * height
    return np.asarray(product * (ratio + 1 / ratio))


def correlation(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """<sigma_i^x sigma_j^x + sigma_i^y sigma_j^y>, mean over all pairs of sites, with its error.

    The errors of both structure factors are added: they depend on each other.
    """
    order, error = (
        v.isel(order_q=0, drop=True).sum("order_component") for v in (data.order, data.order_se)
    )
    others = data.L**2 - 1
    return (4 * order - 2) / others, 4 * error / others


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """Dark state, 3 x 3 spins, order against the size, and where cumulants of two sizes cross."""
    value, error = correlation(data)
    dark = data.sel(J_y=ISOTROPIC)
    found = {
        "dark": _mean(2 * dark.sz, 2 * dark.sz_se),
        "dark_order": _mean(value.sel(J_y=ISOTROPIC), error.sel(J_y=ISOTROPIC)),
    }
    for J_y in (DISORDERED, ORDERED, 1.3, CLOSED):
        small = data.sel(L=SMALL_SIDE, J_y=J_y)
        name = f"{J_y:g}".replace(".", "_")
        found[f"z{name}"] = Compared(2 * float(small.sz), 2 * float(small.sz_se))
        pair = (float(one.sel(L=SMALL_SIDE, J_y=J_y)) for one in (value, error))
        found[f"order{name}"] = Compared(*pair)
    for name, J_y in (("disordered", DISORDERED), ("ordered", ORDERED), ("closed", CLOSED)):
        (small, large), errors = (
            one.sel(L=[MIDDLE_SIDE, LARGE_SIDE], J_y=J_y).values for one in (value, error)
        )
        relative = float(np.hypot(*(errors / [small, large])))
        found[name] = Compared(float(large / small), float(large / small) * relative)
    return found | {"transition": rise_of_order(data)}


def rise_of_order(data: xr.Dataset) -> Compared:
    """J_y where the cumulant of x of the large lattice rises above that of the middle one.

    It is looked for downwards from where the difference of both is largest: far below the
    transition both are zero.
    """
    large, middle = (data.sel(L=side) for side in (LARGE_SIDE, MIDDLE_SIDE))
    above = (large.binder - middle.binder).values
    errors = np.hypot(large.binder_se, middle.binder_se).values
    last = int(np.flatnonzero(above[: above.argmax()] < 0)[-1])
    start, end = data.J_y.values[last : last + 2]
    low, high = -above[last], above[last + 1]
    share = low / (low + high)
    error = np.hypot((1 - share) * errors[last], share * errors[last + 1]) / (low + high)
    return Compared(float(start + share * (end - start)), float((end - start) * error))


def _mean(value: xr.DataArray, error: xr.DataArray) -> Compared:
    return Compared(float(value.mean()), float(np.linalg.norm(error)) / error.size)


def figure(data: xr.Dataset) -> Figure:
    """The order over J_y, with that of mean field; the cumulants about the transition."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = result.subplots(1, 2)
    fine = np.linspace(FIXED_Z + 1e-6, float(data.J_y.max()), 1000)
    left.plot(fine, order_of_mean_field(fine), label="mean field", **EXACT)
    value, error = correlation(data)
    for side, colour in zip(data.L.values, rate_colours(data.L.values.tolist()), strict=True):
        look = BARS | {"color": colour, "ls": "-", "lw": 0.6, "label": f"$L={side:g}$"}
        left.errorbar(data.J_y, value.sel(L=side), error.sel(L=side), **look)
        at = data.sel(L=side)
        right.errorbar(at.J_y, at.binder, at.binder_se, **look)
    left.set_ylabel(r"$\langle\sigma^x_i\sigma^x_j+\sigma^y_i\sigma^y_j\rangle_{i\neq j}$")
    right.set_ylabel(r"cumulant $1-\langle X^4\rangle/3\langle X^2\rangle^2$")
    right.axvline(1.0 + 1 / 25.6, ls="--", color="0.5", lw=0.8)
    right.axhline(2 / 3, ls=":", color="0.5", lw=0.8)
    right.set_xlim(0.98, 1.42)
    right.set_ylim(-0.06, 0.7)
    left.set_ylim(-0.02, 0.68)
    left.legend(loc="upper center", ncols=3)
    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xlabel(r"$J_y/\gamma$")
        panel(axes, letter)
    footnote(result, data, r"$J_x=0.9\,\gamma$, $J_z=\gamma$; dashed: threshold of mean field")
    return result
