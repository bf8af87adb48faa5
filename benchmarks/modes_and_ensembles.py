"""What modes and ensembles cost: beside spins, beside one another, and beside master equations.

Run: python benchmarks/modes_and_ensembles.py [--repeats N]
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import math
from collections.abc import Callable

import numpy as np
import qutip
from general import by_turns, steps_of, timed
from qutip import piqs

import twoqs as tq

Run = Callable[[], float]

CAVITY, ATOM, OTHER = tq.Mode("cavity"), tq.Spin(20, "atom"), tq.Spin(20, "other")
LASER_SIZE, COLLECTIVE, PUMP, LASER_TIMES = 40, 0.25, 3.0, np.linspace(0, 4, 9)
TRAJECTORIES = 16384
"""With which the emission of the laser is known to 1 %, with two standard errors."""
DICKE_SPIN, COUPLING, LOSS, PHOTONS, DICKE_TIMES = 20, 0.9, 0.5, 60, np.linspace(0, 0.5, 3)


def exchange(partner: tq.Mode | tq.Spin) -> tq.Model:
    """A quantum goes to and fro between a spin and a mode that loses it, or another spin."""
    lower, raise_ = (
        (partner.a, partner.adag) if isinstance(partner, tq.Mode) else (partner.minus, partner.plus)
    )
    energy = 0.1 * (lower * ATOM.plus + raise_ * ATOM.minus)
    return tq.Model(hamiltonian=energy, jumps=[tq.jump(lower, 0.05)])


def driven(atoms: tq.Ensemble | tq.Spin) -> tq.Model:
    """A drive against collective decay; members of an ensemble decay and dephase as well."""
    jumps = [tq.jump(atoms.minus, 0.5 / size_of(atoms))]
    if isinstance(atoms, tq.Ensemble):
        jumps += [tq.jump(tq.each(atoms.minus), 0.1), tq.jump(tq.each(atoms.z), 0.1)]
    idle = tq.Spin(10, "idle")  # with which a model is none of keywords
    return tq.Model(hamiltonian=0.6 * atoms.x, jumps=jumps, members=[atoms, idle])


def size_of(atoms: tq.Ensemble | tq.Spin) -> float:
    return atoms.size if isinstance(atoms, tq.Ensemble) else 2 * atoms.spin


def laser() -> tuple[Run, Run, float, float]:
    """Seconds of a superradiant laser, and of PIQS; how far <J+J-> over its peak differs."""
    n, atoms = LASER_SIZE, tq.Ensemble(LASER_SIZE, "atoms")
    model = tq.Model(jumps=[tq.jump(atoms.minus, COLLECTIVE), tq.jump(tq.each(atoms.plus), PUMP)])
    whole = piqs.Dicke(n, pumping=2 * PUMP, collective_emission=2 * COLLECTIVE).liouvillian()
    start, up = piqs.dicke(n, n / 2, -n / 2), piqs.jspin(n, "+")
    light = [up * up.dag()]

    def ours() -> object:
        return tq.simulate(model, times=list(LASER_TIMES), trajectories=TRAJECTORIES)

    def theirs() -> np.ndarray:
        return np.real(qutip.mesolve(whole, start, LASER_TIMES, e_ops=light).expect[0])

    found, exact = tq.simulate(model, times=list(LASER_TIMES), trajectories=TRAJECTORIES), theirs()
    emitted = found.var_sx + found.sx**2 + found.var_sy + found.sy**2 + found.sz
    off = float(np.abs(emitted - exact).max() / exact.max())
    error = math.hypot(float(found.var_sx_se[-1]), float(found.var_sy_se[-1])) / exact.max()
    return timed(ours), timed(theirs), off, error


def dicke() -> tuple[Run, Run, float, float]:
    """Seconds of the open Dicke model, and of QuTiP; how far <S^z>/S differs, and the error."""
    spin, strength = tq.Spin(DICKE_SPIN, "atoms"), 2 * COUPLING / math.sqrt(2 * DICKE_SPIN)
    energy = CAVITY.n + spin.z + strength * (CAVITY.a + CAVITY.adag) * spin.x
    model = tq.Model(hamiltonian=energy, jumps=[tq.jump(CAVITY.a, LOSS)])
    a = qutip.tensor(qutip.destroy(PHOTONS + 1), qutip.qeye(2 * DICKE_SPIN + 1))
    x, z = (qutip.tensor(qutip.qeye(PHOTONS + 1), qutip.jmat(DICKE_SPIN, axis)) for axis in "xz")
    matrix = a.dag() * a + z + strength * (a + a.dag()) * x
    start = qutip.tensor(
        qutip.basis(PHOTONS + 1, 0), qutip.basis(2 * DICKE_SPIN + 1, 2 * DICKE_SPIN)
    )
    kept: list[np.ndarray] = []

    def ours() -> object:
        return tq.simulate(model, times=list(DICKE_TIMES), trajectories=TRAJECTORIES)

    def theirs() -> None:
        jumps, options = [math.sqrt(2 * LOSS) * a], {"matrix_form": True}
        result = qutip.mesolve(matrix, start, DICKE_TIMES, jumps, e_ops=[z], options=options)
        kept.append(np.real(result.expect[0]))

    seconds = timed(theirs)()  # which takes too long to be done again
    found = tq.simulate(model, times=list(DICKE_TIMES), trajectories=TRAJECTORIES)
    off = float(np.abs(found.sz - kept[0]).max())
    return timed(ours), lambda: seconds, off / DICKE_SPIN, float(found.sz_se.max()) / DICKE_SPIN


def print_steps(repeats: int) -> None:
    mode, sites = by_turns(repeats, *(steps_of(exchange(one)) for one in (CAVITY, OTHER)))
    print(f"spin and mode {2 * mode:.2f} ns a step, two spins {2 * sites:.2f}, {mode / sites:.2f}")
    atoms = tq.Ensemble(20, "atoms"), tq.Ensemble(2 * 10**6, "atoms"), tq.Spin(10, "atoms")
    few, many, spin = by_turns(repeats, *(steps_of(driven(one)) for one in atoms))
    print(
        f"ensemble of 20 {2 * few:.2f} ns a step, of 2 10^6 {2 * many:.2f}, ratio "
        f"{many / few:.3f}; collective spin {2 * spin:.2f}, ratio {few / spin:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    print_steps(repeats)
    for name, case, theirs in (
        (f"superradiant laser N = {LASER_SIZE}", laser, "PIQS"),
        (f"open Dicke S = {DICKE_SPIN}", dicke, f"QuTiP with {PHOTONS} photons"),
    ):
        *runs, off, error = case()
        best = by_turns(max(1, repeats // 2), *runs)
        print(
            f"{name}: {best[0]:.3f} s of {TRAJECTORIES} trajectories (off by {off:.4f}, standard "
            f"error {error:.4f}), {best[1]:.2f} s of {theirs}, ratio {best[1] / best[0]:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
