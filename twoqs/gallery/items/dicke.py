"""The open Dicke model: photons over the coupling, and their growth with N at its threshold."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared, exponent
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours, transition

SWEEPS = ("gallery-dicke", "gallery-dicke-threshold")

LAMBDA_C = 0.5**0.5
"""Of the sweep files, where omega = omega_0 = kappa = 1."""


def numbers(data: xr.Dataset, threshold: xr.Dataset) -> dict[str, Compared]:
    """Photons of few and of many atoms on both sides of the threshold, and their power there."""
    few, many = data.twoqs.sel(spin=4), data.isel(size=-1)
    found = {
        "below8": _photons(few.twoqs.sel(lam=0.5)),
        "threshold8": _photons(threshold.twoqs.sel(spin=4)),
        "above8": _photons(few.twoqs.sel(lam=0.9)),
        "below": _photons(many.twoqs.sel(lam=0.5)),
    }
    above, spin = many.twoqs.sel(lam=0.9), float(many.spin)
    n = _photons(above)
    found["order"] = Compared(n.value / (2 * spin), n.se / (2 * spin))
    found["inversion"] = Compared(float(-above.sz) / spin, float(above.sz_se) / spin)
    large = threshold.isel(size=(threshold.spin >= 50).values)
    found["power"] = exponent(large.spin, large.n, large.n_se)
    return found


def _photons(at: xr.Dataset) -> Compared:
    return Compared(float(at.n), float(at.n_se))


def figure(data: xr.Dataset, threshold: xr.Dataset) -> Figure:
    """Photons over N and the inversion over the coupling; photons at the threshold over N."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, middle, right = result.subplots(1, 3)
    fine = np.linspace(0.2, 1.0, 161)
    ratio = np.minimum(1, LAMBDA_C / fine) ** 2
    left.plot(fine, fine**2 * (1 - ratio**2) / 2, **EXACT)
    middle.plot(fine, ratio, **EXACT)
    sizes = (2 * data.spin).values.tolist()
    for i, colour in enumerate(rate_colours(sizes)):
        at, look = data.isel(size=i), BARS | {"color": colour, "label": f"$N={sizes[i]:g}$"}
        left.errorbar(at.lam, at.n / sizes[i], at.n_se / sizes[i], **look)
        middle.errorbar(at.lam, -at.sz / at.spin, at.sz_se / at.spin, **look)
    left.set_ylabel(r"$\langle a^\dagger a\rangle/N$")
    left.legend(loc="upper left")
    middle.set_ylabel(r"$-\langle S^z\rangle/S$")
    middle.set_ylim(0, 1.1)
    for axes in (left, middle):
        axes.set_xlabel(r"coupling $\lambda/\kappa$")
    transition(middle, LAMBDA_C, 0.4)
    atoms = 2 * threshold.spin
    many = float(threshold.n[-1]) * (atoms / atoms[-1]) ** 0.5
    right.plot(atoms, many, ls=":", color="0.5", label=r"$N^{1/2}$")
    right.errorbar(atoms, threshold.n, threshold.n_se, color="#0072B2", **BARS)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("atoms $N$")
    right.set_ylabel(r"$\langle a^\dagger a\rangle$ at $\lambda_c$")
    right.legend(loc="upper left")
    for axes, letter in ((left, "a"), (middle, "b"), (right, "c")):
        panel(axes, letter)
    footnote(result, data, r"$\omega=\omega_0=\kappa$; lines: mean field")
    return result
