"""Stores of parts of a sweep make the store of one undisturbed run, to the bit, or one error."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from copied_stores import BATCHES, copied
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from packed import spots
from sweeps import DRIFTING, merged_bytes, receipts, small, sweep, write_spec

import twoqs
from twoqs.cli import main
from twoqs.errors import TwoqsError
from twoqs.execution.run import Workers, carry_out
from twoqs.execution.union import union_into
from twoqs.look.parts import part_of
from twoqs.look.status import status
from twoqs.store import Store, verify
from twoqs.store.united import united_spec

SERIAL = Workers(0)


FEW = settings(
    max_examples=8, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
"""Each takes half a second, and to shrink one takes minutes."""


def damage(store: Path) -> None:
    """Change a bit of one record."""
    spots(store)[Store(store).sweep.points[0].point_id, 1].flip()


class Killed(BaseException):
    """The process ends here."""


class Disk:
    """Takes the place of `os.fsync`, which takes most of the time, and ends a process there."""

    def __init__(self) -> None:
        self.left = 0

    def __call__(self, descriptor: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def kills(self, count: int, *arguments: Any) -> bool:
        """Merge, but end at the fsync with this number; whether there were so many."""
        self.left = count
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(shutil, "rmtree", lambda *_, **__: None)  # who is killed tidies nothing
            try:
                union_into(*arguments)
            except Killed:
                return True
            finally:
                self.left = 0
        return False


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """In place of the real one, in all of these tests."""
    found = Disk()
    monkeypatch.setattr(os, "fsync", found)
    return found


def check_same(store: Path, reference: Path) -> None:
    assert merged_bytes(store) == merged_bytes(reference)
    assert Store(store).digest() == Store(reference).digest()
    assert len(receipts(store)) == len(set(receipts(store)))


# Who is killed closes no file.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@FEW
@given(
    holders=st.lists(st.sets(st.integers(0, 2), min_size=1), min_size=8, max_size=8),
    order=st.permutations(range(3)),
    inside=st.booleans(),
    kill=st.integers(1, 240),
)
def test_any_split_and_order_and_a_kill_give_the_store_of_one_run(
    holders: list[set[int]],
    order: list[int],
    inside: bool,
    kill: int,
    undisturbed: Path,
    tmp_path_factory: pytest.TempPathFactory,
    disk: Disk,
) -> None:
    """Each batch is in one to three stores, of which one may be the one that gets all."""
    folder = tmp_path_factory.mktemp("split")
    stores = []
    for number in order:
        own = [one for one, where in zip(BATCHES, holders, strict=True) if number in where]
        stores.append(copied(undisturbed, folder / f"s{number}", own, sweep()))
    target = stores[1] if inside else folder / "all"
    if disk.kills(kill, stores, target):
        assert inside or not target.exists()
        assert inside or (folder / "all.partial").exists()
        union_into(stores, target)
    check_same(target, undisturbed)


@settings(FEW, max_examples=3)
@given(
    count=st.integers(1, 6),
    cut=st.sampled_from([None, 1]),
    order=st.randoms(use_true_random=False),
)
def test_parts_that_are_run_make_the_sweep(
    count: int,
    cut: int | None,
    order: random.Random,
    undisturbed: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Shares of one case; of the other one, batches below and above a number."""
    folder = tmp_path_factory.mktemp("parts")
    chosen: list[dict[str, Any]] = [
        {"part": (k, count), "only": {"case": "pda"}} for k in range(1, count + 1)
    ]
    ends = [(0, None)] if cut is None else [(0, cut), (cut, None)]
    chosen += [{"batches": both, "only": {"case": "conserving"}} for both in ends]
    stores = []
    for number, one in enumerate(chosen):
        part = part_of(sweep(), one.get("part"), one.get("batches"), one["only"])
        stores.append(folder / str(number))
        assert not carry_out(sweep(), stores[-1], SERIAL, quiet=True, part=part).failures
        done, total = Store(stores[-1]).own_counts()
        assert done == total == len(receipts(stores[-1]))
    assert sum(len(receipts(store)) for store in stores) == 8
    order.shuffle(stores)
    union_into(stores, folder / "all")
    check_same(folder / "all", undisturbed)
    assert Store(folder / "all").part is None


PDA = {"pda": {"numerics.scheme": "pda"}}


