"""Workers as jobs: the files that describe them, the scripts, and runs on a SLURM of processes."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from dask_processes import listening, until
from slurm import Slurm, slurm
from sweeps import merged_bytes, small, sweep, write_spec

from twoqs.cli import main
from twoqs.errors import ArgumentError, ClusterError
from twoqs.run.dask.jobs import read_cluster, renewal, submit
from twoqs.run.dask.jobs.schema import KINDS
from twoqs.run.run import Workers, run
from twoqs.sweep.work import Task

ROOT = Path(__file__).parents[2]

MINIMAL: dict[str, Any] = {
    "type": "slurm",
    "jobs": {"max": 2},
    "cores": 1,
    "memory": "1GB",
    "interface": "lo",
    "scheduler": {"host": "127.0.0.1"},
}


def described(folder: Path, **changes: Any) -> Path:
    """A cluster file; None takes a key away."""
    content = {key: value for key, value in (MINIMAL | changes).items() if value is not None}
    return write_spec(folder / "cluster.yaml", content)


def script(folder: Path, **changes: Any) -> str:
    """The job script that a cluster file leads to."""
    spec = read_cluster(described(folder, **{"shared_temp_directory": str(folder)} | changes))
    with submit.opened(spec) as opened:
        return opened.job_script()


def test_the_file_that_comes_with_the_project(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with submit.opened(read_cluster(ROOT / "config/clusters/slurm.yaml")) as opened:
        text = opened.job_script()
    for line in ("-J twoqs", "-n 1", "--cpus-per-task=8", "-t 04:00:00"):
        assert f"#SBATCH {line}\n" in text
    assert "export NUMBA_NUM_THREADS=1\n" in text
    worker = text.splitlines()[-1]
    for option in ("--nworkers 8", "--nthreads 1", "--dashboard-address 127.0.0.1:0"):
        assert option in worker
    assert re.search(
        r"dask_worker tls://\S+ .*--tls-ca-file \S+ --tls-cert \S+ --tls-key \S+", worker
    )
    # 13029 s + 651 s are 12 minutes less than four hours.
    assert "--lifetime 13029s --lifetime-stagger 651s" in worker


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_queueing_system_has_its_script(kind: str, tmp_path: Path) -> None:
    needed = {"htcondor": {"disk": "1GB"}, "oar": {"memory_per_core_property_name": "mem_core"}}
    head = {
        "slurm": "#SBATCH -J", "pbs": "#PBS -N", "moab": "#PBS -N", "sge": "#$ -N",
        "lsf": "#BSUB -J", "oar": "#OAR -n", "htcondor": "MY.DaskWorkerName",
    }[kind]  # fmt: skip
    text = script(tmp_path, type=kind, cores=4, **needed.get(kind, {}))
    assert head in text
    assert "distributed.cli.dask_worker" in text
    for option in ("--nworkers 4", "--nthreads 1", "--interface lo", "--tls-key"):
        assert option in text


def test_what_is_given_is_in_the_script(tmp_path: Path) -> None:
    text = script(
        tmp_path,
        queue="fast", account="me", job_extra_directives=["--exclusive"], python="/opt/python",
        job_script_prologue=["module load x"], lifetime="00:10:00", walltime="1-00:00:00",
    )  # fmt: skip
    for line in ("-p fast", "-A me", "--exclusive", "-t 1-00:00:00"):
        assert f"#SBATCH {line}\n" in text
    assert text.index("export OMP_NUM_THREADS=1") < text.index("\nmodule load x\n/opt/python -m")
    assert "--lifetime 600s --lifetime-stagger 30s" in text


def test_paths_are_quoted_in_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, python = tmp_path / "a b'c", "/opt/d e'f/python"
    shared.mkdir()
    monkeypatch.setattr(sys, "executable", python)
    text = script(tmp_path, shared_temp_directory=str(shared))
    words = shlex.split(next(line for line in text.splitlines() if "dask_worker" in line))
    assert words[0] == python
    for option in ("--tls-ca-file", "--tls-cert", "--tls-key"):
        assert Path(words[words.index(option) + 1]).parent.parent == shared


def test_without_tls_there_is_a_warning(tmp_path: Path, capsys) -> None:
    text = script(tmp_path, tls=False)
    assert "tcp://127.0.0.1" in text
    assert "--tls" not in text
    assert "without tls" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "slum"}, "be a queueing system, but got 'slum' (did you mean `slurm`?)"),
        ({"type": None}, "`type` must be a queueing system, but got None"),
        ({"wall_time": "1"}, "no such key (did you mean `walltime`?)"),
        ({"jobs": {"max": 2, "mim": 1}}, "`jobs.mim` must be left out: there is no such key"),
        ({"jobs": {"max": 2, "min": 3}}, "`jobs` must not have `min` above `max`, which is 2"),
        ({"jobs": None}, "`jobs` must be given, but is missing"),
        ({"cores": 0}, "`cores` must be at least 1, but got 0"),
        ({"cores": "8"}, "`cores` must be an integer, but got '8'"),
        ({"memory": "16"}, "`memory` must match"),
        ({"walltime": "4h"}, "`walltime` must match"),
        ({"walltime": "00:02:00"}, "`walltime` must be at least 5 minutes, but got '00:02:00'"),
        ({"walltime": "01:00:00", "lifetime": "00:59:00"}, "`lifetime` must end 5 % and"),
        ({"lifetime": "00:00:00"}, "`lifetime` must be longer than nothing"),
        ({"scheduler": {"prot": 1}}, "`scheduler.prot` must be left out"),
        ({"type": "pbs", "job_cpu": 1}, "`job_cpu` must be left out"),
        ({"type": "htcondor"}, "`disk` must be given, but is missing"),
    ],
)  # fmt: skip
def test_bad_files(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as error:
        Workers(cluster=described(tmp_path, **changes))
    assert said in str(error.value)
    assert str(tmp_path / "cluster.yaml") in str(error.value)


def test_all_errors_come_at_once(tmp_path: Path, capsys) -> None:
    file = described(tmp_path, cores=0, memory="much", quueue="fast")
    spec = write_spec(tmp_path / "sweep.yaml", small())
    assert main(["run", str(spec), "--store", str(tmp_path / "s"), "--cluster", str(file)]) == 2
    said = capsys.readouterr().err
    for name in ("cores", "memory", "quueue"):
        assert f"`{name}`" in said
    assert "did you mean `queue`?" in said
    assert not (tmp_path / "s").exists()


def test_a_scheduler_and_a_cluster_file_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="`scheduler` must be left out beside a cluster file"):
        Workers(scheduler="tcp://127.0.0.1:8786", cluster=described(tmp_path))
    with pytest.raises(ArgumentError, match="Cannot read"):
        Workers(cluster=tmp_path / "absent.yaml")


def test_a_queueing_system_that_is_not_there(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    workers = Workers(cluster=described(tmp_path))
    with pytest.raises(ClusterError, match=r"^Cannot submit a job: .*'sbatch'"):
        run(sweep(), tmp_path / "s", workers, quiet=True)


def test_a_queueing_system_that_refuses(tmp_path: Path, monkeypatch) -> None:
    refuses = tmp_path / "sbatch"
    refuses.write_text("#!/bin/sh\necho 'invalid partition' >&2\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ClusterError, match=r"^Cannot submit a job: .*invalid partition") as error:
        run(sweep(), tmp_path / "s", Workers(cluster=described(tmp_path)), quiet=True)
    assert "\n" not in str(error.value)


@pytest.fixture
def queue(tmp_path: Path, monkeypatch) -> Iterator[Slurm]:
    """A SLURM, and a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    with slurm(tmp_path, monkeypatch) as running:
        yield running


