"""Trajectories of one block, from the same start and the same noise for all models of a kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.pipeline import Work
from twoqs.kernels.samples import History, nowhere
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import timeline


def ends(model: Model, end: float, step: float) -> np.ndarray:
    """Bloch vectors over S after the steps of a run, shape (3, site, lane)."""
    numerics = resolve(model, Numerics(times=(end,), step=step))
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(3))
    for segment in timeline(numerics, timetable_of(model)):
        block.turn(segment)
        block.advance(segment)
    block.measure()
    return block.bloch[:3] / model.spins[:, None]


def take_steps(samples: Any, work: Work, steps: int) -> None:
    """Steps alone, by the kernel for samples of a method: the one that a run compiles too."""
    sites = work.state[0].shape[0]
    none = History(np.zeros((0, 4, sites, LANES)), np.ones((0, LANES)), np.zeros((0, 0, 2, LANES)))
    measured = aligned((4, sites, LANES)), aligned(LANES), none
    samples(work, steps, measured, *nowhere(), -1, 1)
