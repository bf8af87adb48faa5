"""How far off modes and ensembles are: tables of docs/accuracy.md, against the master equation.

python verification/modes_and_ensembles.py [trajectories]       # some minutes on two cores
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from math import exp, pi, sqrt

import numpy as np
import xarray as xr

import twoqs as tq
from twoqs.theory import evolve

Times = Sequence[float] | np.ndarray

TIMES = tuple(np.linspace(0.5, 12.0, 24).tolist())
"""Loss rates are 1/2 or 1: to the steady state, or nearly so."""

MODE, UP = tq.Mode("cavity"), "up"
A, A_DAGGER, N = MODE.a, MODE.adag, MODE.n


def kerr(strength: float, drive: float) -> tq.Model:
    """K/2 a^+a^+aa and a drive (a + a^+), loss G = 1."""
    energy = strength / 2 * (N**2 - N) + drive * (A + A_DAGGER)
    return tq.Model(hamiltonian=energy, jumps=[tq.jump(A, 1.0)])


def dispersive(chi: float, spin: float, drive: float) -> tq.Model:
    """chi a^+a S^z of a spin along x, loss G = 1."""
    atom = tq.Spin(spin, "atom")
    energy = chi * N * atom.z + drive * (A + A_DAGGER)
    return tq.Model(
        hamiltonian=energy, jumps=[tq.jump(A, 1.0)], initial={"atom": tq.coherent(pi / 2)}
    )


def dicke(coupling: float, spin: float) -> tq.Model:
    """Both frequencies 1, loss 1/2: the threshold is at a coupling of 0.56."""
    atoms = tq.Spin(spin, "atoms")
    tied = 2 * coupling / sqrt(2 * spin) * (A + A_DAGGER) * atoms.x
    return tq.Model(hamiltonian=N + atoms.z + tied, jumps=[tq.jump(A, 0.5)])


def tavis_cummings(spin: float) -> tq.Model:
    """A burst of an inverted spin into a cavity, coupling 1/2, loss 1."""
    atoms = tq.Spin(spin, "atoms")
    energy = 0.5 * (A * atoms.plus + A_DAGGER * atoms.minus)
    return tq.Model(hamiltonian=energy, jumps=[tq.jump(A, 1.0)], initial={"atoms": UP})


KERR = {
    f"K = {k:g} G, drive {drive:g} G": kerr(k, drive)
    for drive in (0.5, 2.0)
    for k in (0.1, 0.3, 1.0)
}
MODES = {
    **{
        f"dispersive, chi = {chi:g} G, drive {drive:g} G, S = {spin}": dispersive(chi, spin, drive)
        for chi in (0.1, 0.5) for drive in (0, 0.6) for spin in (5, 20)
    },
    **{
        f"open Dicke, coupling {g:g}, S = {spin}": dicke(g, spin)
        for g in (0.35, 0.9) for spin in (2, 5, 10)
    },
    **{f"Tavis-Cummings, S = {spin}": tavis_cummings(spin) for spin in (2, 10)},
}  # fmt: skip


def laser(size: int) -> tq.Model:
    """Collective decay 10/N, each member pumped with 3: a superradiant laser."""
    atoms = tq.Ensemble(size)
    return tq.Model(
        jumps=[tq.jump(atoms.minus, 10 / size), tq.jump(tq.each(atoms.plus), 3.0)],
        members=[atoms],
    )


def burst(size: int) -> tq.Model:
    """Collective decay 1/N from above, each member decays with 0.3 and dephases with 0.2."""
    atoms = tq.Ensemble(size)
    own = [tq.jump(tq.each(atoms.minus), 0.3), tq.jump(tq.each(atoms.z), 0.2)]
    return tq.Model(jumps=[tq.jump(atoms.minus, 1 / size), *own], members=[atoms], initial=UP)


def driven(size: int) -> tq.Model:
    """A drive of 1.5 against the collective decay 1/N, each member dephases with 0.1."""
    atoms = tq.Ensemble(size)
    return tq.Model(
        hamiltonian=1.5 * atoms.x,
        jumps=[tq.jump(atoms.minus, 1 / size), tq.jump(tq.each(atoms.z), 0.1)],
    )


ENSEMBLES = {
    "superradiant laser": (laser, np.linspace(0.1, 2.4, 24)),
    "superradiant burst": (burst, np.linspace(0.5, 12.0, 24)),
    "time crystal": (driven, np.linspace(0.5, 12.0, 24)),
}
SIZES = (8, 16, 40)


def off(found: xr.DataArray, exact: xr.DataArray) -> float:
    """The largest deviation over the times."""
    return float(np.abs(found - exact).max())


def square(data: xr.Dataset, axis: str) -> xr.DataArray:
    """<(S^a)^2>, which does not cancel in phases of broken symmetry as the variance may."""
    return data[f"var_s{axis}"] + data[f"s{axis}"] ** 2


def of_spin(found: xr.Dataset, exact: xr.Dataset, spin: float) -> list[str]:
    """Means in units of S, and squares in units of S^2."""
    means = max(off(found[f"s{axis}"], exact[f"s{axis}"]) for axis in "xyz")
    squares = max(off(square(found, axis), square(exact, axis)) for axis in "xyz")
    return [f"{means / spin:.3f}", f"{squares / spin**2:.3f}"]


def of_mode(found: xr.Dataset, exact: xr.Dataset) -> list[str]:
    """<a>; n, and beside it its largest value."""
    amplitude = np.hypot(found.a_re - exact.a_re, found.a_im - exact.a_im).max()
    n = f"{off(found.n, exact.n):.3f} of {float(exact.n.max()):.2f}"
    return [f"{float(amplitude):.3f}", n]


def both(model: tq.Model, times: Times, trajectories: int) -> tuple[xr.Dataset, xr.Dataset]:
    """What the method finds, and what is exact."""
    found = tq.simulate(model, times=times, trajectories=trajectories, seed=12)
    return found, evolve(model, times)


def print_kerr(trajectories: int) -> None:
    print("\n| Kerr | <a> | n | g2 at the end |\n" + "|---" * 4 + "|")
    for name, model in KERR.items():
        found, exact = both(model, TIMES, trajectories)
        g2 = f"{off(found.g2[-1], exact.g2[-1]):.3f} of {float(exact.g2[-1]):.2f}"
        print(f"| {name} | {' | '.join([*of_mode(found, exact), g2])} |", flush=True)


def print_modes(trajectories: int) -> None:
    print("\n| model | means, squares | <a> | n |\n" + "|---" * 4 + "|")
    for name, model in MODES.items():
        found, exact = both(model, TIMES, trajectories)
        (spin,) = (member.spin for member in model.members if isinstance(member, tq.Spin))
        cells = [", ".join(of_spin(found, exact, spin)), *of_mode(found, exact)]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def print_false_dephasing(trajectories: int) -> None:
    """Without photons nothing happens; the vacuum of the method dephases the spin."""
    print("\n| chi/G | S | <S^x>/S at G t = 8 | exp(-chi^2 t/(8 G)) | exact |\n" + "|---" * 5 + "|")
    for chi in (0.1, 0.5, 2.0):
        for spin in (5, 20):
            model = dispersive(chi, spin, 0.0)
            found = tq.simulate(model, times=[8.0], trajectories=trajectories, seed=12)
            value, expected = float(found.sx[0]) / spin, exp(-(chi**2))
            print(f"| {chi:g} | {spin} | {value:.3f} | {expected:.3f} | 1 |", flush=True)


def print_ensembles(trajectories: int) -> None:
    print("\n| model | " + " | ".join(f"N = {n}" for n in SIZES) + " |")
    print("|---" * (1 + len(SIZES)) + "|")
    for name, (model_of, times) in ENSEMBLES.items():
        cells = []
        for size in SIZES:
            found, exact = both(model_of(size), times, trajectories)
            cells.append(", ".join(of_spin(found, exact, size / 2)))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 2**16
    # That these models are beyond the method is the point.
    warnings.simplefilter("ignore")
    print_false_dephasing(trajectories)
    print_kerr(trajectories)
    print_ensembles(trajectories)
    print_modes(trajectories)


if __name__ == "__main__":
    main()