@pytest.mark.parametrize(
    ("contents", "reference"),
    [
        pytest.param(
            [{"axes__omega__values": [1.5]}, {"axes__omega__values": [0.5]}], {}, id="values"
        ),
        pytest.param([{"trajectories": 256}, {}], {}, id="trajectories"),
        pytest.param(
            [{"axes__case__cases": PDA}, {"axes__case__cases": {"conserving": {}}}], {}, id="cases"
        ),
        pytest.param(
            [
                {"axes__omega__values": [0.5], "name": "small"},
                {"axes__omega__values": [1, 1.5, 0.5], "name": "other", "trajectories": 256},
            ],
            {"axes__omega__values": [1, 1.5, 0.5]},
            id="values that are not sorted, and another name",
        ),
    ],
)
def test_sweeps_with_other_values_are_parts_of_one(
    contents: list[dict[str, Any]],
    reference: dict[str, Any],
    tmp_path: Path,
) -> None:
    stores = []
    for number, changes in enumerate(contents):
        stores.append(tmp_path / str(number))
        carry_out(sweep(**changes), stores[-1], SERIAL, quiet=True)
    union_into(stores, tmp_path / "all")
    whole = sweep(**reference)
    assert Store(tmp_path / "all").sweep == whole
    carry_out(whole, tmp_path / "all", SERIAL, quiet=True)
    carry_out(whole, tmp_path / "once", SERIAL, quiet=True)
    check_same(tmp_path / "all", tmp_path / "once")


def test_values_that_move_together_are_joined_row_by_row() -> None:
    def rows(*pairs: tuple[float, float]) -> dict[str, Any]:
        paths = "model.field.x", "model.decay"
        parts = {
            name: {"sets": path, "values": list(values)}
            for name, path, values in zip("ab", paths, zip(*pairs, strict=True), strict=True)
        }
        return sweep(axes={"both": {"zip": parts}}).spec

    joined = united_spec([rows((0.5, 1.0), (1.5, 2.0)), rows((0.5, 3.0), (1.5, 2.0))])
    assert joined == rows((0.5, 1.0), (0.5, 3.0), (1.5, 2.0))


def test_a_sweep_with_targets_is_dealt_point_by_point(tmp_path: Path) -> None:
    content = sweep(target_se={"sz": 0.1}, trajectories=256)
    for k in (1, 2):
        part = part_of(content, (k, 2), None, None)
        outcome = carry_out(content, tmp_path / str(k), SERIAL, quiet=True, part=part)
        assert not outcome.failures
        assert not outcome.missed
    union_into([tmp_path / "2", tmp_path / "1"], tmp_path / "all")
    carry_out(content, tmp_path / "once", SERIAL, quiet=True)
    check_same(tmp_path / "all", tmp_path / "once")
    counts = {point.batches for point in Store(tmp_path / "all").sweep.points}
    assert min(counts) > 1
    assert len(counts) > 1


