"""Trajectories of one block, from the same start and the same noise for all models of a kind."""

from __future__ import annotations

import numpy as np

from twoqs.flows.lowered import timetable_of
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
