"""Workers that run another program end a run with their name, whenever they join."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from dask_processes import DaskProcesses, dask_processes
from sweeps import sweep

import twoqs
from twoqs.errors import ClusterError
from twoqs.execution.dask import cluster
from twoqs.execution.dask.same_code import require_same_code
from twoqs.execution.run import Workers, carry_out
from twoqs.simulation.provenance import identity
from twoqs.sweep.work import Result, Task


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[DaskProcesses]:
    """Starts schedulers and workers."""
    with dask_processes(tmp_path) as started:
        yield started


def other_code(folder: Path) -> dict[str, str]:
    """Environment in which the package is not to the letter the one of these tests."""
    package = folder / "other" / "twoqs"
    shutil.copytree(Path(twoqs.__file__).parent, package)
    with (package / "sweep" / "work.py").open("a") as file:
        file.write("# changed\n")
    return {"PYTHONPATH": str(package.parent)}


def no_twoqs(folder: Path) -> dict[str, str]:
    """Environment without the package."""
    (folder / "none").mkdir()
    (folder / "none" / "twoqs.py").write_text("raise ImportError('not here')\n")
    return {"PYTHONPATH": str(folder / "none")}


def endless() -> Iterator[Task]:
    """Batches of one point, each of the last expected work that goes alone."""
    content = sweep()
    for batch in count():
        task = Task.of(content.points[0], content.seed, batch)
        yield Task(task.point_id, task.settings, task.seed, batch, seconds=1.0, bytes=0)


def test_a_worker_that_joins_late_ends_the_run(processes: DaskProcesses, tmp_path: Path) -> None:
    address = processes.scheduler()
    processes.worker(address)
    results: list[Result] = []
    with cluster.attached(address, {}) as engine:
        groups = engine.run(endless())
        results += next(groups)
        late = processes.worker(address, "--no-nanny", environment=other_code(tmp_path))
        with pytest.raises(ClusterError, match="does not run the same twoqs") as error:
            results += [result for group in groups for result in group]
    (line,) = [line for line in late.read_text().splitlines() if "Start worker at:" in line]
    assert f"The worker {line.split()[-1]} " in str(error.value)
    assert results
    assert not [result for result in results if result.error]


def test_a_worker_without_twoqs_is_refused(processes: DaskProcesses, tmp_path: Path) -> None:
    address = processes.scheduler()
    processes.worker(address, environment=no_twoqs(tmp_path))
    with pytest.raises(ClusterError, match=r"does not run the same twoqs.*ImportError"):
        carry_out(sweep(), tmp_path / "s", Workers(scheduler=address), quiet=True)


def test_tasks_hold_the_worker_against_the_driver(
    processes: DaskProcesses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However soon after it has joined a worker gets a task: here, nobody has looked at all."""
    monkeypatch.setattr(
        "twoqs.execution.dask.same_code.CodeCheck.check", lambda self, workers: None
    )
    address = processes.scheduler()
    processes.worker(address, "--no-nanny", environment=other_code(tmp_path))
    with pytest.raises(ClusterError, match=r"it has code \w+, but needs code \w+\."):
        carry_out(sweep(), tmp_path / "s", Workers(scheduler=address), quiet=True)


@pytest.mark.parametrize("name", ["twoqs", "numba", "numpy", "scipy", "code"])
def test_the_message_names_what_differs(name: str) -> None:
    mine = identity()
    with pytest.raises(ClusterError) as error:
        require_same_code("tcp://host:1", mine | {name: "0.0"}, mine)
    assert str(error.value) == (
        "The worker tcp://host:1 does not run the same twoqs as this driver: "
        f"it has {name} 0.0, but needs {name} {mine[name]}."
    )
    require_same_code("tcp://host:1", dict(mine), mine)