@pytest.mark.filterwarnings(DRIFTING)
def test_a_later_run_completes_a_part(
    undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, store = write_spec(tmp_path / "small.yaml", small()), tmp_path / "s"
    command = ["run", str(spec), "--store", str(store), "--workers", "0"]
    assert main([*command, "--part", "1/3"]) == 0
    assert "s: 0 of 3 batches of part 1/3 are done." in capsys.readouterr().err
    assert main(["status", str(store)]) == 0
    told = capsys.readouterr().out
    assert "batches  3 of 8 done\npart     3 of 3 batches of part 1/3 done\n" in told
    data = twoqs.run(spec, store=store, workers=0, progress=False, only={"case": "pda"})
    assert (data.trajectories.sel(case="pda") == 512).all()
    assert not data.complete.sel(case="conserving").any()
    assert main(command) == 0
    check_same(store, undisturbed)
    main(["status", str(store)])
    assert "part" not in capsys.readouterr().out


def test_in_python(undisturbed: Path, tmp_path: Path) -> None:
    parts = [copied(undisturbed, tmp_path / str(n), BATCHES[n::2], sweep()) for n in range(2)]
    with pytest.warns(UserWarning, match="not finished: 0 of 4 points are, 4 of 8 batches"):
        twoqs.merge(parts[:1], into=tmp_path / "half")
    data = twoqs.merge(parts, into=tmp_path / "all")
    assert data.identical(twoqs.open(tmp_path / "all"))
    assert bool(data.complete.all())
    with pytest.raises(TwoqsError, match="`stores` must be a list of folders, but got"):
        twoqs.merge(str(parts[0]), into=tmp_path / "other")
    with pytest.raises(TwoqsError, match="`on_conflict` must be one of refuse, first, last"):
        twoqs.merge(parts, tmp_path / "other", on_conflict="newest")


@pytest.mark.parametrize(
    "note",
    [
        "{",
        "[]",
        '{"share": [4, 3], "batches": [0, null], "only": {}}',
        '{"share": null, "batches": [9, null], "only": {}}',
        '{"share": null, "batches": [0, null], "only": {"omega": [2]}}',
        '{"share": null, "batches": [0, null], "only": []}',
    ],
)
def test_a_damaged_note_of_a_part_counts_as_none(note: str, serial: Path) -> None:
    (serial / "part.json").write_text(note, encoding="utf-8")
    assert Store(serial).part is None
    assert "part" not in status(serial)


def test_a_gap_is_told_and_a_run_fills_it(
    undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [copied(undisturbed, tmp_path / str(n), BATCHES[n::3], sweep()) for n in range(2)]
    into = tmp_path / "all"
    arguments = ["merge", *map(str, parts), "--into", str(into)]
    assert main([*arguments, "--dry-run"]) == 0
    assert "all: would have 6 of 8 batches\n" in capsys.readouterr().out
    assert not into.exists()
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert told.count(": 3 batches taken\n") == 2
    assert "missing  1 of 2 batches at omega=0.5, case=conserving\n" in told
    assert carry_out(sweep(), into, SERIAL, quiet=True).computed == 2
    check_same(into, undisturbed)


def test_a_damaged_record_is_taken_of_another_store_or_told(
    undisturbed: Path, tmp_path: Path
) -> None:
    whole, broken = (copied(undisturbed, tmp_path / n, BATCHES, sweep()) for n in "ab")
    damage(broken)
    assert len(list(Store(broken).damaged())) == 1
    union = union_into([broken, whole], tmp_path / "good")
    assert [str(taken) for taken in union.taken] == [
        "8 batches taken",
        "0 batches taken; 8 equal to those of another store",
    ]
    check_same(tmp_path / "good", undisturbed)
    (alone,) = union_into([broken], tmp_path / "gap").taken
    assert (alone.batches, alone.damaged) == (7, 1)
    assert Store(tmp_path / "gap").counts() == (7, 8)
    other = copied(undisturbed, tmp_path / "c", BATCHES, sweep(), shift=1.0)
    damage(other)  # the same batch
    both = union_into([broken, other], tmp_path / "neither", "last").taken
    assert [(taken.batches, taken.damaged) for taken in both] == [(0, 1), (7, 0)]
    union_into([broken, whole], broken)
    assert merged_bytes(broken) == merged_bytes(undisturbed)
    assert list(verify(broken)) == []


def test_single_trajectories_come_with_their_batches(tmp_path: Path) -> None:
    content = sweep(numerics__observables={"path": {"trajectories": 300}}, axes={})
    for k in (1, 2):
        part = part_of(content, (k, 2), None, None)
        carry_out(content, tmp_path / str(k), SERIAL, quiet=True, part=part)
    union_into([tmp_path / "1", tmp_path / "2"], tmp_path / "all")
    carry_out(content, tmp_path / "once", SERIAL, quiet=True)
    check_same(tmp_path / "all", tmp_path / "once")
    assert twoqs.open(tmp_path / "all").sizes["path_trajectory"] == 300


def test_a_conflict_is_settled_as_asked_for(undisturbed: Path, tmp_path: Path) -> None:
    one = copied(undisturbed, tmp_path / "a", BATCHES, sweep())
    other = copied(undisturbed, tmp_path / "b", BATCHES[:3], sweep(), shift=1.0)
    changed = Store(other).digest()
    for rank, stores in (("first", [one, other]), ("last", [other, one])):
        taken = union_into(stores, tmp_path / rank, rank).taken
        found = [(own.batches, own.differing) for own in taken]
        assert found == [(8, 0), (0, 3)][:: 1 if rank == "first" else -1]
        check_same(tmp_path / rank, undisturbed)
    union_into([one, other], one, "last")
    assert Store(one).counts() == (8, 8)
    union_into([other], tmp_path / "c")
    assert Store(tmp_path / "c").digest() == changed
    for place, batch in BATCHES:
        point = Store(one).sweep.points[place].point_id
        same = Store(one).ledger.digest(point, batch) == Store(other).ledger.digest(point, batch)
        assert same == ((place, batch) in BATCHES[:3])
    assert list(verify(one)) == []
