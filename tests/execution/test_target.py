"""Targets of standard errors: batches follow until they are met; what decides is the records."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from once import Once
from packed import only_appended, packs, spots
from sweeps import command, merged_bytes, mtimes, receipts, small, sweep, write_spec

from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import open as open_sweep
from twoqs.simulation import batch as batches
from twoqs.store import Store, verify
from twoqs.store.journal import contents, encode
from twoqs.store.rounds import ROUNDS, Note
from twoqs.store.targets import (
    first_batches,
    standard_errors,
    targets,
    worst_ratio,
)
from twoqs.sweep import Sweep
from twoqs.sweep.work import Engine, Result, Serial, Task, execute

SERIAL = Workers(count=0)
TARGET = 0.06
"""Of sz: met almost at once at omega = 0.5, and after some four rounds at omega = 1.5."""


def wanting(**changes: Any) -> Sweep:
    """The small sweep with a target."""
    return sweep(**{"target_se": {"sz": TARGET}, **changes})


@pytest.fixture
def met(once: Once, tmp_path: Path) -> Path:
    """A copy of the store of an undisturbed serial run with a target."""

    def fill(folder: Path) -> None:
        assert not carry_out(wanting(), folder / "s", SERIAL, quiet=True).missed

    return shutil.copytree(once("met", fill) / "s", tmp_path / "met")


class Wild(Serial):
    """Runs tasks in random order and groups, loses some results, and stops after a number."""

    def __init__(self, seed: int, loss: float = 0.0, most: int = 10**9) -> None:
        self.random, self.loss, self.left = random.Random(seed), loss, most
        self.tasks: list[Task] = []

    def run(
        self, tasks: Iterable[Task], alone: bool = False, *arguments: Any
    ) -> Iterator[list[Result]]:
        waiting = list(tasks)
        self.tasks += waiting
        self.random.shuffle(waiting)
        for task in waiting:
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            # A round that loses everything would be given up.
            if task is waiting[0] or self.random.random() >= self.loss:
                yield [execute(task)]


def use(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(workers: Workers) -> AbstractContextManager[Engine]:
        return nullcontext(engine)

    monkeypatch.setattr("twoqs.execution.run.engine_for", fake)


def test_every_point_and_time_meets_the_target(met: Path) -> None:
    data = open_sweep(met).load()
    assert float(data.sz_se.max()) <= TARGET
    numbers = data.trajectories.values
    assert (numbers[0] <= 1024).all(), "enough from the first round on, or hardly more"
    assert (numbers[1] > 1500).all()
    assert np.isfinite(data.sz).all()
    assert list(verify(met)) == []


def test_the_batches_are_hardly_more_than_the_least(met: Path) -> None:
    """Least: of each point, the fewest batches of at least the first round that meet the target."""
    content = wanting()
    store = Store(met)
    least = sum(_least(content, store, point) for point in content.requirements.values())
    # One batch too many at each of the two points that need several rounds, 20 in all, is 1.1.
    assert least <= len(receipts(met)) <= 1.3 * least


def _least(content: Sweep, store: Store, point: Any) -> int:
    rows = store.rows(next(p for p in store.sweep.points if p.point_id == point.point_id))
    each = batches.rows_per_batch(point.model, point.numerics)
    wanted = targets(content, point)
    for number in count(first_batches(content, point)):
        if worst_ratio(standard_errors(point, rows[: each * number], wanted), wanted) <= 1:
            return number
    raise AssertionError


@pytest.mark.parametrize("seed", range(3))
def test_neither_order_nor_losses_change_a_byte(
    seed: int, met: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Wild(seed, loss=0.3), monkeypatch)
    carry_out(wanting(), tmp_path / "s", quiet=True)
    assert sorted(receipts(tmp_path / "s")) == sorted(receipts(met))
    assert merged_bytes(tmp_path / "s") == merged_bytes(met)


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """SIGKILL to a run with workers, in the middle of its rounds."""
    content = small(
        target_se={"sz": TARGET / 1.5}, numerics={"times": [0, 300], "step": 0.04},
        axes={"omega": {"sets": "model.field.x", "values": [1.2, 1.5]}}, trajectories=512,
    )  # fmt: skip
    spec, store = write_spec(tmp_path / "s.yaml", content), tmp_path / "s"
    arguments = command("run", spec, "--store", store, "--workers", "1", "--quiet")
    process = subprocess.Popen(arguments, start_new_session=True, cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 120
    while not (store / ROUNDS).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    killed = receipts(store)
    assert len(killed) >= 4, "the first round is done"
    outcome = carry_out(Sweep.from_dict(content), store, SERIAL, quiet=True)
    assert outcome.computed > 0
    assert outcome.missed == []
    assert receipts(store)[: len(killed)] == killed
    carry_out(Sweep.from_dict(content), tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "once")


@pytest.mark.parametrize("stops", [[1], [7], [8], [9], [15, 2, 1]])
def test_interrupted_anywhere_it_goes_on(
    stops: list[int], met: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stop in stops:
        with monkeypatch.context() as patched:
            use(Wild(1, most=stop), patched)
            with pytest.raises(KeyboardInterrupt):
                carry_out(wanting(), tmp_path / "s", quiet=True)
    assert carry_out(wanting(), tmp_path / "s", SERIAL, quiet=True).computed > 0
    assert sorted(receipts(tmp_path / "s")) == sorted(receipts(met))
    assert merged_bytes(tmp_path / "s") == merged_bytes(met)


def test_a_second_run_does_nothing(met: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr("twoqs.execution.run.engine_for", refuse)
    monkeypatch.setattr("twoqs.store.targets.estimated", refuse)
    before = mtimes(met)
    outcome = carry_out(wanting(), met, Workers(2), quiet=True)
    assert (outcome.computed, outcome.merged) == (0, False)
    assert mtimes(met) == before


def test_the_worst_points_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Wild(0)
    use(engine, monkeypatch)
    content = wanting(axes__omega__values=[0.9, 1.2, 1.5], axes__case__cases={"conserving": {}})
    carry_out(content, tmp_path / "s", quiet=True)
    second = [task.point_id for task in engine.tasks[6:]]
    assert list(dict.fromkeys(second)) == [point.point_id for point in reversed(content.points)]


@pytest.mark.parametrize("damage", ["gone", "torn", "bit flip"])
def test_what_is_noted_may_be_lost(damage: str, met: Path) -> None:
    before = merged_bytes(met)
    path = met / ROUNDS
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-9] if damage == "torn" else whole.replace(b'"sz": 0', b'"sz": 9'))
    assert Store(met).counts() == (len(receipts(met)),) * 2
    assert carry_out(wanting(), met, SERIAL, quiet=True).computed == 0
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())
    assert merged_bytes(met) == before


def test_verify_does_not_believe_what_is_noted(met: Path) -> None:
    notes = [Note(**content) for content in contents(met / ROUNDS)]
    low = [note._replace(errors={"sz": TARGET / 2}) for note in notes]
    (met / ROUNDS).write_bytes(b"".join(encode(note) for note in low))
    # Fewer batches seem to be enough, and the dataset is made of those.
    assert carry_out(wanting(), met, SERIAL, quiet=True).merged
    assert any("other records" in problem for problem in verify(met))


@pytest.mark.parametrize("noted", [True, False])
def test_a_damaged_record_is_computed_again_and_nothing_else(noted: bool, met: Path) -> None:
    before = merged_bytes(met)
    victim = max(receipts(met), key=lambda receipt: receipt[1])
    spot = spots(met)[victim]
    spot.write(spot.read()[::-1])
    if not noted:
        (met / ROUNDS).unlink()
    lines = len(receipts(met))
    assert list(verify(met))
    assert carry_out(wanting(), met, SERIAL, quiet=True).computed == 1
    assert receipts(met)[lines:] == [victim]
    assert merged_bytes(met) == before


def test_a_tighter_target_goes_on_and_a_looser_one_takes_less(met: Path, tmp_path: Path) -> None:
    before, records = merged_bytes(met), packs(met)
    tight = wanting(target_se={"sz": TARGET / 2})
    assert carry_out(tight, met, SERIAL, quiet=True).computed > 0
    assert only_appended(records, packs(met))
    carry_out(tight, tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(met) == merged_bytes(tmp_path / "once")
    assert carry_out(wanting(), met, SERIAL, quiet=True).computed == 0
    assert merged_bytes(met) == before


def test_a_grid_that_grows_leaves_the_points_as_they_were(met: Path, tmp_path: Path) -> None:
    grown = wanting(axes__omega__values=[0.5, 1.0, 1.5])
    old = receipts(met)
    carry_out(grown, met, SERIAL, quiet=True)
    new = {point for point, _ in receipts(met)[len(old) :]}
    assert new == {point.point_id for point in grown.points} - {point for point, _ in old}
    carry_out(grown, tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(met) == merged_bytes(tmp_path / "once")


def test_all_targets_count(tmp_path: Path) -> None:
    carry_out(wanting(target_se={"sz": 1.0}), tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert int(data.trajectories.max()) == 512
    half = float(data.var_sx_se.max()) / 2
    carry_out(wanting(target_se={"sz": 1.0, "var_sx": half}), tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert float(data.var_sx_se.max()) <= half
    assert int(data.trajectories.max()) > 512


def test_a_target_concerns_the_points_that_have_the_result(tmp_path: Path) -> None:
    cases = {"plain": {}, "sites": {"numerics.observables": ["sites"]}}
    content = wanting(axes__case__cases=cases, target_se={"sz_site": TARGET})
    carry_out(content, tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert data.trajectories.sel(case="plain").values.tolist() == [512, 512]
    assert float(data.sz_site_se.max()) <= TARGET
    assert list(verify(tmp_path / "s")) == []


def test_few_trajectories_are_not_judged(tmp_path: Path) -> None:
    """The standard error of one batch of 16 rows is itself uncertain by a fifth."""
    carry_out(wanting(trajectories=1, target_se={"sz": 9.0}), tmp_path / "s", SERIAL, quiet=True)
    assert (open_sweep(tmp_path / "s").load().trajectories == 512).all()


def test_what_is_never_resolved_spends_the_budget(tmp_path: Path) -> None:
    """At infinite temperature there is no mean spin, and the squeezing has no value."""
    model = {"spin": 2, "decay": 1.0, "gain": 1.0}
    content = wanting(
        model=model, axes={}, numerics={"average": [20, 21]}, target_se={"squeezing": 0.1},
        max_trajectories=2048,
    )  # fmt: skip
    (miss,) = carry_out(content, tmp_path / "s", SERIAL, quiet=True).missed
    assert math.isinf(miss.ratio)
    assert "a value is not resolved (NaN; `twoqs show` says why) after 2048 trajectories" in str(
        miss
    )


def test_a_point_that_fails_does_not_hold_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = wanting().points[2]
    real = batches.run_batch

    def fake(model: Any, numerics: Any, seed: int, batch: int) -> Any:
        if batches.point_id(model, numerics) == victim.point_id and batch == 3:
            raise FloatingPointError("poison")
        return real(model, numerics, seed, batch)

    monkeypatch.setattr(batches, "run_batch", fake)
    outcome = carry_out(wanting(), tmp_path / "s", SERIAL, quiet=True)
    assert [failure.batch for failure in outcome.failures] == [3]
    assert outcome.missed == []
    data = open_sweep(tmp_path / "s", partial=True)
    assert data.trajectories.values.ravel()[2] == 0
    assert (np.delete(data.trajectories.values.ravel(), 2) > 0).all()
