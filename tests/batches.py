"""A small chain and what its batches and blocks hold, shared by the tests of simulations."""

from __future__ import annotations

import numpy as np

import twoqs
from twoqs.measure.records import RecordLayout
from twoqs.methods.numerics import point_id
from twoqs.simulation import batch
from twoqs.simulation.block import TrajectoryBlock

CHAIN = twoqs.Model(
    spin=4, lattice=twoqs.chain(5), field=(0.4, 0, 0.2), coupling=(0.5, -0.8, 0.3), decay=1.0,
    initial=twoqs.coherent(1.0, 0.5),
)  # fmt: skip


def parts_of(model, numerics, seed=0, number=0):
    return RecordLayout.of(model, numerics).split(batch.run_batch(model, numerics, seed, number))


def blocks_of(model, numerics, seed, numbers):
    """The blocks with these numbers of a point."""
    identity = int(point_id(model, numerics), 16)
    for number in numbers:
        key = (identity >> 32, identity & 0xFFFFFFFF, number)
        yield TrajectoryBlock(model, numerics, np.random.SeedSequence(seed, spawn_key=key))
