"""A run computes what is missing, in any order and after any end, and always the same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from sweeps import command, merged_bytes, mtimes, receipts, small, sweep, write_spec

from twoqs import batch as batches
from twoqs.access import open as open_sweep
from twoqs.errors import ClusterError, StoreError
from twoqs.run import Workers, run
from twoqs.simulation import simulate
from twoqs.store import verify
from twoqs.store.batches import RECEIPTS
from twoqs.work import Engine, Result, Serial, Task, execute

SERIAL = Workers(count=0)

ROOT = Path(__file__).parent.parent


class Disorderly(Serial):
    """Runs tasks in random order, in groups of random size, and loses some results."""

    def __init__(self, seed: int, loss: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.loss = loss

    def run(self, tasks: Iterable[Task], alone: bool = False) -> Iterator[list[Result]]:
        waiting = iter(tasks)
        while window := list(islice(waiting, self.random.randint(1, 5))):
            self.random.shuffle(window)
            results = [execute(task) for task in window]
            yield [result for result in results if self.random.random() >= self.loss]


def use(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(workers: Workers) -> AbstractContextManager[Engine]:
        return nullcontext(engine)

    monkeypatch.setattr("twoqs.run._engine", fake)


def test_the_order_of_completion_changes_no_byte(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=1), monkeypatch)
    run(sweep(), tmp_path / "s", quiet=True)
    assert receipts(tmp_path / "s") != receipts(serial)
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)


def test_lost_results_are_asked_for_again(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=2, loss=0.5), monkeypatch)
    outcome = run(sweep(), tmp_path / "s", quiet=True)
    assert (outcome.computed, outcome.failures) == (8, [])
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)


def test_a_cluster_that_loses_everything_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=3, loss=1.0), monkeypatch)
    with pytest.raises(ClusterError, match="lost every batch"):
        run(sweep(), tmp_path / "s", quiet=True)


def test_merged_values_are_those_of_a_simulation(serial: Path) -> None:
    data = open_sweep(serial)
    point = sweep().points[2]
    alone = simulate(
        point.model, times=(0, 1, 2), trajectories=512, scheme="pda", seed=sweep().seed
    )
    here = data.sel(omega=1.5, case="pda")
    for name in ("sz", "sz_se", "var_sx", "squeezing", "spin_length_std"):
        np.testing.assert_array_equal(here[name], alone[name])
        assert here[name].attrs == alone[name].attrs
    assert int(here.trajectories) == int(alone.trajectories) == 512
    assert str(here.point_id.values) == alone.attrs["point_id"]


def test_the_merged_dataset_says_what_it_is(serial: Path) -> None:
    data = open_sweep(serial)
    assert data.sz.dims == ("omega", "case", "time")
    assert data.omega.values.tolist() == [0.5, 1.5]
    assert data.omega.attrs["units"] == "Gamma"
    assert data["case"].values.tolist() == ["pda", "conserving"]
    assert data.sz.attrs["ancillary_variables"] == "sz_se"
    assert set(data.coords) == {"omega", "case", "time", "step", "point_id"}
    assert data.sz.chunks is not None, "read lazily"
    assert json.loads(data.attrs["sweep"]) == sweep().spec
    for name in ("seed", "digest", "commit", "versions", "cpu", "compute_seconds", "history"):
        assert data.attrs[name] != ""
    plain = xr.open_zarr(serial / "merged.zarr")
    xr.testing.assert_identical(plain.load(), data.load())


def test_averages_over_a_window_have_no_time(tmp_path: Path) -> None:
    content = sweep(
        numerics={"average": [1, 2], "observables": ["correlation", "sites"]},
        model={"spin": 10, "lattice": {"chain": {"n": 4}}, "decay": 1.0},
    )
    run(content, tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s")
    assert data.correlation.dims == ("omega", "case", "distance")
    assert data.sx_site.dims == ("omega", "case", "site")
    assert data.xi_status.dims == data.sz.dims == ("omega", "case")
    assert data.xi_status.dtype == np.int8
    assert data.xi_status.attrs["flag_values"][-1] == -1
    assert data.xi_status.attrs["flag_meanings"].split()[-1] == "missing"


def test_a_sweep_needs_no_axes(tmp_path: Path) -> None:
    """One point, averaged: all results are single numbers."""
    alone = sweep(axes={}, numerics={"average": [0, 2], "samples": 3})
    assert run(alone, tmp_path / "s", Workers(0), quiet=True).merged
    assert open_sweep(tmp_path / "s").sz.shape == ()


def test_flags_of_some_points_are_missing_at_the_others(tmp_path: Path) -> None:
    cases = {"plain": {}, "pairs": {"numerics.observables": ["correlation"]}}
    model = {"spin": 10, "lattice": {"chain": {"n": 4}}, "decay": 1.0}
    content = sweep(axes={"case": {"cases": cases}}, numerics={"average": [1, 2]}, model=model)
    run(content, tmp_path / "s", SERIAL, quiet=True)
    status = open_sweep(tmp_path / "s").xi_status.load()
    assert status.dtype == np.int8
    assert status.sel(case="plain") == -1 != status.sel(case="pairs")
    assert list(verify(tmp_path / "s")) == []


def test_variables_of_some_points_are_nan_at_the_others(tmp_path: Path) -> None:
    cases = {"plain": {}, "sites": {"numerics.observables": ["sites"]}}
    content = sweep(axes={"case": {"cases": cases}})
    run(content, tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert np.isnan(data.sx_site.sel(case="plain")).all()
    assert np.isfinite(data.sx_site.sel(case="sites")).all()
    assert (data.trajectories > 0).all()
    assert list(verify(tmp_path / "s")) == []


def test_a_second_run_does_nothing(
    serial: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr("twoqs.run._engine", refuse)
    monkeypatch.setattr("twoqs.run.compile_kernels", refuse)
    before = mtimes(serial)
    outcome = run(sweep(), serial, Workers(2))
    assert (outcome.computed, outcome.merged) == (0, False)
    assert mtimes(serial) == before
    assert "Nothing to do" in capsys.readouterr().err


def _poison(victim: tuple[str, int], until: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make one batch fail at its first `until` attempts; returns the counter of attempts."""
    attempts = [0]
    real = batches.run_batch

    def fake(model: Any, numerics: Any, seed: int, batch: int) -> Any:
        if (batches.point_id(model, numerics), batch) == victim:
            attempts[0] += 1
            if attempts[0] <= until:
                raise FloatingPointError("poison")
        return real(model, numerics, seed, batch)

    monkeypatch.setattr(batches, "run_batch", fake)
    return attempts


