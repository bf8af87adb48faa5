"""A bistable driven mode with a Kerr term: its histogram against its mean, and its switching."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import sparse
from scipy.optimize import curve_fit
from scipy.sparse.linalg import eigs
from scipy.special import gammaln, loggamma

import twoqs
from twoqs.gallery.numbers import Compared, compared
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours

SWEEPS = ("gallery-kerr", "gallery-kerr-switching")

DETUNING = 2.5
"""Of the sweep files, in units of Gamma."""

BISTABLE = {"U": 0.1, "drive": 1.7}
"""The point whose histogram is compared."""

VALLEY = 1.45
"""Between both peaks: q U^(1/2), where the density is least, for all sizes."""

FITTED_FROM = 6.0
"""Times from which no memory but the slowest is left."""

MEMORIES = {0.2: 28.0, 0.1: 101.0, 0.05: 780.0}
"""Times until which switching is fitted, by U: two memories."""


STRIDES = {0.2: 1, 0.1: 2, 0.05: 12}
"""Of the times that are drawn, by U."""


def by_closed_form(u: float, drive: float) -> np.ndarray:
    """The exact steady state over numbers of quanta, shape (quanta, quanta).

    It is what is left of a pure state of two modes, the second of which absorbs the light of the
    first: their sum has amplitudes x^n/((c)_n n!^(1/2)), and their difference is empty.

    Source: Drummond and Walls, Journal of Physics A 13, 725 (1980), in the form of Stannigel, Rabl
    and Zoller, New Journal of Physics 14, 063014 (2012).
    """
    n = np.arange(round(5 / u) + 20)
    total = n[:, None] + n
    c = -2 * (DETUNING + 1j) / u
    force = complex(0, -2 * drive / u**1.5)
    logarithm = total * np.log(force) - loggamma(c + total)
    logarithm -= (gammaln(n + 1)[:, None] + gammaln(n + 1)) / 2
    pure = np.exp(logarithm - logarithm.real.max())
    rho = pure @ pure.conj().T
    return np.asarray(rho / np.trace(rho))


def mean_quanta(rho: np.ndarray) -> float:
    """The mean number of quanta."""
    return float(np.diagonal(rho).real @ np.arange(len(rho)))


def quadrature_density(rho: np.ndarray, q: np.ndarray) -> np.ndarray:
    """<q|rho|q> of the quadrature q = (a + a^+)/sqrt(2), shape of q."""
    waves = np.zeros((len(rho), len(q)))
    waves[0] = np.pi**-0.25 * np.exp(-(q**2) / 2)
    waves[1] = np.sqrt(2) * q * waves[0]
    for n in range(2, len(rho)):
        waves[n] = np.sqrt(2 / n) * q * waves[n - 1] - np.sqrt((n - 1) / n) * waves[n - 2]
    return np.asarray((waves * (rho @ waves)).sum(0).real)


def in_bins(rho: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """The exact density averaged over bins of equal widths, shape (bins,)."""
    width = middles[1] - middles[0]
    inside = (np.arange(5) - 2) / 5 * width
    return quadrature_density(rho, (middles[:, None] + inside).ravel()).reshape(-1, 5).mean(1)


def upper_share(heights: np.ndarray, q: np.ndarray, u: float) -> np.ndarray:
    """The share of the upper peak; bins are the last axis."""
    return np.asarray(heights[..., q > VALLEY * u**-0.5].sum(-1) / heights.sum(-1))


def peaks(heights: np.ndarray, q: np.ndarray, tops: tuple[np.ndarray, ...]) -> np.ndarray:
    """Places and widths of Gaussians through the bins of each top, shape (2 per top,)."""
    found = []
    for top in tops:
        curve = np.polyfit(q[top], np.log(heights[top]), 2, w=heights[top] ** 0.5)
        found += [-curve[1] / (2 * curve[0]), (-2 * curve[0]) ** -0.5]
    return np.array(found)


def decay_rate(difference: np.ndarray, time: np.ndarray) -> float:
    """That of the exponential through a difference."""
    start = (difference[0], 1 / time[-1])
    fit = curve_fit(lambda t, size, rate: size * np.exp(-rate * t), time, difference, start)[0]
    return float(fit[1])


def histograms(at: xr.Dataset) -> np.ndarray:
    """That of all trajectories, and those of the replicas: the bins are the last axis."""
    return np.stack([at.q.values, *at.twoqs.replicas("q").transpose("replica", *at.q.dims).values])


def numbers(data: xr.Dataset, switching: xr.Dataset) -> dict[str, Compared]:
    """Drives of equal shares, shares and peaks at one of them, and rates, beside exact ones."""
    q, drives = data.q_bin.values, data.drive.values
    found = {}
    for i, u in enumerate(data.U.values.tolist()):
        heights = histograms(data.isel(size=i).transpose("drive", "q_bin", ...))
        exact = np.array([in_bins(by_closed_form(u, drive), q) for drive in drives.tolist()])
        both = [*upper_share(heights, q, u), upper_share(exact, q, u)]
        equal = np.array([np.interp(0.5, shares, drives) for shares in both])
        found[_name("drive", u)] = compared(equal[:-1], equal[-1])
    found |= at_one_drive(data)
    rates = {u: _rates(switching, u) for u in MEMORIES}
    gaps = {u: slowest_rate(u) for u in MEMORIES}
    found |= {_name("rate", u): compared(rates[u], gaps[u]) for u in MEMORIES}
    growth = np.log(rates[0.1] / rates[0.05])
    return found | {"barrier": compared(growth, np.log(gaps[0.1] / gaps[0.05]))}


def at_one_drive(data: xr.Dataset) -> dict[str, Compared]:
    """The histogram where it has two peaks, beside the exact density."""
    u, drive = BISTABLE.values()
    q = data.q_bin.values
    exact = in_bins(by_closed_form(u, drive), q)
    above = q > VALLEY * u**-0.5
    tops = tuple(side & (exact > exact[side].max() / 2) for side in (~above, above))
    heights = histograms(data.twoqs.sel(U=u, drive=drive))
    ours = np.array([peaks(one, q, tops) for one in heights])
    wanted = peaks(exact, q, tops)
    found = {}
    for k, side in enumerate(("lower", "upper")):
        place = (ours[:, 2 * k] - wanted[2 * k]) / wanted[2 * k + 1]
        width = ours[:, 2 * k + 1] / wanted[2 * k + 1]
        found[f"{side}_place"] = compared(place)
        found[f"{side}_width"] = compared(width)
    shares = upper_share(heights, q, u)
    at_mean = [np.interp(q @ one / one.sum(), q, one) / min(one[top].max() for top in tops)
               for one in heights]  # fmt: skip
    return found | {
        "share": compared(shares),
        "valley": compared(np.array(at_mean)),
    }


def _name(word: str, u: float) -> str:
    return f"{word}{u:g}".replace(".", "_")


def pair(switching: xr.Dataset, u: float) -> xr.Dataset:
    """Both starts of a size: the vacuum, and near the upper state."""
    return switching.isel(start=np.flatnonzero(switching.U.values == u))


def _rates(switching: xr.Dataset, u: float) -> np.ndarray:
    """The rate of switching, and its replicas."""
    both, time = pair(switching, u), switching.time.values
    fitted = (time >= FITTED_FROM) & (time <= MEMORIES[u])
    replicas = both.twoqs.replicas("n").transpose("replica", "start", "time").values
    means = np.array([both.n.transpose("start", "time").values, *replicas])[..., fitted]
    return np.array([decay_rate(high - low, time[fitted]) for low, high in means])


def slowest_rate(u: float) -> float:
    """The exact rate of switching: the gap of the master equation's generator."""
    c = twoqs.Mode("c")
    h = -DETUNING * c.n + u / 2 * (c.n**2 - c.n) + 1j * BISTABLE["drive"] * u**-0.5 * (c.adag - c.a)
    model = twoqs.Model(hamiltonian=h, jumps=(twoqs.jump(c.a),))
    energy, (loss,) = model.to_qutip(photons=round(4 / u) + 10)
    jump = sparse.csc_array(loss.full())
    without = sparse.csc_array(-1j * energy.full()) - jump.conj().T @ jump / 2
    one = sparse.eye_array(jump.shape[0])
    generator = sparse.kron(without, one) + sparse.kron(one, without.conj())
    generator += sparse.kron(jump, jump.conj())
    rates = eigs(sparse.csc_matrix(generator), k=2, sigma=1e-3, return_eigenvectors=False)
    return float(-rates.real.min())


