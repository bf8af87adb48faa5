"""A batch: the smallest piece of work that is done, stored and counted as a whole."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.integrate import Block
from twoqs.kernels.jit import LANES
from twoqs.kernels.moments import QUANTITIES, ROWS, accumulate, count_lanes
from twoqs.model import Model
from twoqs.numerics import Numerics, point_id
from twoqs.records import Layout
from twoqs.representation import spin_length
from twoqs.spectrum import Spectrum

Floats = NDArray[np.float64]

NANOSECONDS = {"conserving": 3.5, "pda": 9.5, "euler-maruyama": 80.0}
"""Rough cost of a step of one site of one trajectory: plans and batch sizes rest on it."""

TARGET_SECONDS = 2.0
"""Wanted length of a batch: long against the cost of a task, short enough to lose."""

MOST_BLOCKS = 4
"""Blocks of LANES trajectories in a batch at most: requests are rounded up to whole batches."""


MOST_BYTES = 2 * 10**9
"""Size of the record of a block at most."""


class Estimate(NamedTuple):
    """Expected cost of one batch."""

    seconds: float
    bytes: int


def blocks_per_batch(model: Model, numerics: Numerics) -> int:
    """Blocks in one batch; a function of model and numerics alone, never of the machine.

    A power of two, so that a request for 256, 512 or 1024 trajectories is not rounded up.
    """
    fitting = np.clip(TARGET_SECONDS / _block_seconds(model, numerics), 1, MOST_BLOCKS)
    return int(2 ** math.floor(math.log2(fitting)))


def rows_per_batch(model: Model, numerics: Numerics) -> int:
    """Rows in the record of one batch."""
    return ROWS * blocks_per_batch(model, numerics)


def batch_trajectories(model: Model, numerics: Numerics) -> int:
    """Trajectories in one batch."""
    return LANES * blocks_per_batch(model, numerics)


def record_length(model: Model, numerics: Numerics) -> int:
    """Numbers in one row of a record."""
    return Layout.of(model, numerics).length


def check_size(model: Model, numerics: Numerics) -> None:
    """Refuse records that do not fit into memory.

    Raises:
        ArgumentError: naming the times, of which there are too many for so many sites or distances.
    """
    size = 8 * ROWS * record_length(model, numerics)
    name = "observables" if numerics.times is None else "times"
    wanted = f"make records of at most {MOST_BYTES / 1e9:g} GB for {LANES} trajectories"
    require(size <= MOST_BYTES, name, wanted, f"{size / 1e9:.3g} GB")


def estimate(model: Model, numerics: Numerics) -> Estimate:
    """Rough cost of one batch."""
    blocks = blocks_per_batch(model, numerics)
    size = 8 * rows_per_batch(model, numerics) * record_length(model, numerics)
    return Estimate(blocks * _block_seconds(model, numerics), size)


def run_batch(model: Model, numerics: Numerics, seed: int, batch: int) -> Floats:
    """Run one batch.

    Args:
        numerics: resolved settings.
        seed: root of all random numbers; each block has the stream (seed, point, block).
        batch: number of the batch within its point, from 0.

    Returns:
        Raw sums of shape (rows_per_batch, record_length), see `twoqs.records`; the same for the
        same arguments, wherever and whenever it runs.
    """
    require(isinstance(seed, int) and seed >= 0, "seed", "be an integer from 0 on", seed)
    blocks = blocks_per_batch(model, numerics)
    identity = int(point_id(model, numerics), 16)
    records = np.zeros((ROWS * blocks, record_length(model, numerics)))
    for number in range(blocks):
        key = (identity >> 32, identity & 0xFFFFFFFF, batch * blocks + number)
        block = Block(model, numerics, np.random.SeedSequence(seed, spawn_key=key))
        _run_block(block, model, numerics, records[ROWS * number : ROWS * (number + 1)])
    return records


def compile_kernels(model: Model, numerics: Numerics) -> None:
    """Compile (or load) all that a run of this kind needs, by taking one short step."""
    block = Block(model, numerics, np.random.SeedSequence(0))
    block.advance(1, 0.0)
    rows = np.zeros((ROWS, record_length(model, numerics)))
    _Sums(model, Layout.of(model, numerics).split(rows)).add(block, 0, take=True)


def _run_block(block: Block, model: Model, numerics: Numerics, rows: Floats) -> None:
    sums = _Sums(model, Layout.of(model, numerics).split(rows))
    averaged = numerics.average is not None
    last = len(numerics.sample_times) - 1
    for number, (steps, step) in enumerate(numerics.segments()):
        block.advance(steps, step)
        sums.add(block, 0 if averaged else number, take=not averaged or number == last)


class _Sums:
    """The sums of one block, as views of its rows of a record."""

    def __init__(self, model: Model, parts: dict[str, Floats]) -> None:
        self._parts = parts
        self._length = spin_length(model.spin)
        groups = parts["sums"].shape[3]
        self._starts = np.arange(groups + 1) if groups > 1 else np.array([0, model.n_sites])
        self._lane_sums = np.empty((len(QUANTITIES), LANES))
        self._spectrum = Spectrum(model.lattice) if parts["correlation"].size else None

    def add(self, block: Block, saved: int, take: bool) -> None:
        """Add one sample to the saved time `saved`; correlations are stored where `take`."""
        block.measure()
        parts, finite = self._parts, block.finite
        accumulate(
            block.bloch, finite, self._length, self._starts, self._lane_sums, saved, parts["sums"]
        )
        count_lanes(
            finite, block.clipped, saved, parts["count"], parts["diverged"], parts["clipped"]
        )
        if self._spectrum is not None:
            self._spectrum.add(block.bloch)
            if take:
                parts["correlation"][:, saved] = self._spectrum.take()


def _block_seconds(model: Model, numerics: Numerics) -> float:
    bonds = model.lattice.n_edges / model.n_sites
    work = NANOSECONDS[numerics.scheme] * (0.6 + 0.4 * max(1.0, bonds))
    per_step = work * model.n_sites * LANES
    samples = len(numerics.sample_times)
    return 1e-9 * (per_step * numerics.n_steps + samples * (2e4 + 5 * model.n_sites * LANES))
