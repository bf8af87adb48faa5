"""Weak order of steps with jumps of one and of several spins, measured by `simulate`.

Moments after a fixed time at the steps h, h/2, h/4: the differences of neighbours are c h^p, so
that the order needs no exact answer. Means of long spins show the order of the drift; those of
short ones from the pole, and second moments, that of the noise. Many spins side by side, each with
a bath of its own or two with one, average away the noise. The steps are nearly as coarse as is
allowed; what higher orders leave of the slope there is the tolerance, and three standard errors
come on top.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr
from slopes import slope_of_differences

import twoqs as tq

SIDE = tq.coherent(2.0, 0.7)
HIGHER_ORDERS = 0.2
"""How far slopes at such steps are from two: by 0.17 at most as measured, with errors of 0.1."""

pytestmark = pytest.mark.timeout(900)


def spins(spin: float, name: str, count: int) -> tq.Sites:
    return tq.Sites(tq.Spin(spin), tq.from_edges([], n_sites=count), name)


def single(spin: float, along: float, drive: float, start: object) -> tq.Model:
    """512 spins with c = S^- + along S^z each, G = 1/(2S)."""
    s = spins(spin, "s", 512)
    return tq.Model(
        hamiltonian=drive * s.x + 0.3 * s.z,
        jumps=[tq.jump(tq.each(s.minus + along * s.z), 0.5 / spin)], initial=start,
    )  # fmt: skip


def pairs(spin: float, drive: float, start: object) -> tq.Model:
    """256 pairs S, S/2, each with one bath, c = S_a^- + S_b^-."""
    a, b = spins(spin, "a", 256), spins(spin / 2, "b", 256)
    return tq.Model(
        hamiltonian=drive * a.x + 0.3 * b.z,
        jumps=[tq.jump(a[i].minus + b[i].minus, 0.5 / spin) for i in range(256)], initial=start,
    )  # fmt: skip


class Case(NamedTuple):
    """A model, what is measured of it, at which largest step, and by how many trajectories.

    Attributes:
        order: that the scheme has.
        steps: of the largest kind to the end.
    """

    model: tq.Model
    moment: str
    step: float
    trajectories: int
    scheme: str = "conserving"
    order: int = 2
    steps: int = 4


CASES: dict[str, Callable[[], Case]] = {
    "S^-, drift": lambda: Case(single(50, 0.0, 0.9, SIDE), "sx", 0.4, 65_536),
    "S^-, noise": lambda: Case(single(10, 0.0, 0.9, SIDE), "var_sz", 0.4, 131_072),
    "S^- + .6 S^z, drift": lambda: Case(single(50, 0.6, 0.9, SIDE), "sx", 0.3, 65_536),
    "S^- + .6 S^z, noise": lambda: Case(single(5, 0.6, 0.0, "up"), "sz", 0.3, 131_072),
    "common bath, drift": lambda: Case(pairs(50, 0.9, SIDE), "sx", 0.3, 32_768),
    "common bath, noise": lambda: Case(pairs(5, 0.0, "up"), "sz", 0.3, 65_536),
    # Negative control: a method of order one, by the same measurement.
    "Euler and Maruyama": lambda: Case(
        tq.Model(
            spin=50, lattice=tq.from_edges([], n_sites=512), field=(0.9, 0, 0.3), decay=1.0,
            initial=SIDE,
        ),
        "sx", 0.1, 4096, "euler-maruyama", 1, 16,
    ),
}  # fmt: skip


def first_spin(found: xr.Dataset, name: str) -> float:
    return float(np.ravel(found[name].values)[0])


@pytest.mark.parametrize("name", CASES)
def test_weak_order(name: str) -> None:
    case = CASES[name]()
    end, runs = case.steps * case.step, []
    for halvings in range(3):
        runs.append(
            tq.simulate(
                case.model, times=[end], step=case.step / 2**halvings, scheme=case.scheme,
                trajectories=case.trajectories, seed=1,
            )
        )  # fmt: skip
    values, errors = (
        [first_spin(run, case.moment + ending) for run in runs] for ending in ("", "_se")
    )
    slope, error = slope_of_differences(values, errors)
    margin = HIGHER_ORDERS + 3 * error
    print(
        f"{name:<20} {case.moment} at the steps {case.step:g} and its half and quarter: "
        f"{', '.join(f'{value:.5f}' for value in values)} +- {max(errors):.5f}; slope "
        f"{slope:.2f} +- {error:.2f}"
    )
    assert math.isclose(slope, case.order, abs_tol=margin)
    assert abs(slope - (3 - case.order)) > margin  # the other order is excluded


def drift_of_lengths(model: tq.Model, precision: str = "double") -> float:
    """Largest change of a spin's length after 2000 steps, relative."""
    found = tq.simulate(
        model, times=[40.0], step=0.02, trajectories=64, precision=precision, end_states=True
    )
    lengths = np.sqrt((found.end_state.astype(float) ** 2).sum("component"))
    exact = np.sqrt(model.spins * (model.spins + 1))
    return float(np.abs(lengths / xr.DataArray(exact, dims="site") - 1).max())


def test_lengths_are_constant_to_rounding() -> None:
    """With jumps of one spin and of two: roundings do not add up."""
    models = single(10, 0.6, 0.9, SIDE), pairs(10, 0.9, SIDE)
    alone, shared = map(drift_of_lengths, models)
    coarse = drift_of_lengths(models[0], "single")  # negative control: other rounding
    print(f"lengths: off by {alone:.1e} and {shared:.1e} of themselves; in 32 bits {coarse:.1e}")
    assert max(alone, shared) < 1e-12 < coarse
