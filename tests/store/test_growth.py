"""A sweep that grows: what is there stays untouched, and the result is that of one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from packed import only_appended, packs
from sweeps import merged_bytes, mtimes, receipts, sweep, write_spec

from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.execution.plan import plan
from twoqs.execution.run import Workers, carry_out
from twoqs.sweep import Sweep
from twoqs.sweep.work import Result, Serial, Task, execute

SERIAL = Workers(count=0)


class Stopping(Serial):
    """Computes a number of batches, and is interrupted then."""

    def __init__(self, count: int) -> None:
        self.left = count

    def run(
        self, tasks: Iterable[Task], alone: bool = False, *arguments: Any
    ) -> Iterator[list[Result]]:
        for task in tasks:
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            yield [execute(task)]


def interrupted(content: Sweep, store: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends after `count` batches."""

    def engine(workers: Workers) -> AbstractContextManager[Stopping]:
        return nullcontext(Stopping(count))

    with monkeypatch.context() as patched:
        patched.setattr("twoqs.execution.run.engine_for", engine)
        with pytest.raises(KeyboardInterrupt):
            carry_out(content, store, quiet=True)


def grow(old: Sweep, new: Sweep, folder: Path) -> list[tuple[str, int]]:
    """Run `old`, then `new` on its store; returns the batches that the second run computed.

    Asserts that the old records are untouched, and that the result is that of `new` in one go.
    """
    carry_out(old, folder / "grown", SERIAL, quiet=True)
    before, done = packs(folder / "grown"), receipts(folder / "grown")
    assert not carry_out(new, folder / "grown", SERIAL, quiet=True).failures
    assert only_appended(before, packs(folder / "grown"))
    carry_out(new, folder / "once", SERIAL, quiet=True)
    assert merged_bytes(folder / "grown") == merged_bytes(folder / "once")
    after = receipts(folder / "grown")
    assert after[: len(done)] == done
    return after[len(done) :]


def identities(content: Sweep) -> set[str]:
    return {point.point_id for point in content.points}


def test_500_and_500_trajectories_interrupted_are_1000(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "s"
    # A spin 10 with these times has 256 trajectories in a batch: two batches, then four.
    interrupted(sweep(trajectories=500), store, 3, monkeypatch)
    carry_out(sweep(trajectories=500), store, SERIAL, quiet=True)
    before = packs(store)
    interrupted(sweep(trajectories=1000), store, 5, monkeypatch)
    assert carry_out(sweep(trajectories=1000), store, SERIAL, quiet=True).computed == 8 - 5
    assert only_appended(before, packs(store))
    assert len(receipts(store)) == len(set(receipts(store))) == 16
    carry_out(sweep(trajectories=1000), tmp_path / "once", SERIAL, quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "once")


def test_of_40_points_refined_to_80_none_is_run_again(tmp_path: Path) -> None:
    coarse = np.linspace(0.05, 2.0, 40).round(4)
    between = (coarse + 0.0125).round(5)
    case = {"case": {"cases": {"conserving": {}}}}
    few, many = (
        sweep(axes={"omega": {"sets": "model.field.x", "values": values}, **case})
        for values in (coarse, sorted([*coarse, *between]))
    )
    assert (len(few.points), len(many.points)) == (40, 80)
    computed = grow(few, many, tmp_path)
    assert {point for point, _ in computed} == identities(many) - identities(few)
    assert len(computed) == 40 * 2


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1.5, 0.1, 0.5, 7.0], id="anywhere, in any order"),
        pytest.param([0.5, {"linspace": [0.9, 1.1, 5]}, 1.5], id="a refined window"),
        pytest.param({"linspace": [0, 2, 9]}, id="a finer and wider range"),
    ],
)
def test_more_values_of_an_axis(values: Any, tmp_path: Path) -> None:
    old, new = sweep(), sweep(axes__omega__values=values)
    assert identities(old) < identities(new)
    computed = grow(old, new, tmp_path)
    assert {point for point, _ in computed} == identities(new) - identities(old)


def test_whole_numbers_stay_the_same_points_among_fractions(tmp_path: Path) -> None:
    old, new = sweep(axes__omega__values=[1, 2]), sweep(axes__omega__values=[1, 1.5, 2])
    assert {point for point, _ in grow(old, new, tmp_path)} == identities(new) - identities(old)


def test_a_case_more_with_more_observables_leaves_the_others(tmp_path: Path) -> None:
    cases = {"pda": {"numerics.scheme": "pda"}, "conserving": {}}
    more = {**cases, "sites": {"numerics.observables": ["sites"]}}
    old, new = sweep(), sweep(axes__case__cases=more)
    assert {point for point, _ in grow(old, new, tmp_path)} == identities(new) - identities(old)


def test_values_may_be_taken_out_and_put_back(tmp_path: Path) -> None:
    store = tmp_path / "s"
    carry_out(sweep(), store, SERIAL, quiet=True)
    whole = merged_bytes(store)
    fewer = sweep(axes__omega__values=[1.5])
    assert "kept          4 more batches that this sweep does not ask for" in plan(fewer, store)
    assert "kept" not in plan(sweep(), store)
    assert carry_out(fewer, store, SERIAL, quiet=True).computed == 0
    assert merged_bytes(store) != whole
    assert carry_out(sweep(), store, SERIAL, quiet=True).computed == 0
    assert merged_bytes(store) == whole


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"numerics__observables": ["sites"]},
            r"numerics\.observables was \[\] and is \['sites'\]",
        ),
        (
            {
                "axes__case__cases__pda": {
                    "numerics.scheme": "pda",
                    "numerics.observables": ["sites"],
                }
            },
            r"axes\.case\.cases\.pda was .* and is .*",
        ),
    ],
)
def test_more_observables_are_refused_with_the_reason(
    changes: dict[str, Any], named: str, serial: Path
) -> None:
    before = mtimes(serial)
    with pytest.raises(StoreError, match=named + r" \(a record holds the sums of"):
        carry_out(sweep(**changes), serial, SERIAL, quiet=True)
    assert mtimes(serial) == before


def test_the_order_of_observables_is_no_change(tmp_path: Path) -> None:
    model = {"spin": 10, "lattice": {"chain": {"n": 3}}, "decay": 1.0}
    for names in (["sites", "correlation"], ["correlation", "sites", "sites"]):
        content = sweep(model=model, numerics__observables=names)
        computed = carry_out(content, tmp_path / "s", SERIAL, quiet=True).computed
    assert computed == 0


def test_the_command_line_refuses_them_with_2(
    serial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = sweep(numerics__observables=["sites"]).spec
    spec = write_spec(tmp_path / "more.yaml", content)
    for command in ("plan", "run"):
        assert main([command, str(spec), "--store", str(serial)]) == 2
        assert "every batch would have to be computed anew" in capsys.readouterr().err
