"""The batches of one run of `simulate`, one after the other or side by side."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from twoqs.errors import require
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_RECORD_BYTES
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.simulation.batch import (
    batch_cost,
    batch_trajectories,
    check_size,
    compile_kernels,
    run_batch,
)


class Batches(NamedTuple):
    """Which batches to run, and how.

    Attributes:
        seed: root of all random numbers.
        number: the first so many of them.
        workers: threads that run them; kernels leave the interpreter to others.
    """

    seed: int
    number: int
    workers: int

    def run(
        self, model: Model, numerics: Numerics, ends: list[Floats] | None, kept: list[Floats]
    ) -> list[Floats]:
        """The records in order.

        Args:
            ends, kept: as those of `run_batch`, in the order of batches.
        """
        if self.workers == 1 or self.number == 1:
            numbers = range(self.number)
            return [run_batch(model, numerics, self.seed, i, ends, kept) for i in numbers]
        compile_kernels(model, numerics)
        own: list[tuple[list[Floats], list[Floats]]] = [([], []) for _ in range(self.number)]

        def one(batch: int) -> Floats:
            last, single = own[batch]
            return run_batch(
                model, numerics, self.seed, batch, None if ends is None else last, single
            )

        pool = ThreadPoolExecutor(min(self.workers, self.number))
        try:
            records = list(pool.map(one, range(self.number)))
        finally:
            # Interrupted, it ends with the batches that run.
            pool.shutdown(cancel_futures=True)
        for last, single in own:
            kept += single
            if ends is not None:
                ends += last
        return records


def batch_count(model: Model, numerics: Numerics, trajectories: int) -> int:
    """How many batches there are to run; refuses those that memory does not hold."""
    check_size(model, numerics)
    batches = math.ceil(trajectories / batch_trajectories(model, numerics))
    size = batches * batch_cost(model, numerics).bytes
    wanted = (
        f"make records of at most {MOST_RECORD_BYTES / 1e9:g} GB in all (a sweep may make more)"
    )
    require(size <= MOST_RECORD_BYTES, "trajectories", wanted, f"{size / 1e9:.3g} GB")
    wanted = "be at least as many as are kept one by one"
    require(trajectories >= numerics.keep, "trajectories", wanted, trajectories)
    if isinstance(model.initial, Samples):
        most, per_batch = model.initial.trajectories, batch_trajectories(model, numerics)
        wanted = f"be at most the {most} that `initial` holds, in whole batches of {per_batch}"
        require(batches * per_batch <= most, "trajectories", wanted, trajectories)
    return batches
