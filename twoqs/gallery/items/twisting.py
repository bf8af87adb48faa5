"""One-axis twisting of atoms that decay one by one, beside its closed form."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from twoqs.gallery.numbers import Compared, decibels
from twoqs.look.plot.style import EXACT, PAGE_WIDTH, footnote, rate_colours

SWEEPS = ("gallery-twisting",)

ATOMS = 1000
"""That of the sweep file."""


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """The best squeezing in dB, for each rate of decay."""
    found = {}
    for gamma in data.gamma.values.tolist():
        at = data.sel(gamma=gamma)
        best = Compared(float(at.squeezing_optimum), float(at.squeezing_optimum_se))
        found[f"gamma{gamma:g}".replace(".", "_")] = decibels(best)
    return found


def closed_form(times: np.ndarray, gamma: float, atoms: int = ATOMS) -> np.ndarray:
    """The exact xi^2 with H = S_z^2/N from the state along x, each atom decaying at 2 gamma.

    Ising couplings turn each atom by what the others' sigma_z are along their histories, which
    are classical: up, and down from the jump on (Foss-Feig, Hazzard, Bollinger and Rey, Physical
    Review A 87, 042101 (2013)). `phase` is the mean of exp(i theta times the integral of one
    sigma_z), `ends` that with the sigma_z at the end as a factor.
    """
    n, g = atoms, 2 * gamma

    def phase(theta: float, sign: int = 1) -> np.ndarray:
        stays, down = np.exp((1j * theta - g) * times), np.exp(-1j * theta * times)
        jumps = g * down * (np.exp((2j * theta - g) * times) - 1) / (2j * theta - g)
        return np.asarray((stays + sign * (down + jumps)) / 2)

    theta = 1 / n
    one, half = phase(theta), np.exp(-g * times / 2)
    mean = n / 2 * half * one ** (n - 1)  # <S^+>, which is real and along x but for rounding
    up = half**2 / 4  # <sigma^+ sigma^-> of two atoms
    both = half**2 / 4 * phase(2 * theta) ** (n - 2)  # <sigma^+ sigma^+>
    with_z = half / 2 * one ** (n - 2) * phase(theta, -1)  # <sigma^+ sigma_z>
    # Across the mean spin, which decay turns out of the plane: z' along z less its part along it.
    z = n / 2 * (np.exp(-g * times) - 1)
    direction = np.stack([mean.real, mean.imag, z])
    pairs = n * (n - 1)
    xx = n / 4 + pairs / 4 * (2 * both.real + 2 * up)
    yy = n / 4 + pairs / 4 * (-2 * both.real + 2 * up)
    xy = pairs / 4 * 2 * both.imag
    zz = n / 4 + pairs / 4 * (np.exp(-g * times) - 1) ** 2
    xz, yz = pairs / 2 * with_z.real, pairs / 2 * with_z.imag
    second = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    covariance = np.moveaxis(second - direction[:, None] * direction[None], -1, 0)
    return np.array([_smallest(*pair, n) for pair in zip(covariance, direction.T, strict=True)])


def _smallest(covariance: np.ndarray, mean: np.ndarray, atoms: int) -> float:
    """N times the smallest variance across the mean, over its square."""
    basis = np.linalg.svd(mean[None])[2][1:]
    least = np.linalg.eigvalsh(basis @ covariance @ basis.T)[0]
    return float(atoms * least / (mean @ mean))


def figure(data: xr.Dataset) -> Figure:
    """Squeezing in time for each rate of decay, with the closed form."""
    result = Figure(figsize=(PAGE_WIDTH / 2, 2.9), layout="constrained")
    axes = result.subplots()
    rates = data.gamma.values.tolist()
    fine = np.linspace(0.01, float(data.time[-1]), 200)
    for gamma, colour in zip(rates, rate_colours(rates), strict=True):
        axes.plot(fine, 10 * np.log10(closed_form(fine, gamma)), **EXACT)
        at = data.squeezing.sel(gamma=gamma)
        axes.plot(data.time, 10 * np.log10(at), ".", color=colour, label=f"{gamma:g}")
    axes.set_xlabel(r"$\chi N t$")
    axes.set_ylabel(r"squeezing $\xi^2$ (dB)")
    axes.set_ylim(-22, 6)
    axes.set_xlim(0, 22)
    axes.legend(title=r"$\gamma/\chi N$", loc="center right")
    footnote(result, data, "\nlines: closed form")
    return result
