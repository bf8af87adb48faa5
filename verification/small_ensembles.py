"""Ensembles of few members as one vector, and as spins 1/2 one by one: table of docs/accuracy.md.

python verification/small_ensembles.py [trajectories]       # some minutes on two cores
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import pi, sqrt
from typing import Any, ClassVar

import numpy as np
import xarray as xr

import twoqs as tq
from twoqs.flows.lowered import generators_of
from twoqs.flows.plan import Plan, plan_of
from twoqs.methods import METHODS
from twoqs.methods.corners import sample_corners
from twoqs.methods.discrete import Discrete
from twoqs.methods.modes import mode_vectors
from twoqs.model.initial import parts
from twoqs.model.kinds import HALF, SPIN
from twoqs.theory import evolve

SIZES = (2, 3, 4, 6)
PHOTONS = 12
"""Four more change no deviation by 0.001."""

Atoms = tq.Ensemble | tq.Sites
LIGHT = tq.Mode("light")


@dataclass(frozen=True)
class OneByOne(Discrete):
    """Spins 1/2 of `Discrete` with common baths and modes, which it refuses for good reasons.

    A bath in common acts by the canonical flows of its jump operator on the samples of all.
    """

    name: ClassVar[str] = "one-by-one"

    def check(self, model: tq.Model, precision: str, neglect: str | None) -> None:
        """Whatever it is."""

    @classmethod
    def build_structure(cls, model: tq.Model) -> Plan:
        """The flows of a step, squares of one member left out."""
        generators = generators_of(model)
        kinds = np.where(generators.kinds == SPIN, HALF, generators.kinds)
        return plan_of(replace(generators, kinds=kinds, onsite=()))

    def sample(
        self, model: tq.Model, rng: np.random.Generator, lanes: int, first: int
    ) -> np.ndarray:
        """Corners of a cube, and the vacuum of a mode."""
        (state, (atoms,)), *light = parts(model.initial, model.members)
        vectors = [sample_corners(tq.Model(0.5, atoms.lattice, initial=state), rng, lanes)]
        if light:
            vectors.append(mode_vectors(np.zeros(1), np.eye(2)[None] / 4, rng, lanes))
        return np.concatenate(vectors, axis=1)


METHODS[OneByOne.name] = OneByOne


def members(size: int) -> tq.Sites:
    """Spins 1/2 in place of an ensemble; sums and `each` are written alike."""
    return tq.Sites(tq.Spin(0.5), tq.all_to_all(size), "atoms")


def model(
    atoms: Atoms,
    theta: float = pi,
    energy: Any = None,
    collective: float = 0.0,
    loss: float = 0.0,
    **own: float,
) -> tq.Model:
    """Collective decay, loss of a mode, and processes of members by the names of operators."""
    jumps = [tq.jump(tq.each(getattr(atoms, name)), rate) for name, rate in own.items()]
    jumps += [tq.jump(atoms.minus, collective)] if collective else []
    jumps += [tq.jump(LIGHT.a, loss)] if loss else []
    all_of_it = [atoms, LIGHT] if loss else [atoms]
    start = {"atoms": tq.coherent(theta)}
    return tq.Model(hamiltonian=energy, jumps=jumps, members=all_of_it, initial=start)


def cavity(atoms: Atoms, g: float) -> Any:
    """g (a J^+ + a^+ J^-)."""
    return g * (LIGHT.a * atoms.plus + LIGHT.adag * atoms.minus)


def dicke(atoms: Atoms, n: int) -> Any:
    """Both frequencies 1, coupling 0.9."""
    return LIGHT.n + atoms.z + 1.8 / sqrt(n) * LIGHT.re * 2 * atoms.x


MODELS: dict[str, tuple[float, Callable[[Any, int], tq.Model]]] = {
    # name: (end, model of atoms and N)
    "collective decay 10/N, pump 3": (
        2.4, lambda e, n: model(e, collective=10 / n, plus=3.0)),
    "collective decay 1, pump 1": (4.0, lambda e, n: model(e, collective=1.0, plus=1.0)),
    "burst 1/N, decay 0.3, dephasing 0.2": (
        6.0, lambda e, n: model(e, 0.0, collective=1 / n, minus=0.3, z=0.2)),
    "burst 1, decay 0.05": (4.0, lambda e, n: model(e, 0.0, collective=1.0, minus=0.05)),
    "drive 1.5, collective decay 1/N, dephasing 0.1": (
        12.0, lambda e, n: model(e, energy=1.5 * e.x, collective=1 / n, z=0.1)),
    "twisting 0.5, dephasing 0.2": (
        2.5, lambda e, n: model(e, pi / 2, 0.5 * e.z**2, z=0.2)),
    "twisting 0.5, field 0.7, decay 0.2": (
        2.5, lambda e, n: model(e, pi / 2, 0.5 * e.z**2 + 0.7 * e.x, minus=0.2)),
    "drive 1, decay 0.3, nothing collective": (
        8.0, lambda e, n: model(e, energy=1.0 * e.x, minus=0.3)),
    "cavity, burst, decay 0.1": (
        6.0, lambda e, n: model(e, 0.0, cavity(e, 0.5), loss=1.0, minus=0.1)),
    "cavity, ringing, decay 0.1": (
        6.0, lambda e, n: model(e, 0.0, cavity(e, 1 / sqrt(n)), loss=0.2, minus=0.1)),
    "cavity, driven, decay 0.1": (
        6.0, lambda e, n: model(
            e, energy=cavity(e, 0.4) + 0.5 * (LIGHT.a + LIGHT.adag), loss=0.5, minus=0.1)),
    "cavity, pump 0.5, dephasing 0.1": (
        8.0, lambda e, n: model(e, energy=cavity(e, 0.4), loss=0.5, plus=0.5, z=0.1)),
    "open Dicke, dephasing 0.1": (
        6.0, lambda e, n: model(e, energy=dicke(e, n), loss=0.5, z=0.1)),
}  # fmt: skip


def squares(data: xr.Dataset, n: int) -> dict[str, np.ndarray]:
    """Means over N/2, squares over its square; n."""
    found = {a: data[f"s{a}"] / (n / 2) for a in "xyz"}
    found |= {2 * a: (data[f"var_s{a}"] + data[f"s{a}"] ** 2) / (n / 2) ** 2 for a in "xyz"}
    return {name: value.values for name, value in found.items()} | photons(data)


def photons(data: xr.Dataset) -> dict[str, np.ndarray]:
    """n, where there is a mode."""
    return {"n": data.n.values.reshape(-1)} if "n" in data else {}


def run(
    one: tq.Model, times: list[float], n: int, trajectories: int, scheme: str
) -> dict[str, np.ndarray]:
    """The same of members one by one, from sums over all."""
    x, y, z = (getattr(one.members[0], a) for a in "xyz")
    asked = {"jx": x, "jy": y, "jz": z, "jxx": x * x, "jyy": y * y, "jzz": z * z}
    asked |= {"quanta": LIGHT.n} if LIGHT in one.members else {}
    data = tq.simulate(
        one, times=times, trajectories=trajectories, seed=3, observables=asked, scheme=scheme
    )
    found = {
        key[1:]: data[key].values / (n / 2) ** (len(key) - 1) for key in asked if key[0] == "j"
    }
    return found | ({"n": data.quanta.values} if "quanta" in asked else {})


def cell(found: dict[str, np.ndarray], exact: dict[str, np.ndarray]) -> str:
    """Largest deviations of means and of squares, and of n as a share of its largest value."""
    off = {name: float(np.abs(found[name] - value).max()) for name, value in exact.items()}
    sizes = [max(off[a] for a in "xyz"), max(off[2 * a] for a in "xyz")]
    sizes += [off["n"] / float(exact["n"].max())] if "n" in exact else []
    return ", ".join(f"{size:.3f}" for size in sizes)


def main() -> None:
    trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 2**16
    warnings.simplefilter("ignore")  # that these models are beyond the method is the point
    print("| model | as | " + " | ".join(f"N = {n}" for n in SIZES) + " |")
    print("|---" * (2 + len(SIZES)) + "|")
    for name, (end, of) in MODELS.items():
        rows: dict[str, list[str]] = {"one vector": [], "spins 1/2": [], "jumps": []}
        for n in SIZES:
            times = np.linspace(end / 24, end, 24).tolist()
            whole, each = of(tq.Ensemble(n, "atoms"), n), of(members(n), n)
            levels = {"photons": PHOTONS} if LIGHT in whole.members else {}
            exact = squares(evolve(whole, times, limit=2000, **levels), n)
            data = tq.simulate(whole, times=times, trajectories=trajectories, seed=3)
            rows["one vector"].append(cell(squares(data, n), exact))
            for way, scheme in (("spins 1/2", "conserving"), ("jumps", OneByOne.name)):
                rows[way].append(cell(run(each, times, n, trajectories, scheme), exact))
        for way, cells in rows.items():
            print(f"| {name} | {way} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
