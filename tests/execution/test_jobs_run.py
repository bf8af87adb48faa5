"""Runs whose workers are jobs, on a SLURM of processes: they end, are killed, or find no room."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import injected
import psutil
import pytest
from dask_processes import listening, until
from slurm import Slurm, described, slurm
from sweeps import merged_bytes, small, sweep, tasks, write_spec

from twoqs.cli import main
from twoqs.errors import ClusterError
from twoqs.execution.dask.jobs import read_cluster, renewal, submit
from twoqs.execution.run import Workers, carry_out
from twoqs.sweep.work import Task


@pytest.fixture(name="queue")
def new_queue(tmp_path: Path, monkeypatch) -> Iterator[Slurm]:
    """A SLURM, and a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    with slurm(tmp_path, monkeypatch) as running:
        yield running


@pytest.mark.parametrize(("jobs", "cores"), [(2, 1), (1, 2)])
def test_jobs_give_the_bytes_of_a_serial_run(
    jobs: int, cores: int, queue: Slurm, undisturbed: Path, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path / "sweep.yaml", small())
    file = described(tmp_path, cores=cores, jobs={"min": jobs, "max": jobs})
    command = ["run", str(spec), "--store", "s", "--cluster", str(file), "--quiet"]
    assert main(command) == 0, queue.outputs()
    assert merged_bytes(tmp_path / "s") == merged_bytes(undisturbed)
    assert len(queue.scripts()) == jobs
    until(lambda: not queue.pids(), "the end of all jobs")
    assert not list(tmp_path.glob(".twoqs-tls-*")), "certificates are gone"


def test_nothing_listens_to_other_machines(queue: Slurm, tmp_path: Path) -> None:
    spec = read_cluster(described(tmp_path, cores=2, jobs={"min": 1, "max": 1}))
    with submit.submitted(spec) as engine:
        engine.client.wait_for_workers(2, timeout=60)
        pids = [os.getpid(), *queue.pids()]
        found = {address for pid in pids for address in listening(pid)}
        assert len([pid for pid in pids if listening(pid)]) >= 4
    assert found == {"127.0.0.1"}


def some_work(count: int) -> list[Task]:
    """Batches that travel alone, as those that take long do."""
    return [replace(task, seconds=1.0) for task in tasks(count)]


@pytest.fixture
def slow(undisturbed: Path, tmp_path: Path, monkeypatch) -> None:
    """Workers of jobs take a tenth of a second for a batch: they sleep, and leave the cores alone.

    What they load takes some of their life, and many times as long where the cores are busy. To
    compile it would take all of that; the undisturbed run has done so.
    """
    faults = {"log": str(tmp_path / "attempts"), "seconds": 0.1}
    monkeypatch.setenv("FAULTS", json.dumps(faults))
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", json.dumps([injected.__file__]))


def jobs_are_replaced_and_no_batch_fails(
    cores: int, queue: Slurm, tmp_path: Path, monkeypatch
) -> None:
    """Workers live shorter than the run: their batches go on in a new job."""
    monkeypatch.setattr(renewal, "LOST_SECONDS", 1.0)
    file = described(tmp_path, cores=cores, jobs={"max": 1}, lifetime="00:00:12")
    results = []
    with submit.submitted(read_cluster(file)) as engine:
        for group in engine.run(some_work(10_000)):
            results += group
            if len({result.worker for result in results}) > cores:
                break
    assert len(queue.scripts()) >= 2
    assert not [result for result in results if result.error]
    assert len({result.task.batch for result in results}) == len(results)


@pytest.mark.usefixtures("slow")
def test_jobs_that_end_are_replaced(queue: Slurm, tmp_path: Path, monkeypatch) -> None:
    """`verification` has jobs of two workers."""
    jobs_are_replaced_and_no_batch_fails(1, queue, tmp_path, monkeypatch)


@pytest.mark.usefixtures("slow")
def test_a_job_that_is_killed_costs_no_batch(queue: Slurm, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(renewal, "LOST_SECONDS", 1.0)
    monkeypatch.setattr("twoqs.execution.dask.engine.MOST_IN_BUNDLE", 1)
    results = []
    with submit.submitted(read_cluster(described(tmp_path))) as engine:
        for group in engine.run(some_work(30)):
            if not results:
                for pid in queue.pids():
                    psutil.Process(pid).kill()
            results += group
    assert sorted(result.task.batch for result in results) == list(range(30))
    assert not [result for result in results if result.error]
    assert len(queue.scripts()) >= 3


@pytest.mark.usefixtures("slow")
def test_a_job_that_cannot_be_submitted_is_tried_again(
    queue: Slurm, tmp_path: Path, monkeypatch, capsys
) -> None:
    """The first job fits into the queue, the second one only later."""
    monkeypatch.setattr(renewal, "LOST_SECONDS", 0.5)
    real = queue.bin / "sbatch"
    real.rename(queue.bin / "real")
    real.write_text(
        "#!/bin/sh\n"
        f"cd {queue.bin}; echo x >> tries; n=$(wc -l < tries)\n"
        'if [ "$n" = 2 ]; then echo full >&2; exit 1; fi\n'
        f'exec {queue.bin}/real "$@"\n'
    )
    real.chmod(0o755)
    workers = set()
    with submit.submitted(read_cluster(described(tmp_path))) as engine:
        for group in engine.run(some_work(10_000)):
            assert not [result for result in group if result.error]
            workers |= {result.worker for result in group}
            if len(workers) == 2:
                break
    assert "Warning: Cannot submit a job:" in capsys.readouterr().err


def test_patience_with_a_full_queue_ends(queue: Slurm, tmp_path: Path, monkeypatch) -> None:
    waiting = queue.bin / "sbatch"
    waiting.write_text("#!/bin/sh\necho Submitted batch job 1\n")
    monkeypatch.setattr("twoqs.execution.dask.engine.POLL_SECONDS", 0.2)
    file = described(tmp_path, patience="00:00:01")
    with pytest.raises(ClusterError, match="All workers are gone, and none came back"):
        carry_out(sweep(), tmp_path / "s", Workers(cluster=file), quiet=True)
