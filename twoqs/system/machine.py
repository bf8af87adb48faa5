"""What this machine lends to the process: cores to compute on, and descriptors of open files."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from twoqs.errors import require

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PER_WORKER, BESIDE_WORKERS = 11, 64
"""Open files of a driver for each worker process (measured: 21 and 11 for each), with some room
for the store's."""

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables of the environment that keep libraries to one thread."""


@contextmanager
def one_thread_each() -> Iterator[None]:
    """In the block, processes that are started have libraries of one thread.

    Where each core has a process of its own, threads of BLAS wait for one another, busily: on a
    loaded machine some matrix products took fifty times as long.
    """
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def available_cores(root: Path = Path("/")) -> int:
    """Cores that this process may use: by its affinity, and by the CPU quota of its container.

    Args:
        root: below which `proc` and `sys` are.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    # Half a core more is worth a worker: it is throttled, but nothing is left idle.
    quotas = [max(1, math.ceil(quota)) for quota in _quotas(root)]
    return min([cores, *quotas])


def _quotas(root: Path) -> Iterator[float]:
    """Cores of each control group that this process is in and that has a quota (Linux)."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:  # version 2
            names, read = ("", "unified"), _quota_2
        elif "cpu" in controllers.split(","):
            names, read = ("cpu", controllers), _quota_1
        else:
            continue
        for folder in {mounts / name for name in names}:
            for group in _with_parents(folder, path):
                quota = read(group)
                if quota is not None:
                    yield quota


def _with_parents(mount: Path, path: str) -> Iterator[Path]:
    """A group and those that hold it; in a container, which may not see its path, the mount."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
    for count in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:count])


def _quota_1(group: Path) -> float | None:
    values = _words(group / "cpu.cfs_quota_us") + _words(group / "cpu.cfs_period_us")
    return _ratio(values)


def _quota_2(group: Path) -> float | None:
    return _ratio(_words(group / "cpu.max"))


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return []


def _ratio(values: list[str]) -> float | None:
    """Time over period; None if there is no limit (-1, or `max`)."""
    if len(values) != 2 or not all(value.isdigit() and int(value) for value in values):
        return None
    return int(values[0]) / int(values[1])


def most_workers() -> int:
    """Worker processes of an own cluster for which the hard limit of open files suffices."""
    return max(0, (_file_limits()[1] - BESIDE_WORKERS) // PER_WORKER)


def default_workers() -> int:
    """Worker processes where nobody asks for a number: one for each core, as far as files go."""
    return min(available_cores(), most_workers())


def require_files(workers: int) -> None:
    """Refuse more worker processes than the hard limit of open files allows.

    Raises:
        ArgumentError: naming the most that it allows.
    """
    most = most_workers()
    wanted = (
        f"be at most {most}: more need more open files than the system allows "
        "(`ulimit -Hn`); 0 computes in this process"
    )
    require(workers <= most, "workers", wanted, workers)


def lend_files(workers: int) -> None:
    """Raise the soft limit of open files to what so many workers need, or to the hard limit."""
    soft, hard = _file_limits()
    needed = min(BESIDE_WORKERS + PER_WORKER * workers, hard)
    if soft < needed:
        # macOS has yet another limit, and refuses.
        with suppress(ValueError, OSError):
            given = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, given))


def _file_limits() -> tuple[int, int]:
    """The soft and the hard limit of open files; sys.maxsize if there is none."""
    if resource is None:
        return sys.maxsize, sys.maxsize
    soft, hard = (
        sys.maxsize if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard
