"""Real worker processes give the bytes of a serial run; clusters that do not fit are refused."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dask_processes import family, listening
from distributed import LocalCluster
from sweeps import SMALL, merged_bytes, sweep, tasks

from twoqs.errors import ArgumentError, ClusterError
from twoqs.execution.dask import cluster
from twoqs.execution.dask.engine import PER_THREAD
from twoqs.execution.run import Workers, carry_out
from twoqs.sweep.work import (
    BUNDLE_SECONDS,
    LEAST_BUNDLE_SECONDS,
    MOST_BUNDLE_BYTES,
    MOST_IN_BUNDLE,
    Task,
    bundles_of,
)
from twoqs.system.signals import interrupts_later

LOOPBACK = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Merged arrays of a serial run."""
    store = tmp_path_factory.mktemp("serial") / "s"
    carry_out(sweep(), store, Workers(0), quiet=True)
    return merged_bytes(store)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a cluster of one worker that exists already."""
    with LocalCluster(n_workers=1, threads_per_worker=1, **LOOPBACK) as running:
        yield running.scheduler_address


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_give_the_bytes_of_a_serial_run(
    workers: int, serial: dict[str, bytes], tmp_path: Path
) -> None:
    outcome = carry_out(sweep(), tmp_path / "s", Workers(workers), quiet=True)
    assert outcome.computed == 8
    assert merged_bytes(tmp_path / "s") == serial


def test_a_script_needs_no_guard(serial: dict[str, bytes], tmp_path: Path) -> None:
    """Workers that imported the main module would start clusters of their own, and fail."""
    script = tmp_path / "script.py"
    script.write_text(
        "import json, sys\n"
        "from twoqs.execution.run import Workers, carry_out\n"
        "from twoqs.sweep import Sweep\n"
        "main = sys.modules['__main__']\n"
        "carry_out(Sweep.from_dict(json.loads(sys.argv[1])), sys.argv[2], Workers(1), quiet=True)\n"
        "assert main.__file__ == __file__ == sys.argv[0]\n"
    )
    arguments = [sys.executable, str(script), json.dumps(SMALL), str(tmp_path / "s")]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert merged_bytes(tmp_path / "s") == serial


def test_an_attached_cluster_gives_the_bytes_of_a_serial_run(
    scheduler: str, serial: dict[str, bytes], tmp_path: Path
) -> None:
    outcome = carry_out(sweep(), tmp_path / "s", Workers(scheduler=scheduler), quiet=True)
    assert outcome.computed == 8
    assert merged_bytes(tmp_path / "s") == serial


def test_the_window_is_bounded_and_every_task_ends_once(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twoqs.execution.dask.engine.MOST_IN_BUNDLE", 2)
    taken = 0

    def count() -> Iterator[Task]:
        nonlocal taken
        for task in tasks(40):
            taken += 1
            yield task

    finished: list[int] = []
    with cluster.attached(scheduler, {}) as engine:
        for results in engine.run(count()):
            finished += [result.task.batch for result in results]
            assert taken - len(finished) <= 2 * PER_THREAD
            assert all(result.error is None for result in results)
            assert all(result.worker.startswith("tcp://127.0.0.1") for result in results)
    assert sorted(finished) == list(range(40))


def test_the_window_may_shrink_below_what_is_in_flight(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when workers go."""
    monkeypatch.setattr("twoqs.execution.dask.engine.MOST_IN_BUNDLE", 1)
    with cluster.attached(scheduler, {}) as engine:
        threads = iter([3])
        monkeypatch.setattr(engine, "count_threads", lambda: next(threads, 1))
        finished = [result.task.batch for group in engine.run(tasks(40)) for result in group]
    assert sorted(finished) == list(range(40))


