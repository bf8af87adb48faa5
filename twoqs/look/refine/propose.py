"""Where new values of an axis gain most: adaptive sampling of all curves along it at once.

A sweep is a product grid, so a new value of an axis is a point for each combination of the others.
With two or more axes, each new value goes to the axis, and to the position on it, that gains most.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from adaptive.learner import BalancingLearner, Learner1D

from twoqs.errors import require
from twoqs.look.refine.axis import GrowingAxis, Scale
from twoqs.look.refine.curves import curves_along
from twoqs.look.refine.loss import LENGTH_WEIGHT, noise_aware_loss
from twoqs.model.arguments import integer
from twoqs.sweep import Axis, Sweep
from twoqs.sweep.fields import COUNTS

INTEGER_KEYS = COUNTS | {"spin"}
"""Last keys of paths at which a number with a fraction may make no sense."""

TRIES = 50
"""Proposals for each new value at most: between integers there may be no room."""


@dataclass(frozen=True)
class Refinement:
    """New values of an axis.

    Attributes:
        axis: its name.
        added: the new values, in increasing order.
        grown: all its values.
        seen: whether any change along it is more than noise; if not, they are evenly spread.
    """

    axis: str
    added: list[int | float]
    grown: list[int | float]
    seen: bool


def refine(
    sweep: Sweep,
    data: xr.Dataset,
    axes: Sequence[str],
    points: int,
    variables: Sequence[str] = ("sz",),
    logarithmic: Collection[str] = (),
) -> list[Refinement]:
    """New values where results change fastest beyond their noise.

    Args:
        sweep: the sweep.
        data: its merged dataset.
        axes: names of axes with numbers.
        points: new values, of all these axes together.
        variables: results to look at; all their entries, such as all times, count.
        logarithmic: those of the axes whose distances are those of the logarithms.

    Returns:
        For each axis what is new; less than `points` in all if there is no room between integers.

    Raises:
        ArgumentError: for axes or variables that cannot be used.
    """
    points = integer("points", points, 1)
    check_logarithms(axes, logarithmic)
    growing = [_growing(sweep, name, logarithmic) for name in dict.fromkeys(axes)]
    learners = [_learner(axis, data, variables) for axis in growing]
    seen = [_sees(learner) for learner in learners]
    balance = BalancingLearner(learners)
    tries = TRIES * points
    while tries and sum(len(axis.added) for axis in growing) < points and not _full(growing):
        ((chosen, position),), _ = balance.ask(1)
        growing[chosen].take(position)
        tries -= 1
    return [
        Refinement(axis.scale.name, sorted(axis.added), axis.grown, some)
        for axis, some in zip(growing, seen, strict=True)
    ]


def check_logarithms(axes: Sequence[str], logarithmic: Collection[str]) -> None:
    """Refuse logarithms of what is not refined."""
    for name in logarithmic:
        require(name in axes, "log", f"name one of the axes ({', '.join(axes)})", name)


def _full(growing: Sequence[GrowingAxis]) -> bool:
    return all(axis.full for axis in growing)


def scale_of(axis: Axis, logarithmic: Collection[str]) -> Scale:
    """Where the numbers of an axis lie.

    Raises:
        ArgumentError: if it has no numbers, or too few.
    """
    whole = any(path[-1] in INTEGER_KEYS for path in axis.paths)
    return Scale(axis.name, axis_numbers(axis), whole, axis.name in logarithmic)


def axis_numbers(axis: Axis) -> list[int | float]:
    """The values of an axis, unless they are names of cases."""
    numbers = [value for value in axis.coordinates if not isinstance(value, str)]
    known = len(numbers) == len(axis)
    require(known, "axis", "name an axis of numbers, not of cases", axis.name)
    return numbers


def _growing(sweep: Sweep, name: str, logarithmic: Collection[str]) -> GrowingAxis:
    known = {axis.name: axis for axis in sweep.axes}
    require(name in known, "axis", f"name an axis of the sweep ({', '.join(known)})", name)
    apart = "name an axis with values of its own (of those that move together, name two)"
    require(not known[name].parts, "axis", apart, name)
    return GrowingAxis(scale_of(known[name], logarithmic), axis_numbers(known[name]))


def _learner(axis: GrowingAxis, data: xr.Dataset, variables: Sequence[str]) -> Learner1D:
    name, positions = axis.scale.name, axis.positions
    loss = noise_aware_loss(curves_along(data.sortby(name), [name], variables), positions)
    # The loss looks the values up by their positions: what the learner is told does not matter.
    learner = Learner1D(None, bounds=(0.0, 1.0), loss_per_interval=loss)
    learner.tell_many(positions.tolist(), np.zeros(len(positions)), force=True)
    return learner


def _sees(learner: Learner1D) -> bool:
    """Whether some interval has more loss than its length alone."""
    return any(loss > 1.001 * LENGTH_WEIGHT * (b - a) for (a, b), loss in learner.losses.items())
