"""A step: the flows of a model in the order that makes it of second order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from twoqs.flows.assign import turns_of
from twoqs.flows.channels import common_turns_of, tapped_turns_of
from twoqs.flows.common import CommonTurn
from twoqs.flows.generators import Generators
from twoqs.flows.redraw import Redraw, redraws_of
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.relaxing import relaxations_of
from twoqs.flows.turn import Turn
from twoqs.model.arrays import Floats
from twoqs.model.kinds import keeps_length

Flow: TypeAlias = Turn | CommonTurn | Relaxation | Redraw


class Visit(NamedTuple):
    """One flow in a step."""

    flow: int
    share: float  # of the step


@dataclass(frozen=True, eq=False)
class Plan:
    """Steps of a model, whatever their length.

    Attributes:
        flows: each of which is exact, or of weak order two.
        outer: the flow that a step begins and ends with, by half of it; None if there is just one.
            Between two steps these halves are one, with the mean of the values of both.
        inner: all other visits, a palindrome: half of each flow but the last, that one, and all
            backwards.
        lengths: L of each site, shape (site,); 0 where it is not constant.
        weights: m of each site: <S> = m E[s], shape (site,).
        parameters: number of columns that values need.
        grids: as those of `Generators`.
        taps: number of channels whose field is kept.
    """

    flows: tuple[Flow, ...]
    outer: int | None
    inner: tuple[Visit, ...]
    lengths: Floats
    weights: Floats
    parameters: int
    grids: tuple[tuple[int, ...], ...]
    taps: int = 0


def plan_of(generators: Generators) -> Plan:
    """The steps of a model; the two flows of most spins come once in a step, the others twice."""
    flows: list[Flow] = [
        *turns_of(generators),
        *common_turns_of(generators),
        *tapped_turns_of(generators),
        *relaxations_of(generators),
        *redraws_of(generators),
    ]
    flows.sort(key=lambda flow: len(flow.sites))
    *twice, outer, once = [None, *range(len(flows))] if flows else [None, None]
    halves = [Visit(place, 0.5) for place in twice if place is not None]
    middle = [] if once is None else [Visit(once, 1.0)]
    return Plan(
        tuple(flows),
        outer,
        (*halves, *middle, *halves[::-1]),
        np.where(keeps_length(generators.kinds), generators.lengths, 0.0),
        generators.weights,
        generators.parameters,
        generators.grids,
        len(generators.taps),
    )
