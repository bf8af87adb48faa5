"""Runs a sweep in the background, while its results are looked at."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from twoqs.errors import TwoqsError
from twoqs.execution.plan import store_path
from twoqs.execution.run import Outcome, Workers, carry_out
from twoqs.interactive.call import Reused, results_of, stores_of, sweep_of, workers_of
from twoqs.look.open import open as open_results
from twoqs.store import Store
from twoqs.store.description import SWEEP
from twoqs.sweep import Sweep


def start(
    sweep: Sweep | Mapping[str, Any] | str | os.PathLike[str],
    *,
    workers: Any = 1,
    store: str | os.PathLike[str] | None = None,
    size: str | None = None,
    target_se: Mapping[str, float] | None = None,
    target_step: Mapping[str, float] | None = None,
    max_trajectories: int | None = None,
    tls: Mapping[str, str] | None = None,
    reuse: Reused = (),
) -> Running:
    """Begin to compute a sweep in the background: `twoqs.run` that returns at once.

    It ends with the program that started it; what is done by then is kept.

    Args, Raises:
        See `twoqs.run`. What goes wrong later is raised by `wait`.

    Returns:
        The run, which tells how far it is.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1]}, times=[0, 1], trajectories=64)
        >>> running = twoqs.start(sweep, workers=0, store="results/drive")
        >>> running.wait().sz.dims
        ('decay', 'time')
    """
    made = sweep_of(sweep, size, target_se, target_step, max_trajectories)
    stores = stores_of(reuse)
    return Running(made, store_path(made, store), workers_of(workers, tls), stores)


class Running:
    """A sweep that is computed in the background; see `start`.

    Attributes:
        sweep: what is computed.
        path: folder of its store.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1]}, times=[0, 1], trajectories=64)
        >>> running = twoqs.start(sweep, workers=0, store="results/drive")
        >>> ds = running.wait()
        >>> running.done, running
        (True, Running(sweep: ended, 2 of 2 batches done))
    """

    def __init__(
        self,
        sweep: Sweep,
        path: Path,
        workers: Workers,
        reuse: Sequence[str | os.PathLike[str]],
    ) -> None:
        self.sweep, self.path = sweep, path
        self._stopping, self._opened = threading.Event(), threading.Event()
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(workers, reuse), daemon=True)
        self._thread.start()

    def _run(self, workers: Workers, reuse: Sequence[str | os.PathLike[str]]) -> None:
        try:
            stopping = self._stopping.is_set
            self._outcome = carry_out(self.sweep, self.path, workers, None, True, stopping, reuse)
        except KeyboardInterrupt:  # how a run ends that was asked to
            pass
        except BaseException as error:
            self._error = error

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return not self._thread.is_alive()

    @property
    def progress(self) -> tuple[int, int]:
        """Batches that are done, and all; more of them while standard errors miss their targets."""
        if not (self.path / SWEEP).exists():
            return 0, sum(point.batches for point in self.sweep.requirements.values())
        return Store(self.path, self.sweep).counts()

    def dataset(self) -> xr.Dataset:
        """Early values, of the batches that are done by now: `twoqs.open` with `early`.

        Points with the coordinate `complete` false are not finished; `trajectories` says of how
        many their values and standard errors are, and what has not begun is NaN.

        Raises:
            StoreError: before anything is there.

        Examples:
            >>> sweep = twoqs.Sweep(twoqs.Model(spin=100, decay=1.0), times=[0, 1], trajectories=64)
            >>> running = twoqs.start(sweep, workers=0, store="results/decay")
            >>> ds = running.wait()
            >>> bool(running.dataset().complete.all())  # before the end, false where points go on
            True
        """
        data = open_results(self.path, early=True)
        assert isinstance(data, xr.Dataset)
        return data

    def wait(self, timeout: float | None = None) -> xr.Dataset:
        """The results, as soon as they are complete.

        Args:
            timeout: seconds after which to give up waiting, while the run goes on.

        Raises:
            TimeoutError: if it is not done by then.
            TwoqsError: if it was stopped before it was complete; or what `twoqs.run` raises.

        Warns:
            UserWarning: see `twoqs.run`.

        Examples:
            >>> sweep = twoqs.Sweep(twoqs.Model(spin=100, decay=1.0), times=[0, 1], trajectories=64)
            >>> running = twoqs.start(sweep, workers=0, store="results/decay")
            >>> running.wait(timeout=300).sz.values.round(1)
            array([-100., -100.])
        """
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError(f"The run is not done after {timeout:g} s; it goes on.")
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            done, total = self.progress
            raise TwoqsError(
                f"The run was stopped when {done} of {total} batches were done; `start` goes on."
            )
        return results_of(self.path, self._outcome, 3)

    def stop(self) -> None:
        """Finish the batches that run now, keep them, and end; `start` goes on from there.

        Examples:
            >>> sweep = twoqs.Sweep(twoqs.Model(spin=100, decay=1.0), times=[0, 1], trajectories=64)
            >>> running = twoqs.start(sweep, workers=0, store="results/drive")
            >>> running.stop()
            >>> running.done
            True
        """
        self._stopping.set()
        self._thread.join()

    def __repr__(self) -> str:
        done, total = self.progress
        state = "ended" if self.done else "runs"
        return f"Running({self.sweep.name}: {state}, {done} of {total} batches done)"
