"""An attached cluster behind TLS: the same bytes, no way in without a certificate, local ports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dask_processes import DaskProcesses, certificates, dask_processes, listening
from sweeps import merged_bytes, small, sweep, write_spec

from twoqs.cli import main
from twoqs.errors import ArgumentError, ClusterError
from twoqs.execution.dask import cluster
from twoqs.execution.run import Workers, carry_out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where certificates and output are."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def tls(folder: Path) -> dict[str, str]:
    """The certificates of the cluster."""
    return certificates(folder / "right")


@pytest.fixture(scope="module")
def processes(folder: Path, tls: dict[str, str]) -> Iterator[DaskProcesses]:
    """Starts schedulers and workers that speak TLS only."""
    files = ("--tls-ca-file", tls["ca"], "--tls-cert", tls["cert"], "--tls-key", tls["key"])
    with dask_processes(folder, "--protocol", "tls", *files) as started:
        yield started


@pytest.fixture(scope="module")
def scheduler(processes: DaskProcesses) -> str:
    """Address of a cluster of two workers."""
    address = processes.scheduler()
    assert address.startswith("tls://")
    for _ in range(2):
        processes.worker(address)
    return address


def test_it_gives_the_bytes_of_a_serial_run(
    scheduler: str, tls: dict[str, str], serial: Path, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path / "sweep.yaml", small())
    files = [option for name, path in tls.items() for option in (f"--tls-{name}", path)]
    arguments = [str(spec), "--store", str(tmp_path / "s"), "--scheduler", scheduler, *files]
    assert main(["run", *arguments, "--quiet"]) == 0
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)


def test_nothing_listens_to_other_machines(scheduler: str, processes: DaskProcesses) -> None:
    found = {pid: listening(pid) for pid in processes.pids}
    # The scheduler, two nannies and two workers, each with a port of its own.
    assert sum(bool(addresses) for addresses in found.values()) >= 5
    assert {address for addresses in found.values() for address in addresses} == {"127.0.0.1"}


def test_a_client_without_a_certificate_is_rejected(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3)
    plain = scheduler.replace("tls://", "tcp://")
    with pytest.raises(ClusterError, match=f"^Cannot connect to the scheduler {plain}"):
        carry_out(sweep(), tmp_path / "s", Workers(scheduler=plain), quiet=True)


def test_a_client_with_a_certificate_of_others_is_rejected(
    scheduler: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3)
    wrong = Workers(scheduler=scheduler, tls=certificates(folder / "wrong"))
    with pytest.raises(ClusterError, match=f"^Cannot connect to the scheduler {scheduler}"):
        carry_out(sweep(), tmp_path / "s", wrong, quiet=True)


def test_a_client_that_only_trusts_the_cluster_is_rejected(
    scheduler: str, tls: dict[str, str], folder: Path, tmp_path: Path, monkeypatch
) -> None:
    """The scheduler asks for a certificate too: to know its authority is not enough."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3)
    mixed = certificates(folder / "mixed") | {"ca": tls["ca"]}
    with pytest.raises(ClusterError, match=f"^Cannot connect to the scheduler {scheduler}"):
        carry_out(sweep(), tmp_path / "s", Workers(scheduler=scheduler, tls=mixed), quiet=True)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cert": "key"}, "tls-cert"),
        ({"key": "cert"}, "tls-cert"),
        ({"ca": "key"}, "tls-ca"),
        ({"key": "other"}, "tls-cert"),
    ],
)
def test_files_that_do_not_fit_are_refused_before_anything_starts(
    changes: dict[str, str], named: str, tls: dict[str, str], folder: Path
) -> None:
    known = tls | {"other": certificates(folder / "other")["key"]}
    given = tls | {name: known[other] for name, other in changes.items()}
    with pytest.raises(ArgumentError, match=f"^Argument `{named}` must hold"):
        Workers(scheduler="tls://127.0.0.1:8786", tls=given)
