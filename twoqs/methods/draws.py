"""Which random pieces the steps of a method draw, in which order, and how two draws become one.

A run at twice the step, its coarse twin, takes the sum of the draws of two steps over sqrt(2) where
it draws itself. At both ends of a run stands half of a flow: that of the first takes the half that
the finer run begins with, and every other draw is used once, so that all noise of the coarse run is
independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence as Listed
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.common import CommonTurn
from twoqs.flows.plan import Flow, Plan
from twoqs.flows.redraw import Redraw
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.sequence import Sequence, visits_of_run
from twoqs.flows.turn import Turn
from twoqs.kernels.paired import ALONE, Windows
from twoqs.model.arrays import Ints

DRAWS_AHEAD = 256
"""Draws that a window has at least, where steps do not run together."""

Order = tuple[Ints, Ints]
"""Step in a run, and number of the draw in its step, of some draws in their order."""


class Draws(NamedTuple):
    """The draws of a step.

    Attributes:
        pieces: of a random word that each takes, shape (draw,).
        split: those of the flow whose half begins and ends a run, shape (draw,).
        together: steps that run together.
        run: of a number of steps, at most `together`, and whether the first half is before them:
            all draws of such a run; those of that half are of the step -1.
    """

    pieces: Ints
    split: NDArray[np.bool_]
    together: int
    run: Callable[[int, bool], Order]


def draws_of_sequence(sequence: Sequence, pieces: Ints) -> Draws:
    """Those of steps of stages, which take so many pieces; shape (stage, site, draw)."""
    n_stages, n_sites, most = pieces.shape
    numbers = np.cumsum(pieces.ravel() > 0).reshape(pieces.shape) - 1

    def run(together: int, begins: bool) -> Order:
        step, stage, site = visits_of_run(sequence, together, begins)
        drawn = pieces[stage, site] > 0
        return np.repeat(step, most)[drawn.ravel()], numbers[stage, site][drawn]

    last = np.broadcast_to((np.arange(n_stages) == n_stages - 1)[:, None, None], pieces.shape)
    split = sequence.split & last[pieces > 0]
    return Draws(pieces[pieces > 0], split, sequence.steps, run)


def draws_of_plan(plan: Plan) -> Draws | None:
    """Those of steps of a plan; None if spins jump by numbers that no two of others make."""
    if any(isinstance(flow, Redraw) for flow in plan.flows):
        return None
    inner = [pieces_of(plan.flows[visit.flow]) for visit in plan.inner]
    outer = [] if plan.outer is None else pieces_of(plan.flows[plan.outer])
    pieces = np.array([*sum(inner, []), *outer], dtype=np.int64)
    split = np.arange(len(pieces)) >= len(pieces) - len(outer)

    def run(together: int, begins: bool) -> Order:
        step, draw = np.divmod(np.arange(together * len(pieces)), max(1, len(pieces)))
        before = np.flatnonzero(split) if begins else np.zeros(0, np.int64)
        return np.append(np.full_like(before, -1), step), np.append(before, draw)

    return Draws(pieces, split, -(-DRAWS_AHEAD // max(1, len(pieces))), run)


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


def pairing(draws: Draws, steps: int) -> Pairing:
    """That of so many steps of the finer run between two samples."""
    together, pairs, odd = draws.together, steps // 2, steps % 2 == 1
    count = max(1, -(-pairs // together))
    kept = [0, 1, count - 1] if count > 3 else range(count)
    found = []
    for number in kept:
        first, last = number * together, min(pairs, (number + 1) * together)
        found.append(_Window(draws, first, last, steps if number == count - 1 else 2 * last))
    doubled = None
    if pairs:
        doubled = _windows(count, [(one.fine, one.coarse, one.pairs) for one in found], draws)
    if not odd:
        return Pairing(doubled, None)
    fine = np.zeros(0, np.int64) if pairs else found[-1].fine
    return Pairing(doubled, _windows(1, [(fine, *found[-1].alone())], draws))


class _Window:
    """Draws of the coarse steps first to last, and of the fine ones to `end`.

    Attributes:
        fine, coarse: numbers of the draws of both runs, in their order.
        pairs: fine draws of each coarse one, by their place; shape (coarse draw, 2).
    """

    def __init__(self, draws: Draws, first: int, last: int, end: int) -> None:
        self._draws, begins, together = draws, first == 0, draws.together
        runs = [
            (draws.run(min(together, end - done), done == 0), done - 2 * first)
            for done in range(2 * first, end, together)
        ]
        step = np.concatenate([one + done for (one, _), done in runs])
        self.fine = np.concatenate([draw for (_, draw), _ in runs])
        # By the step, from -1 on, and the number of the draw in it.
        self._place = np.full((1 + end - 2 * first, len(draws.pieces)), ALONE)
        self._place[1 + step, self.fine] = np.arange(len(step))
        coarse, self.coarse = draws.run(last - first, begins)
        self.pairs = self._place[[2 * coarse + 1, 2 * coarse + 2], self.coarse].T.copy()
        self.pairs[coarse < 0] = self._at(-1, self.coarse[coarse < 0])
        if end % 2 == 1:
            # The second half of what lies between the pairs and the last step begins that step.
            before = (coarse == last - first - 1) & draws.split[self.coarse]
            self.pairs[before, 1] = ALONE

    def alone(self) -> tuple[Ints, Ints]:
        """Draws of a step as long as the last one, and theirs, each alone."""
        step, draw = self._draws.run(1, True)
        last = len(self._place) - 2
        return draw, self._at(last + step, draw)

    def _at(self, step: int | Ints, draw: Ints) -> Ints:
        """The draws of a step by their place, and no second one."""
        place = self._place[1 + step, draw]
        return np.column_stack([place, np.full_like(place, ALONE)])


def _windows(count: int, parts: Listed[tuple[Ints, Ints, Ints]], draws: Draws) -> Windows:
    fine, coarse, pairs = zip(*parts, strict=True)
    ends = [np.cumsum([0, *map(len, some)]) for some in (fine, coarse)]
    first, second = np.concatenate(pairs).T
    return Windows(
        windows=np.column_stack([edge for end in ends for edge in (end[:-1], end[1:])]),
        count=count,
        fine=draws.pieces[np.concatenate(fine)],
        coarse=draws.pieces[np.concatenate(coarse)],
        first=np.ascontiguousarray(first),
        second=np.ascontiguousarray(second),
    )