def figure(data: xr.Dataset, switching: xr.Dataset) -> Figure:
    """Quanta over the drive, the histogram of a bistable point, and memory of the start."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, middle, right = result.subplots(1, 3)
    sizes = data.U.values.tolist()
    colours = dict(zip(sizes, rate_colours(sizes), strict=True))
    scaled = np.linspace(0, 3, 301)
    mean_field = (scaled * ((scaled - DETUNING) ** 2 + 1)) ** 0.5
    left.plot(mean_field, scaled, ls=":", color="0.5", label="mean field")
    fine = np.linspace(data.drive.values[0], data.drive.values[-1], 71).tolist()
    for u, colour in colours.items():
        left.plot(fine, [u * mean_quanta(by_closed_form(u, drive)) for drive in fine], **EXACT)
        at = data.isel(size=sizes.index(u))
        left.errorbar(at.drive, u * at.n, u * at.n_se, color=colour, **BARS)
        shown = pair(switching, u).isel(time=slice(2, None, STRIDES[u]))
        shown = shown.isel(time=(shown.time <= MEMORIES[u]).values)
        n, se = (v.transpose("start", "time").values for v in (shown.n, shown.n_se))
        high, bar = (n[1] - n[0]) / (n[1] - n[0])[0], np.hypot(*se) / (n[1] - n[0])[0]
        memories = slowest_rate(u) * (shown.time - FITTED_FROM)
        right.errorbar(memories, high, bar, color=colour, label=rf"$U={u:g}\,\Gamma$", **BARS)
    left.set_xlim(fine[0], fine[-1])
    left.set_xlabel(r"drive $F U^{1/2}$  ($\Gamma^{3/2}$)")
    left.set_ylabel(r"$U\langle a^\dagger a\rangle/\Gamma$")
    left.legend(loc="lower right")
    _histogram(middle, data, colours[BISTABLE["U"]])
    right.plot([0, 2], np.exp([0, -2]), **EXACT)
    right.set_yscale("log")
    right.set_yticks([1, 0.5, 0.2, 0.1], ["1", "0.5", "0.2", "0.1"])
    right.set_yticks([], minor=True)
    right.set_xlabel(r"$\gamma(t-6/\Gamma)$, with the exact rate $\gamma$")
    right.set_ylabel("memory of the start")
    right.legend(loc="lower left")
    for axes, letter in ((left, "a"), (middle, "b"), (right, "c")):
        panel(axes, letter)
    text = r"$\Delta=2.5\,\Gamma$; lines: exact; (b, c) $FU^{1/2}=1.7\,\Gamma^{3/2}$"
    text += r", (b) $U=0.1\,\Gamma$"
    memory = int(switching.trajectories.values.max())
    footnote(result, data, text + f"; (c) of {memory} trajectories; elsewhere")
    return result


def _histogram(axes: Axes, data: xr.Dataset, colour: str) -> None:
    """That of the bistable point, with its mean."""
    at, q = data.twoqs.sel(**BISTABLE), data.q_bin
    inside = np.linspace(-3, 11, 281)
    axes.plot(inside, quadrature_density(by_closed_form(*BISTABLE.values()), inside), **EXACT)
    axes.errorbar(q, at.q, at.q_se, color=colour, **BARS)
    mean = float(at.a_re) * 2**0.5
    axes.axvline(mean, color="#D55E00", ls="--")
    axes.text(mean - 0.2, 0.24, r"$\langle q\rangle$", color="#D55E00", ha="right")
    axes.set_xlim(-3, 11)
    axes.set_ylim(0, None)
    axes.set_xlabel(r"$q=(a+a^\dagger)/\sqrt{2}$")
    axes.set_ylabel("density")
