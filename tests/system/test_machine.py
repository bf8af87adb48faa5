"""Cores and open files that the machine lends: affinity, quotas of containers, limits."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from sweeps import command, small, sweep, write_spec

from twoqs.cli.options import chosen_workers
from twoqs.cli.parser import parser_of_all
from twoqs.errors import ArgumentError
from twoqs.execution.predict import predictions
from twoqs.execution.predict.pool import _computed
from twoqs.execution.run import Workers
from twoqs.system import machine
from twoqs.system.machine import (
    BESIDE_WORKERS,
    PER_WORKER,
    available_cores,
    lend_files,
    most_workers,
)

CORES = 8
"""Of the affinity mask in these tests."""

V1, V2 = "4:cpu,cpuacct:/a/b\n0::/\n", "0::/a/b\n"


@pytest.fixture(autouse=True)
def affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(CORES)), raising=False)


def tree(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A root with these groups of the process, and these files below sys/fs/cgroup."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = root / (name if name.startswith("proc") else f"sys/fs/cgroup/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def version_1(folder: str, quota: str, period: str = "100000\n") -> dict[str, str]:
    return {f"{folder}/cpu.cfs_quota_us": quota, f"{folder}/cpu.cfs_period_us": period}


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        (V2, {}, CORES),
        (V2, {"a/b/cpu.max": "max 100000\n"}, CORES),
        (V2, {"a/b/cpu.max": "200000 100000\n"}, 2),
        (V2, {"a/b/cpu.max": "150000 100000\n"}, 2),
        (V2, {"a/b/cpu.max": "1000 100000\n"}, 1),
        (V2, {"a/b/cpu.max": "9900000 100000\n"}, CORES),
        # A group that holds the own one has less.
        (V2, {"a/b/cpu.max": "400000 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
        # In a container, whose own group is the mount.
        (V2, {"cpu.max": "300000 100000\n"}, 3),
        ("0::/../../x\n", {"cpu.max": "300000 100000\n"}, 3),
        (V2, {"unified/a/cpu.max": "300000 100000\n"}, 3),
        (V2, {"a/b/cpu.max": "nonsense\n", "a/cpu.max": "1 0\n"}, CORES),
        (V1, version_1("cpu,cpuacct/a/b", "-1\n"), CORES),
        (V1, version_1("cpu,cpuacct/a/b", "250000\n"), 3),
        (V1, version_1("cpu/a", "100000\n", "50000\n"), 2),
        (V1, version_1("cpu", "100000\n"), 1),
        ("4:cpuset:/a/b\n", version_1("cpuset/a/b", "100000\n"), CORES),
        ("nonsense\n\n::\n", {}, CORES),
    ],
)
def test_quotas_of_containers_count(
    groups: str, files: dict[str, str], cores: int, tmp_path: Path
) -> None:
    assert available_cores(tree(tmp_path, groups, files)) == cores


def test_without_groups_or_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert available_cores(tmp_path) == CORES
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_cores(tmp_path) == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores(tmp_path) == 1


@pytest.mark.parametrize("hard", [1024, resource.RLIM_INFINITY])
def test_the_soft_limit_is_raised_as_far_as_it_may(
    hard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = [(256, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: limits.append(given))
    lend_files(1)
    assert limits == [(256, hard)]
    lend_files(50)
    assert limits[-1] == (BESIDE_WORKERS + 50 * PER_WORKER, hard)
    lend_files(1000)
    assert limits[-1] == (1024 if hard == 1024 else BESIDE_WORKERS + 1000 * PER_WORKER, hard)
    assert (most_workers() < 95) == (hard == 1024)
    monkeypatch.setattr(machine, "resource", None)
    assert most_workers() > 10**9


LIMITED = """\
import resource, runpy, sys
soft, hard, *sys.argv = map(lambda word: int(word) if word.isdigit() else word, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
sys.argv = [str(word) for word in sys.argv]
runpy.run_module("twoqs", run_name="__main__", alter_sys=True)
"""


def limited(soft: int, hard: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command that may open this many files."""
    words = [sys.executable, "-c", LIMITED, str(soft), str(hard), *command(*arguments)[2:]]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def test_too_many_workers_for_the_open_files(tmp_path: Path) -> None:
    spec = write_spec(tmp_path / "small.yaml", small())
    store = tmp_path / "s"
    done = limited(128, 128, "run", spec, "--store", store, "--workers", "6")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "Argument `workers` must be at most 5: " in done.stderr
    assert "0 computes in this process" in done.stderr
    assert not store.exists()


@pytest.mark.parametrize(("files", "cores", "workers"), [(1024, 128, 87), (1024, 4, 4), (32, 4, 0)])
def test_the_default_is_one_for_each_core_as_far_as_files_go(
    files: int, cores: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "available_cores", lambda: cores)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, files))
    predict = parser_of_all().parse_args(["predict", "x.yaml", "--output", "x.nc"])
    assert predict.workers == workers
    run = parser_of_all().parse_args(["run", "x.yaml", "--cores", str(cores)])
    little, large = sweep(), sweep(trajectories=10**9)
    assert chosen_workers(run, little) == Workers(cores, threads=True)
    assert chosen_workers(run, large) == Workers(workers)


@pytest.mark.parametrize(
    ("given", "named"), [(6, "be at most 5: more need"), (5000, "at most 4096")]
)
def test_predictions_are_checked_like_runs(
    given: int, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (128, 128))
    for refused in (lambda: predictions(sweep(), workers=given), lambda: Workers(given)):
        with pytest.raises(ArgumentError, match=f"Argument `workers` must .*{named}"):
            refused()


def test_processes_that_predict_have_one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries read their number of threads once, when they are loaded."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    names = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"))
    found = list(_computed({name: name for name in names}, os.getenv, len, workers=2))
    assert dict(found) == dict.fromkeys(names, "1")
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_workers_get_the_files_that_they_need(tmp_path: Path) -> None:
    """With 32 files and no more, two workers do not start."""
    spec = write_spec(tmp_path / "small.yaml", small())
    done = limited(32, 200, "run", spec, "--store", tmp_path / "s", "--workers", "2")
    assert done.returncode == 0, done.stderr
