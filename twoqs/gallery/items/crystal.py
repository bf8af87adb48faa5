"""A boundary time crystal: how long its oscillations last, with dephasing of each atom."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp
from scipy.optimize import curve_fit

import twoqs
from twoqs.gallery.numbers import Compared, exponent
from twoqs.look.plot.style import BARS, EXACT, PAGE_WIDTH, footnote, panel, rate_colours
from twoqs.measure.statistics import jackknife_covariance

SWEEPS = ("gallery-crystal",)

DRIVE = 1.5
"""That of the sweep file, in units of Gamma."""

AT_REST_FROM = 900.0
"""Time from which on the mean is taken that oscillations are about."""

COMPARED_ATOMS = (20, 40)
"""Numbers of atoms that are compared with the master equation."""


def lifetime(time: np.ndarray, z: np.ndarray, rest: float) -> float:
    """4 int (z - rest)^2 dt, about tau for cos(w t) exp(-t/tau); z over S, shape (time,)."""
    return float(4 * np.trapezoid((z - rest) ** 2, time))


def endured(data: xr.Dataset) -> Compared:
    """The lifetime of one point and its jackknife error; NaN if the record is too short for it."""
    time, spin = data.time.values, float(data.atoms) / 2
    all_of_it = np.vstack([data.sz.values, data.twoqs.replicas("sz").values]) / spin
    rest = all_of_it[:, time >= AT_REST_FROM].mean(1)
    found = [lifetime(time, z, mean) for z, mean in zip(all_of_it, rest, strict=True)]
    noise = 4 * float(np.sum((data.sz_se.values / spin) ** 2)) * (time[1] - time[0])
    error = float(jackknife_covariance(np.array(found[1:])[:, None])[0, 0]) ** 0.5
    if 3 * found[0] > time[-1]:
        return Compared(np.nan, np.nan)
    return Compared(found[0] - noise, error)


def by_master_equation(atoms: int, dephasing: float, times: np.ndarray) -> np.ndarray:
    """<S^z>/S by the master equation, from the south pole; without dephasing of one spin."""
    member = twoqs.Ensemble(atoms, "a") if dephasing else twoqs.Spin(atoms / 2, "a")
    own = (twoqs.jump(twoqs.each(member.z), rate=dephasing),) if dephasing else ()
    jumps = (twoqs.jump(member.minus, rate=1 / atoms), *own)
    model = twoqs.Model(hamiltonian=DRIVE * member.x, jumps=jumps)
    return np.asarray(twoqs.exact(model, times=times.tolist()).sz.values / (atoms / 2))


def by_mean_field(dephasing: float, times: np.ndarray) -> np.ndarray:
    """<S^z>/S of infinitely many atoms: y' = z (y - Omega) - g y, z' = y (Omega - y)."""

    def change(_: float, s: np.ndarray) -> list[float]:
        return [s[1] * (s[0] - DRIVE) - dephasing * s[0], s[0] * (DRIVE - s[0])]

    found = solve_ivp(change, (0, times[-1]), [0.0, -1.0], t_eval=times, rtol=1e-9, atol=1e-12)
    return np.asarray(found.y[1])


def ringing(data: xr.Dataset, start: float, end: float) -> tuple[Compared, Compared]:
    """Frequency and damping of <S^z> between two times, by a fit of a damped cosine."""
    kept = (data.time.values >= start) & (data.time.values <= end)
    t = data.time.values[kept] - start

    def cosine(t: np.ndarray, a: float, b: float, w: float, rate: float, rest: float) -> np.ndarray:
        wave = a * np.cos(w * t) + b * np.sin(w * t)
        return np.asarray(np.exp(-rate * t) * wave + rest)

    w = DRIVE if float(data.g) else (DRIVE**2 - 1) ** 0.5
    fits = []
    for z in np.vstack([data.sz.values, data.twoqs.replicas("sz").values])[:, kept]:
        scale = np.abs(z).max()
        fits.append(curve_fit(cosine, t, z / scale, (0.5, 0.5, w, float(data.g) / 2, 0))[0])
    found = np.array(fits)
    error = np.sqrt(np.diag(jackknife_covariance(found[1:])))
    return Compared(found[0, 2], error[2]), Compared(found[0, 3], error[3])


def largest_deviation(z: np.ndarray, se: np.ndarray, wanted: np.ndarray) -> Compared:
    """The largest deviation, and the standard error there."""
    worst = int(np.argmax(np.abs(z - wanted)))
    return Compared(float(np.abs(z - wanted)[worst]), float(se[worst]))


def numbers(data: xr.Dataset) -> dict[str, Compared]:
    """Lifetimes, frequencies and damping, and deviations from exact results and mean field."""
    found, clean = {}, data.twoqs.sel(g=0)
    for atoms in COMPARED_ATOMS:
        at = clean.isel(N=int(np.argmax(clean.atoms.values == atoms)))
        z = by_master_equation(atoms, 0.0, at.time.values)
        tau, rest = endured(at), z[at.time.values >= AT_REST_FROM].mean()
        wanted = lifetime(at.time.values, z, rest)
        found[f"lifetime{atoms}"] = Compared(tau.value / wanted, tau.se / wanted)
    large = clean.isel(N=(clean.atoms >= 80).values & (clean.atoms <= 1000).values)
    taus = np.array([endured(large.isel(N=i)) for i in range(len(large.N))]).T
    found["power"] = exponent(large.atoms, *(large.atoms.copy(data=one) for one in taus))
    large = clean.isel(N=int(np.argmax(clean.atoms.values == 1000)))
    found["frequency"] = ringing(large, 60, 360)[0]
    damped = data.twoqs.sel(g=0.1)
    times = damped.time.values[damped.time.values <= 60]
    for atoms in COMPARED_ATOMS:
        at = damped.isel(N=int(np.argmax(damped.atoms.values == atoms)), time=slice(len(times)))
        z, se = at.sz.values * 2 / atoms, at.sz_se.values * 2 / atoms
        found[f"dephased{atoms}"] = largest_deviation(z, se, by_master_equation(atoms, 0.1, times))
    last = damped.isel(N=-1)
    z, se = (one.values * 2 / float(last.atoms) for one in (last.sz, last.sz_se))
    found["mean_field"] = largest_deviation(z, se, by_mean_field(0.1, last.time.values))
    found["late_frequency"], found["late_damping"] = ringing(last, 50, 90)
    return found


def figure(data: xr.Dataset) -> Figure:
    """Oscillations of few and of many atoms, and lifetimes over N with the limits of dephasing."""
    result = Figure(figsize=(PAGE_WIDTH, 3.4), layout="constrained")
    places = result.subplot_mosaic([["a", "c"], ["b", "c"]])
    upper, lower, right = (places[letter] for letter in "abc")
    rates = data.g.values.tolist()
    colours = dict(zip(rates, rate_colours(rates), strict=True))
    fine = np.linspace(0, 40, 401)
    for axes, g, letter in ((upper, 0.0, "a"), (lower, 0.1, "b")):
        for atoms, marker in ((20, "."), (1000, "x")):
            at = data.twoqs.sel(g=g, time=slice(0, 40))
            at = at.isel(N=int(np.argmax(at.atoms.values == atoms)))
            look = BARS | {"marker": marker, "color": colours[g], "label": f"$N={atoms}$"}
            axes.errorbar(at.time, at.sz * 2 / atoms, at.sz_se * 2 / atoms, **look)
        axes.plot(fine, by_master_equation(20, g, fine), **EXACT)
        axes.plot(fine, by_mean_field(g, fine), **EXACT | {"ls": ":"})
        axes.set_ylabel(r"$\langle S^z\rangle/S$")
        axes.set_ylim(-1.15, 2.3)
        axes.legend(loc="upper right", ncols=2, title=rf"$g={g:g}\,\Gamma$", title_fontsize=7)
        panel(axes, letter)
    lower.set_xlabel(r"time $\Gamma t$")
    upper.tick_params(labelbottom=False)
    for i, g in enumerate(rates):
        tau = np.array([endured(data.isel(N=k, g=i)) for k in range(len(data.N))]).T
        label = rf"$g={g:g}\,\Gamma$"
        right.errorbar(data.atoms, *tau, color=colours[g], label=label, **BARS | {"ls": "-"})
        if g:
            time = data.time.values
            right.axhline(lifetime(time, by_mean_field(g, time), 0.0), color=colours[g], ls=":")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("atoms $N$")
    right.set_ylabel(r"lifetime $\Gamma\tau$")
    right.set_ylim(4, 1000)
    right.legend(loc="upper left", ncols=2)
    panel(right, "c")
    footnote(result, data, r"$\Omega=1.5\,\Gamma$; lines: exact, $N=20$; dotted: mean field")
    return result
