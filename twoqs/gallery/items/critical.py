"""Driven superradiance at its critical drive: powers of the spin length up to 10^6."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared, exponent
from twoqs.look.plot.style import BARS, COMPONENT_COLOURS, EXACT, PAGE_WIDTH, footnote, panel
from twoqs.measure.names import error_name
from twoqs.theory import driven_steady_state

SWEEPS = ("gallery-critical",)

LONG = 1e4
"""Spin lengths from which powers are taken."""


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """Powers of S in -<S^z>/S and var(S^z)/S^2, and how far both are from the exact ones."""
    large = data.sel(spin=data.spin[data.spin >= LONG])
    spin = large.spin
    exact = _exact(data.spin.values)
    off = np.abs(data.sz / data.spin - exact.sz).values
    worst = int(np.argmax(off))
    variances = (data.var_sz / data.spin**2 / exact.var_sz).values
    errors = (data.var_sz_se / data.spin**2 / exact.var_sz).values
    count = len(variances)
    return {
        "inversion": exponent(spin, -large.sz / spin, large.sz_se / spin),
        "fluctuations": exponent(spin, large.var_sz / spin**2, large.var_sz_se / spin**2),
        "deviation": Compared(float(off[worst]), float((data.sz_se / data.spin)[worst])),
        "variance": Compared(float(variances.mean()), float(np.linalg.norm(errors)) / count),
    }


def figure(data: xr.Dataset) -> Figure:
    """Mean and variances over S, doubly logarithmic, with exact results as lines."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = result.subplots(1, 2)
    spin = data.spin
    fine = np.unique(np.geomspace(spin[0], spin[-1], 40).round())
    exact = _exact(fine)
    colour = COMPONENT_COLOURS["z"]
    left.plot(fine, -exact.sz, **EXACT)
    left.errorbar(spin, -data.sz / spin, data.sz_se / spin, color=colour, **BARS)
    left.plot(fine, 0.37 * fine ** (-1 / 3), ls=":", color="0.5", label=r"$S^{-1/3}$")
    left.set_ylabel(r"$-\langle S^z\rangle/S$")
    left.legend()
    for axis, colour in COMPONENT_COLOURS.items():
        name = f"var_s{axis}"
        right.plot(fine, exact[name], **EXACT)
        value, error = data[name] / spin**2, data[error_name(name)] / spin**2
        right.errorbar(spin, value, error, color=colour, label=f"$a={axis}$", **BARS)
    right.set_ylabel(r"$\langle(\Delta S^a)^2\rangle/S^2$")
    right.legend()
    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("spin length $S$")
        panel(axes, letter)
    footnote(result, data, r"$\Omega=\Gamma$; lines: exact steady state")
    return result


def _exact(spins: np.ndarray) -> xr.Dataset:
    """Exact means over S and variances over S^2."""
    found = [driven_steady_state(spin, 1.0, 1.0) for spin in spins.tolist()]
    powers = {"sz": 1, "var_sx": 2, "var_sy": 2, "var_sz": 2}
    values = {
        name: ("spin", [one[name] / spin**k for one, spin in zip(found, spins, strict=True)])
        for name, k in powers.items()
    }
    return xr.Dataset(values, {"spin": spins})
