"""Targets of standard errors: batches follow until they are met; what decides is the records."""

from __future__ import annotations

import json
import math
import os
import random
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
from sweeps import command, merged_bytes, mtimes, receipts, small, sweep, write_spec

import twoqs
from twoqs import batch as batches
from twoqs.access import open as open_sweep
from twoqs.cli import main
from twoqs.demand import (
    GROWTH,
    LEAST_GROWTH,
    first_batches,
    next_batches,
    standard_errors,
    targets,
    worst_ratio,
)
from twoqs.run import Workers, run
from twoqs.store import Batches, verify
from twoqs.store.batches import BATCHES
from twoqs.store.journal import contents, encode
from twoqs.store.rounds import ROUNDS, Note
from twoqs.sweep import SpecError, Sweep
from twoqs.sweep.wanted import estimates
from twoqs.work import Engine, Result, Serial, Task, execute

SERIAL = Workers(count=0)
TARGET = 0.06
"""Of sz: met almost at once at omega = 0.5, and after some four rounds at omega = 1.5."""


def wanting(**changes: Any) -> Sweep:
    """The small sweep with a target."""
    return sweep(**{"target_se": {"sz": TARGET}, **changes})


@pytest.fixture
def met(tmp_path: Path) -> Path:
    """The store of an undisturbed serial run with a target."""
    assert not run(wanting(), tmp_path / "met", SERIAL, quiet=True).missed
    return tmp_path / "met"


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

    monkeypatch.setattr("twoqs.run._engine", fake)


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
    store = Batches(met)
    least = sum(_least(content, store, point) for point in content.requirements.values())
    # One batch too many at each of the two points that need several rounds, 20 in all, is 1.1.
    assert least <= len(receipts(met)) <= 1.3 * least


def _least(content: Sweep, store: Batches, point: Any) -> int:
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
    run(wanting(), tmp_path / "s", quiet=True)
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
    process = subprocess.Popen(arguments, start_new_session=True, cwd=Path(__file__).parent.parent)
    deadline = time.monotonic() + 120
    while not (store / ROUNDS).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    killed = receipts(store)
    assert len(killed) >= 4, "the first round is done"
    outcome = run(Sweep.from_dict(content), store, SERIAL, quiet=True)
    assert outcome.computed > 0
    assert outcome.missed == []
    assert receipts(store)[: len(killed)] == killed
    run(Sweep.from_dict(content), tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "once")


