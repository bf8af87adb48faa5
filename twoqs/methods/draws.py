"""Which random pieces the steps of a method draw, in which order, and how a run at twice the step
makes its own draws of them; see `twoqs.flows.doubling`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.common import CommonTurn
from twoqs.flows.doubling import (
    BETWEEN,
    FIRST_HALF,
    LAST_HALF,
    LAST_OF_ODD,
    LEFT_OVER,
    PAIR,
    SINGLE,
)
from twoqs.flows.plan import Flow, Plan
from twoqs.flows.redraw import Redraw
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.sequence import Sequence, visits_of_run
from twoqs.flows.turn import Turn
from twoqs.kernels.paired import Windows
from twoqs.model.arrays import Ints

DRAWS_AHEAD = 256
"""Draws that a window has at least, where steps do not run together."""

Order = tuple[Ints, Ints]
"""Step in a run, and number of the draw in its step, of some draws in their order."""


class StepDraws(NamedTuple):
    """The draws of a step.

    Attributes:
        pieces: of a random word that each takes, shape (draw,).
        split: those of the flow whose half begins and ends a run, shape (draw,).
        mirror: the draw of the same flow in the other half of the step; of flows that come once
            the same draw.
        together: steps that run together.
        run: of a number of steps, at most `together`, and whether the first half is before them:
            all draws of such a run; those of that half are of the step -1.
    """

    pieces: Ints
    split: NDArray[np.bool_]
    mirror: Ints
    together: int
    run: Callable[[int, bool], Order]


def draws_of_sequence(sequence: Sequence, pieces: Ints) -> StepDraws:
    """Draws of steps of stages, which take so many pieces; shape (stage, site, draw)."""
    n_stages, _, most = pieces.shape
    numbers = np.cumsum(pieces.ravel() > 0).reshape(pieces.shape) - 1

    def run(together: int, begins: bool) -> Order:
        step, stage, site = visits_of_run(sequence, together, begins)
        drawn = pieces[stage, site] > 0
        return np.repeat(step, most)[drawn.ravel()], numbers[stage, site][drawn]

    stage = np.nonzero(pieces)[0]
    split = sequence.split & (stage == n_stages - 1)
    # What is before the split stage is a palindrome.
    back = np.append(np.arange(n_stages - sequence.split)[::-1], n_stages - 1)[:n_stages]
    mirror = np.where(pieces[back] == pieces, numbers[back], numbers)[pieces > 0]
    return StepDraws(pieces[pieces > 0], split, mirror, sequence.steps, run)


def draws_of_plan(plan: Plan) -> StepDraws | None:
    """Draws of steps of a plan; None if spins jump by numbers that no two of others make."""
    if any(isinstance(flow, Redraw) for flow in plan.flows):
        return None
    inner = [pieces_of(plan.flows[visit.flow]) for visit in plan.inner]
    outer = [] if plan.outer is None else pieces_of(plan.flows[plan.outer])
    pieces = np.array([*itertools.chain(*inner), *outer], dtype=np.int64)
    numbers = np.arange(len(pieces))
    split = numbers >= len(pieces) - len(outer)
    ends = np.cumsum([0, *map(len, inner)])
    of_visits = [np.arange(*span) for span in itertools.pairwise(ends)][::-1]
    mirror = np.concatenate([*of_visits, numbers[split]]).astype(np.int64)

    def run(together: int, begins: bool) -> Order:
        step, draw = np.divmod(np.arange(together * len(pieces)), max(1, len(pieces)))
        before = np.flatnonzero(split) if begins else np.zeros(0, np.int64)
        return np.append(np.full_like(before, -1), step), np.append(before, draw)

    return StepDraws(pieces, split, mirror, -(-DRAWS_AHEAD // max(1, len(pieces))), run)


def pieces_of(flow: Flow) -> list[int]:
    """Pieces that each draw of a flow takes."""
    match flow:
        case Turn():
            return [1] * len(flow.noisy)
        case CommonTurn():
            return [1]
        case Relaxation():
            return [2 if mode else 3 for mode in flow.modes.tolist()]
    raise TypeError(f"No draws are known of a {type(flow).__name__}.")


class Pairing(NamedTuple):
    """How the draws between two samples are paired.

    Attributes:
        doubled: of the steps of twice the length; None if there are none.
        single: of the last step, as long as those of the finer run, if their number is odd.
    """

    doubled: Windows | None
    single: Windows | None


def pairing(draws: StepDraws, steps: int) -> Pairing:
    """The pairing of so many steps of the finer run between two samples."""
    together, pairs, odd = draws.together, steps // 2, steps % 2 == 1
    count = max(1, -(-pairs // together))
    kept = range(count) if count <= 5 else [0, 1, 2, count - 2, count - 1]
    found = [_Window(draws, number, count, steps) for number in kept]
    doubled = _windows(count, [one.doubled() for one in found], draws) if pairs else None
    single = _windows(1, [found[-1].single()], draws) if odd else None
    return Pairing(doubled, single)


class _Part(NamedTuple):
    """Draws of a window: those that are read, those that are kept, and those of the coarse run."""

    fine: Ints
    kept: tuple[int, int]  # of the window before
    coarse: Ints
    way: Ints
    first: Ints
    second: Ints


class _Window:
    """One of so many windows; beside its own steps of the finer run it has those that follow."""

    def __init__(self, draws: StepDraws, number: int, count: int, steps: int) -> None:
        together, self._last = draws.together, number == count - 1
        start = 2 * together * number
        self._draws, self._odd, self._begins = draws, steps % 2 == 1, number == 0
        self._pairs = min(together, steps // 2 - together * number)
        end = steps if self._last else min(steps, start + 3 * together)
        # The window before has read one run more than its own two.
        read = 0 if self._begins else min(steps, start + together)
        step, self._draw = self._between(start, end)
        before = len(self._between(start, read)[0]) if read > start else 0
        of_before = len(self._between(max(0, start - 2 * together), read)[0]) if before else 0
        self._kept, self._fine = (of_before - before, of_before), self._draw[before:]
        # By the step, from -1 on, and the number of the draw in it.
        self._place = np.zeros((1 + end - start, len(draws.pieces)), np.int64)
        self._place[1 + step - start, self._draw] = np.arange(len(step))

    def doubled(self) -> _Part:
        """With steps of twice the length."""
        draws = self._draws
        step, draw = draws.run(self._pairs, self._begins)
        split, once = draws.split[draw], draws.mirror[draw] == draw
        late, last = draws.mirror[draw] < draw, self._last & (step == self._pairs - 1)
        way, first = np.full_like(step, PAIR), 2 * step + (late & ~once)
        second, other = first + once, draws.mirror[draw]
        whole = split & (draws.pieces[draw] == 1)
        way[whole], first[whole], second[whole] = BETWEEN, 2 * step[whole] + 1, 2 * step[whole] + 2
        way[whole & last] = LAST_OF_ODD if self._odd else LAST_HALF
        second[split & last & (whole | self._odd)] = first[split & last & (whole | self._odd)]
        way[split & ~whole & last & self._odd] = SINGLE
        begin = step < 0
        way[begin] = np.where(whole[begin], FIRST_HALF, SINGLE)
        first[begin], second[begin] = -1, np.where(whole[begin], 0, -1)
        return self._part(self._fine, self._kept, draw, way, first, other, second)

    def single(self) -> _Part:
        """The last step, as long as it is in the finer run."""
        step, draw = self._draws.run(1, True)
        whole = self._draws.split[draw] & (self._draws.pieces[draw] == 1) & (self._pairs > 0)
        way = np.where(whole & (step < 0), LEFT_OVER, SINGLE)
        at = len(self._place) - 2 + step
        nothing = np.zeros(0, np.int64)
        fine, kept = (nothing, (0, 0)) if self._pairs else (self._fine, self._kept)
        return self._part(fine, kept, draw, way, at, draw, at)

    def _part(
        self, fine: Ints, kept: tuple[int, int], draw: Ints, way: Ints, first: Ints, other: Ints,
        second: Ints,
    ) -> _Part:  # fmt: skip
        """With the places of draws in steps: `draw` in `first`, and `other` in `second`."""
        places = self._place[1 + first, draw], self._place[1 + second, other]
        return _Part(fine, kept, draw, way, *places)

    def _between(self, start: int, end: int) -> Order:
        """Draws of the finer run from one step to another, run by run."""
        draws = self._draws
        runs = [
            (done, *draws.run(min(draws.together, end - done), done == 0))
            for done in range(start, end, draws.together)
        ]
        step = [done + one for done, one, _ in runs]
        return np.concatenate([*step, np.zeros(0, np.int64)]), np.concatenate(
            [*(draw for _, _, draw in runs), np.zeros(0, np.int64)]
        )


def _windows(count: int, parts: list[_Part], draws: StepDraws) -> Windows:
    fine, kept, coarse, way, first, second = zip(*parts, strict=True)
    ends = [np.cumsum([0, *map(len, some)]) for some in (fine, coarse)]
    spans = [edge for end in ends for edge in (end[:-1], end[1:])]
    drawn = np.concatenate(coarse)
    row = np.where(draws.split, np.cumsum(draws.split) - 1, 0)
    return Windows(
        windows=np.column_stack([*spans, np.array(kept)]).astype(np.int64),
        total=count,
        fine=draws.pieces[np.concatenate(fine)],
        coarse=draws.pieces[drawn],
        way=np.concatenate(way),
        first=np.concatenate(first),
        second=np.concatenate(second),
        rest=row[drawn],
    )
