"""Light of a driven collective spin: spectrum, flux and coherent line against S."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.optimize import curve_fit
from scipy.special import voigt_profile

import twoqs
from twoqs.gallery.numbers import Compared, compared, exponent
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours
from twoqs.measure.names import error_name
from twoqs.theory import driven_steady_state

SWEEPS = ("gallery-emission",)

RABI = 1.5
"""Drive of the sweep file, in units of Gamma."""

BROADENING = 0.0025
"""Standard deviation of the Hann window's line, 0.61 of the resolution: 1.44 of it wide at half."""

BESIDE = (0.9, 1.35)
"""Frequencies between which a side band is fitted."""


BANDS = {"middle": (0.0, 0.6), "side": (0.6, 1.7), "second": (1.7, 2.7)}
"""Parts of the spectrum, by the size of the frequency, whose light is compared."""


def side_bands(omega: np.ndarray, spectra: np.ndarray, spin: float) -> np.ndarray:
    """Frequency and half the width at half maximum of the side bands, shape (2, spectrum).

    Of a Lorentzian on a slope, as broad as the window makes it, through both side bands' mean.
    """
    up = (omega >= BESIDE[0]) & (omega <= BESIDE[1])

    def line(w: np.ndarray, at: float, half: float, area: float, a: float, b: float) -> np.ndarray:
        return np.asarray(area * voigt_profile(w - at, BROADENING, half) + a + b * (w - at))

    half = 1.42 / spin
    start = ((RABI**2 - 1) ** 0.5, half, 3 * half, 0.0, 0.0)
    fits = []
    for spectrum in spectra:
        both = (spectrum + spectrum[::-1])[up]
        both = both / both.max()
        fits.append(curve_fit(line, omega[up], both, start, 0.1 + both)[0][:2])
    return np.transpose(fits)


def spectra_of(at: xr.Dataset) -> np.ndarray:
    """The spectrum of a spin length and then its replicas, shape (1 + replica, frequency)."""
    return np.vstack([at.emission.values, at.twoqs.replicas("emission").values])


def by_regression(at: xr.Dataset) -> xr.Dataset:
    """The exact spectrum of a small spin, with the window and the bins of the sweep."""
    atoms = twoqs.Spin(float(at.spin), "atoms")
    light = twoqs.jump(atoms.minus, rate=1 / (2 * float(at.spin)), label="light")
    asked = {"emission": {"spectrum": "light", "resolution": 0.004}}
    model = twoqs.Model(hamiltonian=RABI * atoms.x, jumps=(light,))
    return twoqs.exact(model, average=(3000, 6200), samples=16001, observables=asked)


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """Light beside closed forms and the regression theorem; lines, their widths, the sum rule."""
    found = {}
    spin = data.spin
    steady = [driven_steady_state(one, RABI, 1.0) for one in spin.values.tolist()]
    flux = spin.copy(data=[RABI * one["sy"] for one in steady])
    line = spin.copy(data=[one["sy"] ** 2 for one in steady]) / spin
    found["power"] = worst(data.power / flux - 1, data.power_se / flux)
    found["coherent"] = worst(data.emission_coherent / line - 1, data.emission_coherent_se / line)
    both = (data.emission_coherent + data.emission_incoherent) / data.power - 1
    found["sum_rule"] = worst(both, data.emission_incoherent_se / data.power)
    omega = data.emission_omega.values
    for length in (10, 20):
        at = data.twoqs.sel(spin=length)
        ours, exact = spectra_of(at), by_regression(at).emission.values[None]
        for band, (low, high) in BANDS.items():
            kept = (np.abs(omega) >= low) & (np.abs(omega) < high)
            found[f"{band}{length}"] = compared(ours[:, kept].sum(1), exact[0, kept].sum())
        if length == 20:
            wanted = side_bands(omega, exact, length)
            place, width = side_bands(omega, ours, length)
            found["place20"] = compared(place, wanted[0, 0])
            found["width20"] = compared(width, wanted[1, 0])
    bands = [side_bands(omega, spectra_of(data.isel(S=i)), spin[i]) for i in range(len(spin))]
    found["place1000"] = compared(bands[-1][0])
    sizes = np.flatnonzero((spin >= 20) & (spin <= 300))
    widths = np.transpose([compared(bands[i][1]) for i in sizes])
    large = spin[sizes]
    found["power_of_width"] = exponent(large, *(large.copy(data=one) for one in widths))
    return found


def worst(off: xr.DataArray, se: xr.DataArray) -> Compared:
    """The deviation that is largest in size, with its standard error."""
    i = int(np.argmax(np.abs(off.values)))
    return Compared(float(off[i]), float(se[i]))


def figure(data: xr.Dataset) -> Figure:
    """Spectra over S, the side band at its own scale, and light by its kinds over S."""
    result = Figure(figsize=(PAGE_WIDTH, 3.0), layout="constrained")
    left, middle, right = result.subplots(1, 3, width_ratios=(1.5, 1, 1))
    spin, omega = data.spin, data.emission_omega
    middle_band = (RABI**2 - 1) ** 0.5
    for i, colour in enumerate(rate_colours(spin.values.tolist())):
        at, label = data.isel(S=i), f"$S={float(spin[i]):g}$"
        look = {"color": colour, "lw": 0.7, "label": label}
        coarse = at.emission.coarsen(emission_omega=5, boundary="trim").mean() / at.spin
        if i in (0, 2, 5):
            left.plot(coarse.emission_omega, coarse, **look)
        near = (omega > middle_band - 0.25) & (omega < middle_band + 0.15)
        middle.plot(omega[near], at.emission[near] / at.spin, **look)
    first = data.isel(S=0)
    exact = by_regression(first)
    left.plot(omega, exact.emission / first.spin, **EXACT | {"ls": "--", "lw": 0.8, "zorder": 5})
    left.set_xlim(-3, 3)
    left.set_yscale("log")
    left.set_ylim(0.01, 400)
    left.set_ylabel(r"$S(\omega)/S$")
    middle.axvline(middle_band, color="0.5", ls=":")
    middle.set_yscale("log")
    middle.set_ylim(0.005, 3000)
    for axes in (left, middle):
        axes.set_xlabel(r"$\omega/\Gamma$")
        axes.legend(loc="upper left")
    fine = np.geomspace(10, 1000, 30).round()
    sy = np.array([driven_steady_state(one, RABI, 1.0)["sy"] for one in fine.tolist()])
    right.plot(fine, RABI * sy / fine, **EXACT)
    right.plot(fine, sy**2 / fine**2, **EXACT)
    for name, colour, text in (
        ("power", "#0072B2", "flux"),
        ("emission_incoherent", "#D55E00", "spectrum"),
        ("emission_coherent", "#E69F00", "coherent line"),
    ):
        value, error = data[name] / spin, data[error_name(name)] / spin
        right.errorbar(spin, value, error, color=colour, label=text, **BARS)
    right.plot(fine, (RABI * sy - sy**2 / fine) / fine, **EXACT)
    right.set_xscale("log")
    right.set_ylim(0, 1.15)
    right.set_xlabel("spin length $S$")
    right.set_ylabel(r"quanta per time over $S$  ($\Gamma$)")
    right.legend(loc="upper right")
    for axes, letter in ((left, "a"), (middle, "b"), (right, "c")):
        panel(axes, letter)
    footnote(
        result, data, r"$\Omega=1.5\,\Gamma$; lines: exact, in (a) at $S=10$; dotted: mean field"
    )
    return result
