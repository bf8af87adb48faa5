"""Workers as jobs: the files that describe them, and the scripts."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from slurm import described
from sweeps import small, sweep, write_spec

from twoqs.cli import main
from twoqs.errors import ArgumentError, ClusterError
from twoqs.execution.dask.jobs import read_cluster, submit
from twoqs.execution.dask.jobs.schema import KINDS
from twoqs.execution.run import Workers, carry_out

ROOT = Path(__file__).parents[2]


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
        carry_out(sweep(), tmp_path / "s", workers, quiet=True)


def test_a_queueing_system_that_refuses(tmp_path: Path, monkeypatch) -> None:
    refuses = tmp_path / "sbatch"
    refuses.write_text("#!/bin/sh\necho 'invalid partition' >&2\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ClusterError, match=r"^Cannot submit a job: .*invalid partition") as error:
        carry_out(sweep(), tmp_path / "s", Workers(cluster=described(tmp_path)), quiet=True)
    assert "\n" not in str(error.value)


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
        for module in ("twoqs.execution.dask.jobs.submit", "dask_jobqueue")
    ]
    assert answers == ["True", "False"]
