"""How long a run will take: what is done beside the work, and the work itself.

The constants were measured on two cores of 2026 (AVX-512), by seconds of the processor as the
machine is shared, with sweeps of 1 to 800 batches and 1 to 400 points; receipts of the store, where
there are any, take the place of those that tell of batches. Batch sizes rest on
`twoqs.simulation.batch.batch_cost`, which must never change; so this stands apart from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from twoqs.execution.progress import duration
from twoqs.kernels.compile.cache import is_kept
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import ROWS
from twoqs.measure.records import RecordLayout
from twoqs.methods import Conserving
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.model import Model
from twoqs.simulation.batch import SETUP_SECONDS, kernels_are_compiled
from twoqs.store import Store
from twoqs.sweep import Point
from twoqs.sweep.work import LEAST_BUNDLE_SECONDS

START = 2.0
"""Seconds to import all that a run needs, and to load kernels."""

POOL, WORKER = 1.5, 1.3
"""Seconds to import Dask, to start and to end it; of a core, for each worker to do the same."""

COMPILER, KERNEL = 4.0, 9.0
"""Seconds to compile the first kernel beside its own (7.5 to 8.6), and those of each kernel."""

BLOCK, SITE = 3.5e-4, 1.1e-7
"""Seconds to set up a block, and for each initial spin of it."""

STORED = 2e-8
"""Seconds to store one number of a record."""

SPECTRUM, WAVE = 6e-5, 1.4e-8
"""Seconds to take the correlations of a block; of a transform of its spins, by n log2 n."""

BATCH, BYTE = 1e-4, 3.5e-9
"""Seconds to note a batch with its share of a sync, and to write a byte of its record."""

SENT, SENT_BYTE = 1e-3, 1.2e-8
"""Seconds to send a bundle of batches to a worker and back, and a byte of a record."""

MERGE, MERGE_POINT, MERGE_BYTE = 0.3, 2.5e-3, 8e-9
"""Seconds to make a merged dataset, for each point and for each byte of records: the jackknife."""

READ, READ_BYTE = 5e-5, 1.5e-9
"""Seconds to check a record that is there, and for each byte of it."""


class Forecast(NamedTuple):
    """Seconds of the parts of a run.

    Attributes:
        start: until the first batch begins, on a machine with all kernels compiled.
        compile: for kernels that are not.
        compute: for batches, by all workers together.
        write: to bring records from workers to the disk.
        merge: to make the merged dataset.
        work: of one core, for the batches.
    """

    start: float
    compile: float
    compute: float
    write: float
    merge: float
    work: float

    @property
    def seconds(self) -> float:
        """Sum of all parts, which follow one another."""
        return self.start + self.compile + self.compute + self.write + self.merge

    def __str__(self) -> str:
        parts = zip(self, ("start", "compile kernels", "compute", "write", "merge"), strict=False)
        return ", ".join(f"{rough(seconds)} to {what}" for seconds, what in parts if seconds)


class Clock:
    """Forecasts runs of one sweep on this machine.

    Args:
        batches: its store, which need not exist.
        workers: worker processes; 0 computes in the driver's.
        cores: that they share.
        threads: whether they are threads of the driver, which need neither a start nor a transport.

    Attributes:
        known: batches whose times are known from the store.
    """

    def __init__(self, batches: Store, workers: int, cores: int, threads: bool = False) -> None:
        self._store, self._workers, self._cores = batches, workers, max(1, cores)
        self._processes = 0 if threads else workers
        points = batches.sweep.requirements
        self._own: dict[str, float] = {}
        self._beside: dict[Any, float] = {}
        expected = measured = 0.0
        self.known = 0
        for identity, point in points.items():
            times = batches.ledger.times(identity)
            if times.size:
                # The median: the first batch of a process also loads kernels.
                self._own[identity] = median = float(np.median(times))
                measured += median * times.size
                expected += self._expected(point) * times.size
                self.known += times.size
        self._speed = measured / expected if expected and measured else 1.0

    def forecast(self, counts: Mapping[str, int]) -> Forecast:
        """Forecast of a run until points have so many batches, by their identity."""
        ledger, points = self._store.ledger, self._store.sweep.requirements
        work = longest = write = checked = merged = 0.0
        count = 0
        kinds: dict[tuple[str, str], Point] = {}
        for identity, point in points.items():
            done = ledger.count(identity, counts[identity])
            left = counts[identity] - done
            checked += (READ + READ_BYTE * point.cost.bytes) * done
            merged += MERGE_POINT + MERGE_BYTE * point.cost.bytes * counts[identity]
            if not left:
                continue
            each = self._batch(identity, point)
            work += left * each
            longest = max(longest, each)
            count += left
            write += left * self._written(point.cost.bytes)
            kinds.setdefault(point.kind, point)
        lanes = min(max(1, self._workers), self._cores)
        start, compiling, rounds = START + checked, 0.0, math.ceil(self._processes / self._cores)
        if kinds:
            compiling = _compiling(kinds.values(), rounds)
            start += (POOL + WORKER * rounds) if self._processes else 0.0
            bundles = min(count, 1 + work / LEAST_BUNDLE_SECONDS)
            write += SENT * bundles if self._processes else 0.0
        merge = MERGE + merged if kinds or not self._store.merged.exists() else 0.0
        return Forecast(start, compiling, max(work / lanes, longest), write, merge, work)

    def _batch(self, identity: str, point: Point) -> float:
        own = self._own.get(identity)
        return self._speed * self._expected(point) if own is None else own

    def _expected(self, point: Point) -> float:
        """`batch_seconds`, of which what stands beside the steps is the same for alike points."""
        alike = point.kind, point.per_batch, point.cost.bytes, point.facts.sites
        if alike not in self._beside:
            self._beside[alike] = batch_seconds(point) - point.cost.seconds
        return point.cost.seconds + self._beside[alike]

    def _written(self, size: int) -> float:
        return BATCH + (BYTE + SENT_BYTE if self._processes else BYTE) * size


def batch_seconds(point: Point) -> float:
    """Seconds of one core for one batch."""
    model, numerics = point.model, point.numerics
    blocks, layout = point.per_batch // LANES, RecordLayout.of(model, numerics)
    seconds = point.cost.seconds - SETUP_SECONDS + STORED * point.cost.bytes / 8
    seconds += blocks * (BLOCK + SITE * model.n_sites * LANES)
    if layout.distances:
        length, lines = _line(model)
        transform = WAVE * lines * length * math.log2(length + 1)
        taken = SPECTRUM + STORED * 3 * ROWS * length
        seconds += blocks * (len(numerics.sample_times) * transform + layout.times * taken)
    return seconds


def _line(model: Model) -> tuple[int, int]:
    """Numbers in a transform along the first axis, and how many transforms there are."""
    sites = model.lattice.shape[0]
    return (sites if model.lattice.periodic else 2 * sites), model.n_sites // sites


def _compiling(points: Iterable[Point], rounds: int) -> float:
    """Seconds to compile what runs of the schemes and precisions of these points lack."""
    kinds: dict[tuple[str, str], float] = {}
    lacking = 0
    for point in points:
        kind = point.numerics.scheme, point.numerics.precision
        kinds.setdefault(kind, point.model.spin or 1.0)  # modes alone have none
    for (scheme, precision), spin in kinds.items():
        # What a kernel is compiled for is the same for all models: a small one will do.
        model = Model(spin=spin, decay=1.0)
        numerics = resolve(model, Numerics(scheme=scheme, precision=precision, times=(0.0,)))
        lacking += not kernels_are_compiled(model, numerics)
    # Where nothing can be kept, workers compile all over again.
    times = 1 if is_kept(Conserving.kernels.samples) else 1 + rounds
    return times * (COMPILER + KERNEL * lacking) if lacking else 0.0


def rough(seconds: float) -> str:
    """A time span of which not more than two digits are known."""
    return "under 1 s" if seconds < 1 else duration(float(f"{seconds:.2g}"))
