"""What it costs to estimate what windows are off by: records, and datasets made of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import twoqs
from twoqs.measure.records import RecordLayout
from twoqs.measure.results import estimated
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.asked import asked_of
from twoqs.simulation.batch import batch_trajectories, run_batch

TURNS, TRAJECTORIES = 40, 1024

SPIN = twoqs.Model(spin=100, field=(2.0, 0, 0), decay=1.0)
RING = twoqs.Model(spin=500, lattice=twoqs.chain(20), coupling=(0.5, -1.8, 0), decay=1.0)
OF_SPIN = {
    "square": "spin.x**2", "all_spin": {"total": True},
    "height": {"histogram": "spin.z", "bins": [-100, 100, 20]},
}  # fmt: skip
OF_RING = {"own": "sites.x**2", "all_spins": {"total": True}, "waves": {"structure": True}}
CASES: dict[str, tuple[twoqs.Model, tuple[float, float], dict[str, Any], tuple[str, ...]]] = {
    "spin": (SPIN, (20, 40), {}, ()),
    "spin, three requests": (SPIN, (20, 40), OF_SPIN, ()),
    "ring, three requests and correlations": (RING, (2, 6), OF_RING, ("correlation",)),
}


def best(*calls: Callable[[], object]) -> list[float]:
    """The shortest CPU time of each in milliseconds, in turns."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(TURNS):
        for call, own in zip(calls, times, strict=True):
            start = time.process_time()
            call()
            own.append(1e3 * (time.process_time() - start))
    return [min(own) for own in times]


def main() -> None:
    """Print both, with the estimate and without."""
    for name, (model, average, asked, observables) in CASES.items():
        requests = asked_of(asked, model, 0)[2]
        wanted = Numerics(
            average=average, observables=observables, requests=requests, budget=("drift",)
        )
        numerics = resolve(model, wanted)
        without = replace(numerics, budget=())
        size = batch_trajectories(model, numerics)
        batches = [run_batch(model, numerics, 0, batch) for batch in range(TRAJECTORIES // size)]
        rows = np.concatenate(batches)
        fewer = RecordLayout.of(model, without).fitted(rows)
        datasets = best(
            partial(estimated, model, numerics, rows), partial(estimated, model, without, fewer)
        )
        run = best(
            partial(run_batch, model, numerics, 0, 0), partial(run_batch, model, without, 0, 0)
        )
        block = [one * 64 / size for one in run]
        print(f"{name}: dataset {datasets[0]:.1f} ms, without {datasets[1]:.1f}; "
              f"block {block[0]:.2f} ms, without {block[1]:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
