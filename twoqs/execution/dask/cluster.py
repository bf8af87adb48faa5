"""Clusters to run tasks on: an own one of this machine, or one whose scheduler exists.

Only the driver writes to disk. Workers get tasks and send back records, so they need no file
system in common with it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, LocalCluster, Security
from distributed.deploy.cluster import Cluster
from distributed.utils import silence_logging_cmgr

from twoqs.errors import ClusterError, require
from twoqs.execution.dask import engine
from twoqs.execution.dask.engine import DaskEngine
from twoqs.system.machine import ONE_THREAD, lend_files
from twoqs.system.signals import interrupts_later

CONNECT_SECONDS = 30

DASK_SETTINGS = {
    "distributed.admin.low-level-log-length": 0,
    # It samples the stack a hundred times a second, and nobody looks.
    "distributed.worker.profile.enabled": False,
    # By default each server looks at itself 50 times a second, and at its memory 10 times.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "500ms",
    # No result is ever on two workers.
    "distributed.scheduler.active-memory-manager.start": False,
}
"""Settings of Dask for clusters of this process."""


@contextmanager
def local(workers: int) -> Iterator[DaskEngine]:
    """An own cluster of `workers` processes with one thread each, reachable from this machine only.

    Raises:
        ClusterError: if it does not start.
    """
    require(workers > 0, "workers", "be a positive integer", workers)
    environment = dict(dask.config.get("distributed.nanny.pre-spawn-environ", {}))
    environment |= dict.fromkeys(ONE_THREAD, "1")
    # Dask's own setting gives memory back to the system at once: a tenth of the time of a batch.
    environment.pop("MALLOC_TRIM_THRESHOLD_", None)
    settings = DASK_SETTINGS | {
        "distributed.nanny.pre-spawn-environ": environment,
        "distributed.scheduler.no-workers-timeout": f"{engine.NO_WORKERS_SECONDS} s",
        # A task whose worker dies comes back at once; whether to try again is decided here.
        "distributed.scheduler.allowed-failures": 0,
    }
    lend_files(workers)
    with dask.config.set(settings):
        running = ExitStack()
        try:
            with interrupts_later():
                running.enter_context(_main_left_alone())
                cluster = running.enter_context(_start(workers))
                client = running.enter_context(Client(cluster, set_as_default=False))
            yield DaskEngine(client)
        finally:
            with interrupts_later():
                running.close()


def _start(workers: int) -> LocalCluster:
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # None would still serve HTTP, on a fixed port.
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError, TimeoutError) as error:
        raise ClusterError(f"The local cluster does not start: {error}.") from error


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """Keep worker processes, those started later too, from importing the main module.

    They need nothing of it. With it, a script without the guard `if __name__ == "__main__"` would
    run again in each worker, and each worker would load what the script loads.
    """
    main = sys.modules["__main__"]
    hidden = {name: vars(main)[name] for name in ("__spec__", "__file__") if name in vars(main)}
    for name in hidden:
        # How multiprocessing knows an interactive session, which it does not import.
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in hidden.items():
            setattr(main, name, value)


@contextmanager
def attached(address: str, tls: dict[str, str]) -> Iterator[DaskEngine]:
    """A scheduler that exists already, at tcp://host:port or tls://host:port.

    Args:
        tls: paths of `ca`, `cert` and `key` for a tls:// address; `run.Workers` checks both.

    Raises:
        ClusterError: if it cannot be reached, has no workers, or a worker runs other code.
    """
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        sys.stderr.write(
            f"Warning: {address} is not encrypted; whoever reaches that port can run programs "
            "there. Use tls:// or a tunnel.\n"
        )
    security = _security(parts.scheme, tls)
    # What goes wrong is said once, by us.
    with silence_logging_cmgr(logging.CRITICAL):
        try:
            client = Client(
                address,
                security=security,
                timeout=CONNECT_SECONDS,
                set_as_default=False,
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(f"Cannot connect to the scheduler {address}: {error}.") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            except TimeoutError:
                raise ClusterError(f"The scheduler {address} has no workers.") from None
            yield DaskEngine(client)


@contextmanager
def lent(given: Any) -> Iterator[DaskEngine]:
    """A Client, or a cluster of Dask, that belongs to the user and stays open.

    Raises:
        ArgumentError: for anything else, and for a Client that is not connected or asynchronous.
        ClusterError: if there are no workers, or a worker runs other code.
    """
    own = None if isinstance(given, Client) else _client_of(given)
    client = given if own is None else own
    wanted = "be a Client that is connected, and not asynchronous"
    require(client.status == "running" and not client.asynchronous, "workers", wanted, given)
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        yield DaskEngine(client)
    except TimeoutError:
        raise ClusterError(f"The scheduler of {given} has no workers.") from None
    finally:
        if own is not None:
            own.close()


def _client_of(cluster: Any) -> Client:
    require(isinstance(cluster, Cluster), "workers", "be a Client or a cluster of Dask", cluster)
    return Client(cluster, set_as_default=False)


def _security(scheme: str, tls: dict[str, str]) -> Security | None:
    if scheme != "tls":
        return None
    return Security(
        tls_ca_file=tls["ca"],
        tls_client_cert=tls["cert"],
        tls_client_key=tls["key"],
        require_encryption=True,
    )
