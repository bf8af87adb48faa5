"""An orderly end of a run: its workers finish what they have begun, and begin nothing else."""

from __future__ import annotations

import uuid

from distributed import Client

_stopped: set[str] = set()
"""Names of the runs of which this process, a worker, shall begin nothing more."""


class RunStop:
    """Stops one run on the workers of a cluster.

    The workers themselves decide, so that nothing is lost: whoever asks them first what they have
    begun, and cancels the rest, cancels what they began in between.

    Attributes:
        run: name of the run, which its tasks carry.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told: set[str] = set()
        self.run = uuid.uuid4().hex

    def tell(self, patience: float) -> bool:
        """Tell all workers that have not been told before; returns False if there is no worker.

        Args:
            patience: seconds for all of them to answer. One that does not is not waited for: it
                hears of it before its next task, or is dead.
        """

        async def ask() -> bool:
            workers = set(await self._client.nthreads())
            new = sorted(workers - self._told)
            self._told |= workers
            if new:
                await self._client.run(_stop, self.run, workers=new, on_error="ignore")
            return bool(workers)

        try:
            return bool(self._client.sync(ask, callback_timeout=patience))
        except OSError:  # which lost connections and timeouts are
            return True


def is_stopped(run: str) -> bool:
    """Whether this process, a worker, shall begin nothing more of a run."""
    return run in _stopped


def _stop(run: str) -> None:
    _stopped.add(run)
