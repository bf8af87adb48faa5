"""What a batch costs beside its work, and whether memory grows with their number.

A real run - driver, store, receipts, a scheduler and workers in processes of their own - whose
batches return a constant record at once. Prints milliseconds for each batch, the slope of
resident memory, and what the end of the run takes, and draws memory against batches done. A
thousand workers fit on one machine, as they do nothing: threads of a few processes.

Run: python benchmarks/overhead.py [--batches N] [--points N] [--workers N] [--bundled]
         [--picture FILE]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from distributed import Client

import twoqs.execution.run
from twoqs.execution.plan import plan
from twoqs.execution.progress import Progress
from twoqs.execution.run import Workers
from twoqs.simulation.provenance import cpu_model
from twoqs.sweep import Sweep

SECONDS = 0.5
"""Between two looks at the memory."""

HOSTED = 250
"""Workers of one process at most: its threads, and connections."""

CHAIN: dict[str, Any] = {
    "model": {"spin": 5000, "lattice": {"chain": {"n": 100}}, "decay": 1.0},
    "numerics": {"step": 0.03, "average": [30, 50], "samples": 41, "observables": ["correlation"]},
}
"""Each batch is a task of its own, as it is expected to take a second."""

SINGLE: dict[str, Any] = {
    "model": {"spin": 100, "decay": 1.0},
    "numerics": {"step": 0.02, "average": [4, 5]},
}
"""Batches of some milliseconds, of which one task holds up to 64."""

NO_LOG = {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"}
"""As in own clusters of a run; by default a scheduler remembers its last 100 000 transitions."""

HOST = """
import asyncio
import sys
import numpy as np
from distributed import Worker
from twoqs.simulation import batch
from twoqs.sweep import work

def no_work(model, numerics, seed, number):
    shape = batch.rows_per_batch(model, numerics), batch.record_length(model, numerics)
    return np.ones(shape)

async def main(address, count):
    here = dict(nthreads=1, host="127.0.0.1", dashboard=False, memory_limit=0)
    workers = [await Worker(address, name=f"{sys.argv[3]}-{i}", **here) for i in range(count)]
    await asyncio.gather(*[worker.finished() for worker in workers])

work.batches.run_batch = no_work
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def sweep_of(batches: int, points: int, settings: dict[str, Any]) -> Sweep:
    """A sweep of so many points with so many batches together."""
    spec = {"name": "overhead", "seed": 1, "trajectories": 1, **settings}
    axis = {"sets": "model.field.x", "values": {"linspace": [0.01, 1, points]}}
    (first, *_) = Sweep.from_dict(spec).points
    trajectories = first.per_batch * (batches // points)
    return Sweep.from_dict(spec | {"trajectories": trajectories, "axes": {"field": axis}})


@contextmanager
def started(*arguments: str) -> Iterator[psutil.Process]:
    """A process of Python while the block runs."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=os.environ | NO_LOG,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


class Memory:
    """Notes the memory of processes, and how many batches are done, until it is closed."""

    def __init__(self, processes: dict[str, psutil.Process]) -> None:
        self.processes, self.done, self.rows = processes, 0, []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(SECONDS):
            sizes = [process.memory_info().rss / 1e6 for process in self.processes.values()]
            self.rows.append([time.perf_counter(), self.done, *sizes])

    def close(self) -> np.ndarray:
        """Rows of time, batches done, and megabytes of each process."""
        self._ended.set()
        self._thread.join()
        return np.array(self.rows)


def measured(sweep: Sweep, workers: int) -> tuple[np.ndarray, list[str], float]:
    """Run it.

    Returns:
        The rows of `Memory` while batches came in, the names of the processes, and the seconds
        from the last batch to the end.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=".")))
        port, here = "28786", ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
        address = f"tcp://127.0.0.1:{port}"
        dask = ["-m", "dask", "scheduler", "--port", port, *here]
        scheduler = stack.enter_context(started(*dask))
        for first in range(0, workers, HOSTED):
            count = str(min(HOSTED, workers - first))
            stack.enter_context(started("-c", HOST, address, count, str(first)))
        with Client(address) as client:
            client.wait_for_workers(workers)
        memory = Memory({"driver": psutil.Process(), "scheduler": scheduler})
        twoqs.execution.run.Progress = counting(memory)
        outcome = twoqs.execution.run.carry_out(
            sweep, folder / "store", Workers(scheduler=address), quiet=True
        )
        rows, end = memory.close(), time.perf_counter()
    if outcome.failures:
        raise SystemExit(f"The run is not complete: {outcome.failures[0]}")
    under_way = rows[(rows[:, 1] > 0) & (rows[:, 1] < outcome.computed)]
    return under_way, list(memory.processes), end - under_way[-1, 0]


def counting(memory: Memory) -> type[Progress]:
    """A `Progress` that tells `memory`."""

    class Counting(Progress):
        def add(self, count: int) -> None:
            super().add(count)
            memory.done += count

    return Counting


def slope(rows: np.ndarray, column: int) -> float:
    """Bytes for each batch, over the second half of the run."""
    late = rows[len(rows) // 2 :]
    return float(np.polyfit(late[:, 1], late[:, column] * 1e6, 1)[0])


def draw(rows: np.ndarray, names: list[str], file: Path) -> None:
    """Memory against batches done."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 2.6), layout="constrained")
    axes = figure.subplots()
    for column, name in enumerate(names, start=2):
        axes.plot(rows[:, 1] / 1000, rows[:, column], label=name)
    axes.set(xlabel="batches done (thousands)", ylabel="resident memory (MB)", ylim=(0, None))
    axes.legend(frameon=False)
    figure.savefig(file, dpi=120)


def main() -> None:
    """Print one line for the plan, one for time, and one for the memory of each process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--bundled", action="store_true", help="short batches, many in a task")
    parser.add_argument("--picture", type=Path, help="file to draw memory in")
    options = parser.parse_args()
    print(cpu_model())
    sweep = sweep_of(options.batches, options.points, SINGLE if options.bundled else CHAIN)
    print(plan(sweep, Path("nowhere")))
    rows, names, ending = measured(sweep, options.workers)
    first, last = rows[0], rows[-1]
    print(f"{1e3 * (last[0] - first[0]) / (last[1] - first[1]):.2f} ms for each batch")
    print(f"{ending:.1f} s from the last batch to the end")
    for column, name in enumerate(names, start=2):
        print(
            f"{name}: {slope(rows, column):.1f} bytes for each batch, "
            f"{rows[:, column].max():.0f} MB at most"
        )
    if options.picture is not None:
        draw(rows, names, options.picture)


if __name__ == "__main__":
    main()