def test_a_batch_that_always_fails_is_given_up_and_the_others_finish(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = sweep().points[1].point_id, 1
    digest = tmp_path / "digest.json"
    with monkeypatch.context() as poisoned:
        attempts = _poison(victim, 99, poisoned)
        outcome = run(sweep(), tmp_path / "s", SERIAL, digest, quiet=True)
    assert attempts == [3]
    assert outcome.computed == 7
    (failure,) = outcome.failures
    assert (failure.point.point_id, failure.batch) == victim
    assert "omega=0.5, case=conserving: FloatingPointError: poison" in str(failure)
    assert not digest.exists()
    data = open_sweep(tmp_path / "s").load()
    assert data.trajectories.values.tolist() == [[512, 0], [512, 512]]
    assert np.isnan(data.sz.sel(omega=0.5, case="conserving")).all()
    outcome = run(sweep(), tmp_path / "s", SERIAL, digest, quiet=True)
    assert (outcome.computed, outcome.failures) == (1, [])
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)
    assert digest.exists()


def test_a_batch_that_fails_twice_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = _poison((sweep().points[1].point_id, 1), 2, monkeypatch)
    outcome = run(sweep(), tmp_path / "s", SERIAL, quiet=True)
    assert (attempts, outcome.computed, outcome.failures) == ([3], 8, [])


class Deadly(Serial):
    """One batch kills its worker, and with it all that the worker holds at the time."""

    def __init__(self, victim: tuple[str, int]) -> None:
        self.victim = victim
        self.deaths = 0

    def run(self, tasks: Iterable[Task], alone: bool = False) -> Iterator[list[Result]]:
        waiting = iter(tasks)
        while held := list(islice(waiting, 1 if alone else 3)):
            dies = self.victim in [(task.point_id, task.batch) for task in held]
            self.deaths += dies
            yield [
                Result(task, error="killed", fatal=True) if dies else execute(task) for task in held
            ]


