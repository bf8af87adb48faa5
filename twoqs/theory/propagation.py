"""Density matrices in time: from one break or event of a model to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import qutip

from twoqs.flows.lowered import timetable_of
from twoqs.flows.timetable import Timetable
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.effort import MOST_ELEMENTS
from twoqs.theory.exponential import Liouvillian, Matrix, propagate
from twoqs.theory.language import QuTiP
from twoqs.theory.sites import beyond_spins
from twoqs.theory.space import Space
from twoqs.theory.superoperator import Superoperator

SOLVER_OPTIONS = {
    "method": "vern7", "rtol": 1e-11, "atol": 1e-13, "nsteps": 10**9,
    "matrix_form": True, "normalize_output": False,
}  # fmt: skip
"""Options of QuTiP's integration in time: errors of about 1e-10, no superoperator in memory."""

STIFF_STEP = 0.25
"""Step of `propagate` with an error of about 1e-8."""

FULL_TURNS = 4 * math.pi
"""The angle after which half-integer spins are what they were."""

Evolution: TypeAlias = Callable[[Matrix, float, Sequence[float]], Iterator[Matrix]]
"""Of a density matrix, from a time on, its values at later ones."""


def states(
    model: Model,
    space: Space,
    generators: tuple[QuTiP, list[QuTiP]],
    rho: Matrix,
    times: Floats,
) -> Iterator[Matrix]:
    """The density matrix at each time, shape (d, d), from `rho` at 0 on; after events at it.

    Args:
        generators: what `to_qutip` makes of the model.
        times: ascending, shape (time,).
    """
    timetable = timetable_of(model).snapped(times.tolist())
    evolve = _evolution(model, space, generators, timetable, rho)
    turned = _turns(space, timetable)
    left, last = times.tolist(), float(times[-1])
    rho, now = turned(rho, 0.0), 0.0
    for stop in (*timetable.breaks(last), last):
        before = [time for time in left if time < stop]
        run = evolve(rho, now, [*before, stop])
        yield from (next(run) for _ in before)
        rho = turned(next(run), stop) if stop > now else next(run)
        yield from (rho for time in left if time == stop)
        left, now = [time for time in left if time > stop], stop


def _evolution(
    model: Model,
    space: Space,
    generators: tuple[QuTiP, list[QuTiP]],
    timetable: Timetable,
    rho: Matrix,
) -> Evolution:
    """The fastest way there is to follow `rho` between breaks."""
    if not timetable.constant:
        return _smooth(*generators, timetable)
    if not beyond_spins(model):
        generator = Liouvillian(*generators)
        if generator.stiff:
            return _stiff(generator)
        if space.one.shape[0] ** 2 > MOST_ELEMENTS:
            return _smooth(*generators, timetable)
    whole = Superoperator.of(*generators, space.labels)
    # Turns may lead to any element.
    return (whole if timetable.turns else whole.within_reach(whole.vector(rho))).evolution


def _stiff(generator: Liouvillian) -> Evolution:
    def evolve(rho: Matrix, start: float, times: Sequence[float]) -> Iterator[Matrix]:
        for duration in np.diff(times, prepend=start).tolist():
            rho = propagate(generator, rho, duration, STIFF_STEP)
            yield rho

    return evolve


def _smooth(energy: QuTiP, jumps: list[QuTiP], timetable: Timetable) -> Evolution:
    options = dict(SOLVER_OPTIONS)
    if timetable.rate > 0:
        options["max_step"] = timetable.longest_step
    solver = qutip.MESolver(energy, jumps, options=options)

    def evolve(rho: Matrix, start: float, times: Sequence[float]) -> Iterator[Matrix]:
        solver.start(qutip.Qobj(rho, dims=energy.dims), start)
        yield from (solver.step(time).full() for time in times)

    return evolve


def _turns(space: Space, timetable: Timetable) -> Callable[[Matrix, float], Matrix]:
    """What the turns at a time make of a state."""

    def turned(rho: Matrix, time: float) -> Matrix:
        for turn in timetable.turns_at(time):
            total = sum(
                n * component
                for site in turn.sites.tolist()
                for component, n in zip(space.components[site], turn.axis, strict=True)
            )
            unitary = (-1j * math.fmod(turn.angle, FULL_TURNS) * total).expm().full()
            rho = unitary @ rho @ unitary.conj().T
        return rho

    return turned