def test_workers_listen_to_this_machine_only_and_use_one_thread() -> None:
    with cluster.local(1) as engine:
        (threads,) = engine.client.run(os.environ.get, "NUMBA_NUM_THREADS").values()
        assert threads == "1"
        (blocked,) = engine.client.run(signal.pthread_sigmask, signal.SIG_BLOCK, []).values()
        assert signal.SIGINT in blocked, "Ctrl-C is left to the driver"
        workers = engine.client.scheduler_info()["workers"]
        assert all(address.startswith("tcp://127.0.0.1:") for address in workers)
        pids = [process.pid for process in family(os.getpid())]
        assert len(pids) >= 2
        assert {address for pid in pids for address in listening(pid)} == {"127.0.0.1"}


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{reserved.getsockname()[1]}"
        with (
            pytest.raises(ClusterError, match="Cannot connect"),
            cluster.attached(address, {}),
        ):
            pass


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        LocalCluster(n_workers=0, **LOOPBACK) as empty,
        pytest.raises(ClusterError, match="has no workers"),
        cluster.attached(empty.scheduler_address, {}),
    ):
        pass


@pytest.mark.parametrize(
    ("address", "tls", "named"),
    [
        ("127.0.0.1:8786", {}, "`scheduler`"),
        ("tcp://127.0.0.1", {}, "`scheduler`"),
        ("tcp://127.0.0.1:99999", {}, "`scheduler`"),
        ("tcp://[::1", {}, "`scheduler`"),
        (None, {"ca": __file__}, "`tls`"),
        ("http://127.0.0.1:8786", {}, "`scheduler`"),
        ("tls://127.0.0.1:8786", {"ca": __file__}, "`tls-cert`"),
        ("tls://127.0.0.1:8786", {"ca": "x"}, "`tls-ca`"),
        ("tcp://127.0.0.1:8786", {"ca": "x"}, "`tls`"),
    ],
)
def test_bad_addresses(address: str | None, tls: dict[str, str], named: str) -> None:
    with pytest.raises(ArgumentError, match=named):
        Workers(scheduler=address, tls=tls)


def test_interrupts_wait_for_the_end_of_a_block() -> None:
    reached = []

    def block() -> None:
        with interrupts_later():
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            reached.append(True)

    with pytest.raises(KeyboardInterrupt):
        block()
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_open_addresses_are_warned_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(cluster, "Client", refuse)
    for address, warned in (("tcp://192.0.2.1:8786", True), ("tcp://127.0.0.1:8786", False)):
        with pytest.raises(ClusterError), cluster.attached(address, {}):
            pass
        assert ("not encrypted" in capsys.readouterr().err) == warned


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 9])
def test_short_batches_travel_in_bundles(count: int) -> None:
    short = [replace(task, seconds=1e-6) for task in tasks(count)]
    bundles = list(bundles_of(iter(short), 4))
    assert [task for bundle in bundles for task in bundle] == short
    assert [len(bundle) for bundle in bundles[:-1]] == [4] * (len(bundles) - 1)
    long = [replace(task, seconds=10.0) for task in tasks(count)]
    assert list(bundles_of(iter(long), MOST_IN_BUNDLE)) == [[task] for task in long]


def test_bundles_of_long_work_are_longer_and_shrink_towards_its_end() -> None:
    short = [replace(task, seconds=0.01) for task in tasks(2000)]
    bundles = list(bundles_of(iter(short), MOST_IN_BUNDLE, work=20.0, shares=8))
    assert [task for bundle in bundles for task in bundle] == short
    sizes = [len(bundle) for bundle in bundles]
    assert sizes[0] == BUNDLE_SECONDS / 0.01
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-2] == pytest.approx(LEAST_BUNDLE_SECONDS / 0.01)
    large = [replace(task, seconds=0.01, bytes=10_000_000) for task in short]
    sizes = [len(bundle) for bundle in bundles_of(iter(large), MOST_IN_BUNDLE, work=20.0)]
    assert set(sizes) == {MOST_BUNDLE_BYTES // 10_000_000 + 1}