def test_a_batch_that_kills_its_worker_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = sweep().points[1].point_id, 1
    engine = Deadly(victim)
    use(engine, monkeypatch)
    outcome = run(sweep(), tmp_path / "s", quiet=True)
    assert outcome.computed == 7
    (failure,) = outcome.failures
    assert (failure.point.point_id, failure.batch, failure.error) == (*victim, "killed")
    assert engine.deaths == 3


def test_a_point_with_another_identity_fails() -> None:
    point = sweep().points[0]
    task = Task("0" * 16, point.settings, 1, 0, 1.0)
    assert "another identity" in str(execute(task).error)


def test_the_digest_file_depends_on_the_results_alone(serial: Path, tmp_path: Path) -> None:
    for name, content in (("a", sweep()), ("b", sweep()), ("c", sweep(trajectories=1024))):
        run(content, tmp_path / "s" / name, SERIAL, tmp_path / "d" / f"{name}.json", quiet=True)
    a, b, c = (json.loads((tmp_path / "d" / f"{name}.json").read_text()) for name in "abc")
    assert a["store"] == "../s/a"
    assert (a["points"], a["batches"], c["batches"]) == (4, 8, 16)
    for key in ("records_sha256", "merged_sha256"):
        assert a[key] == b[key] != c[key]


def test_open_says_what_is_missing(tmp_path: Path, serial: Path) -> None:
    with pytest.raises(StoreError, match="no sweep"):
        open_sweep(tmp_path / "none")
    (serial / "merged.zarr" / "zarr.json").unlink()
    with pytest.raises(StoreError, match=r"All 8 batches .* merged dataset is missing"):
        open_sweep(serial)
    lines = (serial / RECEIPTS).read_bytes().splitlines(keepends=True)
    (serial / RECEIPTS).write_bytes(b"".join(lines[1:]))
    with pytest.raises(StoreError, match="7 of 8 batches"):
        open_sweep(serial)


def test_open_warns_of_a_dataset_older_than_its_sweep(
    serial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=3, loss=1.0), monkeypatch)
    with pytest.raises(ClusterError):
        run(sweep(trajectories=1024), serial, quiet=True)
    with pytest.warns(UserWarning, match="has been changed"):
        assert open_sweep(serial).trajectories.values.tolist() == [[512, 512], [512, 512]]


def _long_sweep() -> dict[str, Any]:
    """Four points with fifteen batches each, of some 20 milliseconds."""
    return small(numerics__times=[0, 300], numerics__step=0.04, trajectories=15 * 256)


def _start(spec: Path, store: Path, workers: int) -> subprocess.Popen[bytes]:
    arguments = command("run", spec, "--store", store, "--workers", str(workers))
    return subprocess.Popen(arguments, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE)


def _wait_for_receipts(process: subprocess.Popen[bytes], store: Path, count: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (store / RECEIPTS).exists() and len((store / RECEIPTS).read_bytes()) > 200 * count:
            return
        time.sleep(0.01)
    pytest.fail(f"the run ended before it was disturbed: {process.communicate()[1]!r}")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_goes_on_and_gives_the_same_bytes(
    sign: signal.Signals, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path / "long.yaml", _long_sweep())
    store = tmp_path / "s"
    process = _start(spec, store, workers=1)
    _wait_for_receipts(process, store, 3)
    os.killpg(process.pid, sign)
    _, error = process.communicate(timeout=60)
    assert process.returncode == (-9 if sign == signal.SIGKILL else 130)
    assert b"Traceback" not in error
    before = receipts(store) if sign == signal.SIGINT else None
    content = sweep(**_long_changes())
    outcome = run(content, store, SERIAL, quiet=True)
    total = sum(point.batches for point in content.points)
    assert 0 < outcome.computed < total
    assert outcome.damaged == 0
    done = receipts(store)
    assert len(done) == len(set(done)) == total
    if before is not None:
        assert done[: len(before)] == before
    run(content, tmp_path / "undisturbed", SERIAL, quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "undisturbed")


def _long_changes() -> dict[str, Any]:
    spec = _long_sweep()
    return {"numerics": spec["numerics"], "trajectories": spec["trajectories"]}
