"""Refuses workers that run another program than the driver: their numbers could differ."""

from __future__ import annotations

from collections.abc import Iterable

from distributed import Client

from twoqs.errors import ClusterError
from twoqs.simulation.provenance import identity


class CodeCheck:
    """Holds each worker of a cluster against this process, once.

    Workers may join at any time, so each task carries what is expected to its worker, which looks
    again (`require_same_code`).
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: set[str] = set()
        self.expected = identity()

    def check(self, workers: Iterable[str]) -> None:
        """Check those of the workers, given by address, that have not been before.

        Raises:
            ClusterError: for the first that runs another program.
        """
        new = sorted(set(workers) - self._known)
        if not new:
            return
        found = self._client.run(identity, workers=new, on_error="return")
        for worker, theirs in found.items():
            # A worker that is gone by now has not answered, which is no other answer.
            if not isinstance(theirs, OSError):
                require_same_code(worker, theirs, self.expected)
                self._known.add(worker)


def require_same_code(worker: str, found: object, expected: dict[str, str]) -> None:
    """Raise an error unless a worker runs what is expected.

    Args:
        found: what `identity` gave there; or why it gave nothing, as where there is no twoqs.
    """
    if found == expected:
        return
    if isinstance(found, dict):
        keys = [key for key in expected if found.get(key) != expected[key]]
        has, needs = (_listed(keys, versions) for versions in (found, expected))
    else:
        has, needs = repr(found), _listed(list(expected), expected)
    raise ClusterError(
        f"The worker {worker} does not run the same twoqs as this driver: it has {has}, "
        f"but needs {needs}."
    )


def _listed(keys: list[str], versions: dict[str, str]) -> str:
    return ", ".join(f"{key} {versions.get(key, 'unknown')}" for key in keys)