@pytest.mark.parametrize("stops", [[1], [7], [8], [9], [15, 2, 1]])
def test_interrupted_anywhere_it_goes_on(
    stops: list[int], met: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stop in stops:
        with monkeypatch.context() as patched:
            use(Wild(1, most=stop), patched)
            with pytest.raises(KeyboardInterrupt):
                run(wanting(), tmp_path / "s", quiet=True)
    assert run(wanting(), tmp_path / "s", SERIAL, quiet=True).computed > 0
    assert sorted(receipts(tmp_path / "s")) == sorted(receipts(met))
    assert merged_bytes(tmp_path / "s") == merged_bytes(met)


def test_a_second_run_does_nothing(met: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr("twoqs.run._engine", refuse)
    monkeypatch.setattr("twoqs.demand.finalize", refuse)
    before = mtimes(met)
    outcome = run(wanting(), met, Workers(2), quiet=True)
    assert (outcome.computed, outcome.merged) == (0, False)
    assert mtimes(met) == before


def test_the_worst_points_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Wild(0)
    use(engine, monkeypatch)
    content = wanting(axes__omega__values=[0.9, 1.2, 1.5], axes__case__cases={"conserving": {}})
    run(content, tmp_path / "s", quiet=True)
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
    assert Batches(met).counts() == (len(receipts(met)),) * 2
    assert run(wanting(), met, SERIAL, quiet=True).computed == 0
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())
    assert merged_bytes(met) == before


def test_verify_does_not_believe_what_is_noted(met: Path) -> None:
    notes = [Note(**content) for content in contents(met / ROUNDS)]
    low = [note._replace(errors={"sz": TARGET / 2}) for note in notes]
    (met / ROUNDS).write_bytes(b"".join(encode(note) for note in low))
    # Fewer batches seem to be enough, and the dataset is made of those.
    assert run(wanting(), met, SERIAL, quiet=True).merged
    assert any("other records" in problem for problem in verify(met))


@pytest.mark.parametrize("noted", [True, False])
def test_a_damaged_record_is_computed_again_and_nothing_else(noted: bool, met: Path) -> None:
    before = merged_bytes(met)
    victim = max(receipts(met), key=lambda receipt: receipt[1])
    path = met / BATCHES / victim[0] / f"c.{victim[1]}.0.0"
    path.write_bytes(path.read_bytes()[::-1])
    if not noted:
        (met / ROUNDS).unlink()
    lines = len(receipts(met))
    assert list(verify(met))
    assert run(wanting(), met, SERIAL, quiet=True).computed == 1
    assert receipts(met)[lines:] == [victim]
    assert merged_bytes(met) == before


def test_a_tighter_target_goes_on_and_a_looser_one_takes_less(met: Path, tmp_path: Path) -> None:
    before, records = merged_bytes(met), mtimes(met)
    tight = wanting(target_se={"sz": TARGET / 2})
    assert run(tight, met, SERIAL, quiet=True).computed > 0
    after = mtimes(met)
    assert all(after[name] == time for name, time in records.items() if "/c." in name[:40])
    run(tight, tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(met) == merged_bytes(tmp_path / "once")
    assert run(wanting(), met, SERIAL, quiet=True).computed == 0
    assert merged_bytes(met) == before


def test_a_grid_that_grows_leaves_the_points_as_they_were(met: Path, tmp_path: Path) -> None:
    grown = wanting(axes__omega__values=[0.5, 1.0, 1.5])
    old = receipts(met)
    run(grown, met, SERIAL, quiet=True)
    new = {point for point, _ in receipts(met)[len(old) :]}
    assert new == {point.point_id for point in grown.points} - {point for point, _ in old}
    run(grown, tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(met) == merged_bytes(tmp_path / "once")


def test_all_targets_count(tmp_path: Path) -> None:
    run(wanting(target_se={"sz": 1.0}), tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert int(data.trajectories.max()) == 512
    half = float(data.var_sx_se.max()) / 2
    run(wanting(target_se={"sz": 1.0, "var_sx": half}), tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert float(data.var_sx_se.max()) <= half
    assert int(data.trajectories.max()) > 512


def test_a_target_concerns_the_points_that_have_the_result(tmp_path: Path) -> None:
    cases = {"plain": {}, "sites": {"numerics.observables": ["sites"]}}
    content = wanting(axes__case__cases=cases, target_se={"sz_site": TARGET})
    run(content, tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert data.trajectories.sel(case="plain").values.tolist() == [512, 512]
    assert float(data.sz_site_se.max()) <= TARGET
    assert list(verify(tmp_path / "s")) == []


def test_few_trajectories_are_not_judged(tmp_path: Path) -> None:
    """The standard error of one batch of 16 rows is itself uncertain by a fifth."""
    run(wanting(trajectories=1, target_se={"sz": 9.0}), tmp_path / "s", SERIAL, quiet=True)
    assert (open_sweep(tmp_path / "s").load().trajectories == 512).all()


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small sweep without a target as a file, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return write_spec(tmp_path / "small.yaml", small())


def test_the_budget_ends_with_1_and_names_the_points(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", str(spec), "--workers", "0", "--digest", "digest.json"]
    target = ["--target-se", f"sz={TARGET}", "--max-trajectories"]
    for _ in range(2):
        assert main([*arguments, *target, "1300"]) == 1
        error = capsys.readouterr().err
        assert error.count("twoqs: target missed: ") == 2
        assert "omega=1.5, case=pda: 1." in error
        assert "times the target after 1280 trajectories" in error
        assert not Path("digest.json").exists()
    assert "Nothing to do" in error
    data = open_sweep("results/small").load()
    assert data.trajectories.values[1].tolist() == [1280, 1280]
    assert (data.trajectories.values[0] < 1280).all()
    assert main(["status", "results/small"]) == 0
    output = capsys.readouterr().out
    assert "met at 2 of 4 points, missed at 2 whose budget is spent" in output
    assert "missed   omega=1.5, case=conserving: " in output
    assert main(["verify", "results/small"]) == 0
    assert main([*arguments, *target, "99999"]) == 0
    assert Path("digest.json").exists()
    assert "met at 4 of 4 points\n" in _output(["status", "results/small"], capsys)


def _output(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_plan_tells_what_is_known(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["plan", str(spec), "--target-se", f"sz={TARGET}", "--max-trajectories", "5120"]
    output = _output(arguments, capsys)
    assert "batches       8, of which 0 are done" in output
    assert "sz_se <= 0.06: met at 0 of 4 points, 4 under way; more may follow, up to 80" in output
    assert not Path("results").exists()
    assert main(["run", *arguments[1:], "--workers", "0", "--quiet"]) == 0
    output = _output(arguments, capsys)
    assert output.endswith("met at 4 of 4 points\n")


def test_options_and_file_say_the_same(spec: Path) -> None:
    by_file = write_spec(spec.with_name("b.yaml"), small(target_se={"sz": TARGET}))
    options = ["--workers", "0", "--quiet"]
    assert main(["run", str(spec), "--store", "a", "--target-se", f"sz={TARGET}", *options]) == 0
    assert main(["run", str(by_file), "--store", "b", *options]) == 0
    assert merged_bytes(Path("a")) == merged_bytes(Path("b"))
    assert json.loads(open_sweep("a").attrs["sweep"])["target_se"] == {"sz": TARGET}
    # An option replaces the target of the same name, and leaves the others of the file.
    both = Sweep.from_file(by_file, changes={"target_se.sz": 1.0, "target_se.sx": 2.0})
    assert both.target_se == {"sz": 1.0, "sx": 2.0}


def test_what_is_never_resolved_spends_the_budget(tmp_path: Path) -> None:
    """At infinite temperature there is no mean spin, and the squeezing has no value."""
    model = {"spin": 2, "decay": 1.0, "gain": 1.0}
    content = wanting(
        model=model, axes={}, numerics={"average": [20, 21]}, target_se={"squeezing": 0.1},
        max_trajectories=2048,
    )  # fmt: skip
    (miss,) = run(content, tmp_path / "s", SERIAL, quiet=True).missed
    assert math.isinf(miss.ratio)
    assert "a value is not resolved after 2048 trajectories" in str(miss)


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
    outcome = run(wanting(), tmp_path / "s", SERIAL, quiet=True)
    assert [failure.batch for failure in outcome.failures] == [3]
    assert outcome.missed == []
    data = open_sweep(tmp_path / "s", partial=True)
    assert data.trajectories.values.ravel()[2] == 0
    assert (np.delete(data.trajectories.values.ravel(), 2) > 0).all()


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
def test_a_target_that_is_met_asks_for_nothing(ratio: float) -> None:
    assert next_batches(7, ratio, 100) == 7


@pytest.mark.parametrize("number", [2, 3, 10, 1000])
@pytest.mark.parametrize("ratio", [1.0001, 1.05, 1.2, 1.5, 3.0, 1e9, math.inf])
def test_rounds_grow_within_bounds(number: int, ratio: float) -> None:
    following = next_batches(number, ratio, 10**9)
    assert number < following <= GROWTH * number
    assert following >= min(LEAST_GROWTH, ratio**2) * number
    # Beyond what is needed only by rounding up, or by the least growth.
    assert following <= max(number * ratio**2, LEAST_GROWTH * number) + 1
    assert next_batches(number, ratio, number + 1) == number + 1
    assert next_batches(number, ratio, number) == number


@pytest.mark.parametrize(
    ("model", "numerics"),
    [
        ({}, {"times": [0, 1]}),
        ({}, {"average": [0.5, 1.0]}),
        ({"lattice": {"chain": {"n": 6}}}, {"average": [0.5, 1.0]}),
        (
            {"lattice": {"chain": {"n": 6}}},
            {"average": [0.5, 1.0], "observables": ["sites", "correlation"]},
        ),
        ({"lattice": {"chain": {"n": 6}}}, {"times": [1], "observables": ["correlation"]}),
        (
            {"lattice": {"square": {"nx": 3, "ny": 3}}},
            {"average": [0.5, 1.0], "observables": ["correlation"]},
        ),
    ],
)
def test_targets_may_name_all_that_has_a_standard_error(model: Any, numerics: Any) -> None:
    (point,) = sweep(axes={}, model={"spin": 2, "decay": 1.0, **model}, numerics=numerics).points
    result = twoqs.simulate(point.model, trajectories=64, **numerics)
    assert set(estimates(point)) == {
        str(name) for name in result.data_vars if f"{name}_se" in result
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"target_se": {"s_z": 0.1}},
            r"`target_se` must name results .* 's_z' \(did you mean `sz`",
        ),
        ({"target_se": {"xi": 0.1}}, r"`target_se` must name results .* 'xi'"),
        ({"target_se": {"diverged": 0.1}}, "standard error, but got 'diverged'"),
        ({"target_se": {"sz": 0.0}}, r"`target_se\.sz` must .*greater than 0"),
        ({"target_se": {"sz": -1.0}}, r"`target_se\.sz`"),
        ({"target_se": {"sz": "1e-3"}}, r"`target_se\.sz` must be a number, but got '1e-3'"),
        ({"target_se": {"sz": math.inf}}, r"`target_se\.sz` must be finite"),
        ({"target_se": {}}, "`target_se` must hold at least 1"),
        ({"target_se": 0.1}, "`target_se` must be a mapping"),
        ({"max_trajectories": 9999}, "`max_trajectories` must go with `target_se` only"),
        ({"target_se": {"sz": 0.1}, "max_trajectories": 300}, "be at least `trajectories`, 512"),
        ({"target_se": {"sz": 0.1}, "max_trajectories": 1e4}, "`max_trajectories` must be an int"),
    ],
)
def test_bad_targets(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SpecError, match=named):
        sweep(**changes)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--target-se", "sz"], "`target-se` must have the form VAR=ERROR"),
        (["--target-se", "=1"], "`target-se` must have the form VAR=ERROR"),
        (["--target-se", "sz=x"], "`target-se` must give a positive number, but got 'x'"),
        (["--target-se", "sz=0"], "`target-se` must give a positive number"),
        (["--target-se", "sz=inf"], "`target-se` must give a positive number"),
        (["--target-se", "s.z=1"], "`target-se` must have the form VAR=ERROR"),
        (["--target-se", "zs=1"], "small.yaml: Argument `target_se` must name results"),
        (["--max-trajectories", "900"], "small.yaml: Argument `max_trajectories` must go with"),
    ],
)
def test_bad_options_leave_no_store(
    options: list[str], named: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("plan", "run"):
        assert main([name, str(spec), *options]) == 2
        assert named in capsys.readouterr().err
    assert list(spec.parent.iterdir()) == [spec]
