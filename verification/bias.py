"""How the bias falls with the length of spins and with the step, by terms: docs/accuracy.md.

Of each kind of term by itself, with each method that has it: the root mean square over variables
and times 0.4 to 2 of what a run is off by, without the part of noise. Runs with several seeds are
independent, and so are their deviations d_k: the mean of d_k d_l over k != l is the square of the
bias, and the jackknife over seeds gives its error.

Against S, the reference is the master equation (`twoqs.theory.evolve`, by QuTiP). Against h, pairs
of runs at h and 2h on the same noise tell what halving the step changes, m(2h) - m(h), with little
noise; the bias at h is the sum over all halvings, the last of which stands for those that are not
run. Methods without such pairs are held against runs at a small step, with other seeds.

python verification/bias.py [lengths|steps] [trajectories]      # of each of 8 seeds; some minutes
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from math import floor, log10, sqrt
from typing import NamedTuple

import numpy as np
import xarray as xr
from bias_models import KEYWORDS, OPERATORS, Make
from numpy.typing import NDArray

import twoqs as tq
from twoqs.measure.results import finalize
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import batch_trajectories, run_batch
from twoqs.theory import evolve

SPINS, SPIN_OF_STEPS = (0.5, 1, 2, 4, 8), 8
SEEDS = range(1, 9)
TIMES = (0.4, 0.8, 1.2, 1.6, 2.0)

STEPS = (0.2, 0.1, 0.05)
OF_EULER, SMALL = (0.05, 0.025, 0.0125), 0.0125
"""Euler-Maruyama allows less than 0.1; and the step of what it and "discrete" are held against, for
Euler-Maruyama of `pda`, which has the same equations and a bias of the second order."""

MOST = 2500
"""Dimensions of the largest Hilbert space, a spin of 8 and a mode."""

ROUNDING = 1e-12
"""What is smaller is zero."""

LARGE = 1e3
"""What is larger has no bound: trajectories of single spins 1/2 that diverge."""

MEANS = {**dict.fromkeys(("sx", "sy", "sz", "n"), 1.0), **dict.fromkeys(("a_re", "a_im"), 0.5)}
SECOND = {
    **dict.fromkeys(("var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz"), 2.0),
    **dict.fromkeys(("var_q", "var_p", "cov_qp"), 1.0),
}
"""Variables, with the power of S that they are measured by."""

Scheme = tuple[str, str]
Values = list[NDArray[np.float64]]
"""Means, and second moments."""

CONSERVING, LITERAL, HALVES = ("conserving", "W"), ("euler-maruyama", "W"), ("discrete", "W")
PDA = ("pda", "P"), ("pda", "W"), ("pda", "Q")


class Bias(NamedTuple):
    """A mean square, and its standard error."""

    square: float
    error: float

    @property
    def sure(self) -> bool:
        return self.square > 2 * self.error

    def __str__(self) -> str:
        size = sqrt(max(self.square, 0.0))
        if not size < LARGE:
            return "unbounded"
        if not self.sure:
            most = sqrt(max(self.square, 0.0) + 2 * self.error)
            return "0" if most < ROUNDING else f"< {most:.1g}"
        if size < ROUNDING:
            return "0"
        error = self.error / (2 * size)
        tens = floor(log10(size)) if size < 0.001 else 0
        size, error = size / 10**tens, error / 10**tens
        digits = max(1, -floor(log10(max(error, 0.01 * size))))
        shown = f"{size:.{digits}f}({max(1, round(error * 10**digits))})"
        return f"{shown}e{tens}" if tens else shown


def cases() -> Iterator[tuple[str, Make, Scheme]]:
    """Term, what makes a model, and method."""
    for (name, make), scheme in product(KEYWORDS.items(), (CONSERVING, *PDA)):
        yield name, make, scheme
    for name, make in OPERATORS.items():
        yield name, make, CONSERVING


def run(
    model: tq.Model, scheme: Scheme, trajectories: int, seed: int, step: float | None = None,
    budget: tuple[str, ...] = (),
) -> xr.Dataset:  # fmt: skip
    """All blocks also at twice the step if `budget` has "step"."""
    neglect = "interaction-diffusion" if scheme[1] != "W" and model.interacting else None
    asked = Numerics(
        times=TIMES, scheme=scheme[0], representation=scheme[1], step=step, neglect=neglect,
        budget=budget, paired_every=1,
    )  # fmt: skip
    numerics = resolve(model, asked)
    batches = range(-(-trajectories // batch_trajectories(model, numerics)))
    rows = [run_batch(model, numerics, seed, batch) for batch in batches]
    return finalize(model, numerics, np.concatenate(rows))


def values(data: xr.Dataset, size: float, of: str = "{}") -> Values:
    """Means, and second moments, in their units; `of` makes names of variables."""
    return [
        np.concatenate([
            data[of.format(name)].transpose("time", ...).values.ravel() / size**power
            for name, power in group.items() if of.format(name) in data
        ])
        for group in (MEANS, SECOND)
    ]  # fmt: skip


def biases(deviations: Sequence[Values]) -> list[Bias]:
    """Of means and of second moments, from those of each seed."""
    return [bias_of(np.array(group)) for group in zip(*deviations, strict=True)]


def bias_of(deviations: NDArray[np.float64]) -> Bias:
    """Of deviations of shape (seed, value)."""

    def square(rows: NDArray[np.float64]) -> float:
        pairs = rows.sum(axis=0) ** 2 - (rows**2).sum(axis=0)
        return float(pairs.mean() / (len(rows) * (len(rows) - 1)))

    count = len(deviations)
    left = np.array([square(np.delete(deviations, k, axis=0)) for k in range(count)])
    error = sqrt((count - 1) / count * float(np.sum((left - left.mean()) ** 2)))
    return Bias(square(deviations), error)


def power(places: Sequence[float], found: Sequence[Bias]) -> str:
    """By least squares of the logarithms, where two or more are sure."""
    sure = [
        (np.log(place), np.log(one.square) / 2, one.error / (2 * one.square))
        for place, one in zip(places, found, strict=True)
        if one.sure and ROUNDING**2 < one.square < LARGE**2
    ]
    if len(sure) < 2:
        return "-"
    x, y, error = np.array(sure).T
    (slope, _), covariance = np.polyfit(x, y, 1, w=1 / np.maximum(error, 0.01), cov="unscaled")
    return f"{slope:.2f}({max(1, round(100 * sqrt(covariance[0, 0])))})"


def print_head(letter: str, places: Sequence[float]) -> None:
    print(f"\n| term | method | {' | '.join(f'{letter} = {one:g}' for one in places)} | powers |")
    print("|---" * (len(places) + 3) + "|")


def print_row(name: str, scheme: Scheme, places: Sequence[float], found: list[list[Bias]]) -> None:
    cells = [", ".join(map(str, pair)) for pair in found]
    powers = ", ".join(power(places, own) for own in zip(*found, strict=True))
    print(f"| {name} | {', '.join(scheme)} | {' | '.join([*cells, powers])} |", flush=True)


def against_lengths(trajectories: int) -> None:
    """The table against S: means, second moments."""
    print_head("S", SPINS)
    exact: dict[tuple[str, float], Values] = {}

    def found(name: str, make: Make, scheme: Scheme, size: float) -> list[Bias]:
        key, model = (name, size), make(size)
        scale = partial(values, size=size)
        if key not in exact:
            exact[key] = scale(evolve(model, TIMES, limit=MOST))
        runs = [scale(run(model, scheme, trajectories, seed)) for seed in SEEDS]
        return biases([less(one, exact[key]) for one in runs])

    for name, make, scheme in cases():
        print_row(name, scheme, SPINS, [found(name, make, scheme, size) for size in SPINS])
    print_head("S", SPINS[:1])
    for name, make in KEYWORDS.items():
        if name != "twisting":  # nothing twists a spin 1/2
            print_row(name, HALVES, SPINS[:1], [found(name, make, HALVES, 0.5)])


def against_steps(trajectories: int) -> None:
    """The tables against the step: means, second moments."""
    print_head("h", STEPS)
    for name, make, scheme in cases():
        model = make(SPIN_OF_STEPS)
        of_seeds = [in_pairs(model, scheme, trajectories, seed) for seed in SEEDS]
        found = [biases(one) for one in zip(*of_seeds, strict=True)]
        print_row(name, scheme, STEPS, found)
    unpaired(trajectories, LITERAL, PDA[1], OF_EULER, SPIN_OF_STEPS)
    unpaired(trajectories, HALVES, HALVES, STEPS, 0.5)


def unpaired(
    trajectories: int, scheme: Scheme, other: Scheme, steps: Sequence[float], size: float
) -> None:
    """Against another scheme, or the same, at SMALL."""
    print_head("h", steps)
    for name, make in KEYWORDS.items():
        if size == 0.5 and name == "twisting":
            continue
        model = make(size)
        best = [values(run(model, other, trajectories, 100 + k, SMALL), size) for k in SEEDS]
        found = []
        for h in steps:
            runs = [values(run(model, scheme, trajectories, k, h), size) for k in SEEDS]
            found.append(biases([less(*pair) for pair in zip(runs, best, strict=True)]))
        print_row(name, scheme, steps, found)


def less(one: Values, other: Values) -> Values:
    return [a - b for a, b in zip(one, other, strict=True)]


def in_pairs(model: tq.Model, scheme: Scheme, trajectories: int, seed: int) -> list[Values]:
    """The biases at each of STEPS, from what each halving of the step changes."""
    found: list[Values] = []
    for h in reversed(STEPS):
        data = run(model, scheme, trajectories, seed, h / 2, ("step",))
        # Of runs at h/2, a third of the change: below the shortest step so much is left.
        third = values(data, SPIN_OF_STEPS, "{}_step")
        rest = found[-1] if found else third
        found.append([3 * one + other for one, other in zip(third, rest, strict=True)])
    return found[::-1]


def main() -> None:
    which = sys.argv[1] if len(sys.argv) > 1 else ""
    trajectories = int(sys.argv[2]) if len(sys.argv) > 2 else 2**12
    warnings.simplefilter("ignore")  # what they say is what is measured
    np.seterr(all="ignore")  # of what diverges
    if which != "steps":
        against_lengths(trajectories)
    if which != "lengths":
        against_steps(trajectories)


if __name__ == "__main__":
    main()