@pytest.mark.parametrize("cores", [1, 2])
def test_jobs_give_the_bytes_of_a_serial_run(
    cores: int, queue: Slurm, serial: Path, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path / "sweep.yaml", small())
    file = described(tmp_path, cores=cores, jobs={"min": 2, "max": 2})
    command = ["run", str(spec), "--store", "s", "--cluster", str(file), "--quiet"]
    assert main(command) == 0, queue.outputs()
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)
    assert len(queue.scripts()) == 2
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
    """Batches of a fraction of a second."""
    content = sweep(numerics={"times": [0, 1000], "step": 0.04})
    return [Task.of(content.points[0], 7, batch) for batch in range(count)]


@pytest.mark.parametrize("cores", [1, 2])
def test_jobs_that_end_are_replaced_and_no_batch_fails(
    cores: int, queue: Slurm, tmp_path: Path, monkeypatch
) -> None:
    """Workers live shorter than the run: their batches go on in a new job."""
    monkeypatch.setattr(renewal, "LOST_SECONDS", 1.0)
    file = described(tmp_path, cores=cores, jobs={"max": 1}, lifetime="00:00:05")
    results = []
    with submit.submitted(read_cluster(file)) as engine:
        for group in engine.run(some_work(10_000)):
            results += group
            if len({result.worker for result in results}) > cores:
                break
    assert len(queue.scripts()) >= 2
    assert not [result for result in results if result.error]
    assert len({result.task.batch for result in results}) == len(results)


def test_a_job_that_is_killed_costs_no_batch(queue: Slurm, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(renewal, "LOST_SECONDS", 1.0)
    monkeypatch.setattr("twoqs.run.dask.engine.MOST_IN_BUNDLE", 1)
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
    monkeypatch.setattr("twoqs.run.dask.engine.POLL_SECONDS", 0.2)
    file = described(tmp_path, patience="00:00:01")
    with pytest.raises(ClusterError, match="All workers are gone, and none came back"):
        run(sweep(), tmp_path / "s", Workers(cluster=file), quiet=True)


def test_queueing_systems_leave_ctrl_c_alone() -> None:
    """dask-jobqueue itself takes it over where it is imported."""
    code = (
        "import signal; before = signal.getsignal(signal.SIGINT); import {module};"
        "print(signal.getsignal(signal.SIGINT) is before)"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", code.format(module=module)], capture_output=True, text=True
        ).stdout.strip()
        for module in ("twoqs.run.dask.jobs.submit", "dask_jobqueue")
    ]
    assert answers == ["True", "False"]
