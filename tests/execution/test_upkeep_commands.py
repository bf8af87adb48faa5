"""`twoqs redo` and `twoqs prune`: what is computed anew, and what nobody asks for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from packed import packs, spots
from sweeps import earlier_store, merged_bytes, mtimes, small, sweep, write_spec

import twoqs
from twoqs.cli import main
from twoqs.execution.plan import plan
from twoqs.execution.run import Outcome, Workers, carry_out
from twoqs.simulation.provenance import origin
from twoqs.store import BatchWriter, Store, is_current, journal, merged_attributes, verify
from twoqs.store.journal import Receipt
from twoqs.store.prune import prune
from twoqs.store.records import BATCHES
from twoqs.store.store import RECEIPTS

SERIAL = Workers(0)


@pytest.fixture
def store(undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store of the small sweep in the working directory, called `s`."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(undisturbed, "s"))


def receipts_of(store: Path) -> list[Receipt]:
    return list(journal.receipts(store / RECEIPTS))


def current(store: Path) -> bool:
    return is_current(store, merged_attributes(store))


@pytest.mark.parametrize(
    ("chosen", "lines", "count"),
    [
        (["--at", "omega=0.5"], ["omega=0.5, case=pda: 0:2", "omega=0.5, case=conserving: 0:2"], 4),
        (["--at", "omega=0.5", "--at", "case=pda"], ["omega=0.5, case=pda: 0:2"], 2),
        (["--at", "case=pda", "--batches", "1:"],
         ["omega=0.5, case=pda: 1:2", "omega=1.5, case=pda: 1:2"], 2),
        (["--batches", "7:9"], [], 0),
    ],
)  # fmt: skip
def test_what_is_revoked_is_computed_anew(
    chosen: list[str], lines: list[str], count: int, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, whole = mtimes(store), merged_bytes(store)
    assert main(["redo", "s", *chosen, "--dry-run"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:-1] == lines
    assert told[-1].startswith(f"{count} batches would count as missing")
    assert mtimes(store) == before
    for left in (count, 0):
        assert main(["redo", "s", *chosen]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith(f"{left} batches count as missi")
        assert current(store) == (count == 0)
        assert Store(store).counts() == (8 - count, 8)
    after = mtimes(store)
    assert {name for name in before if after[name] != before[name]} <= {"receipts.jsonl"}
    assert carry_out(sweep(), store, SERIAL, quiet=True).computed == count
    assert merged_bytes(store) == whole
    assert list(verify(store)) == []


def test_batches_beyond_those_asked_for_are_revoked_too(store: Path) -> None:
    carry_out(sweep(trajectories=256), store, SERIAL, quiet=True)
    assert main(["redo", "s", "--at", "case=pda"]) == 0
    assert carry_out(sweep(), store, SERIAL, quiet=True).computed == 4


def test_batches_of_some_code(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = {**origin(), "code": "ab" * 32}
    with monkeypatch.context() as patch:
        patch.setattr("twoqs.sweep.work.origin", lambda: other)
        carry_out(sweep(trajectories=768), store, SERIAL, quiet=True)
    assert main(["redo", "s", "--origin", "abab", "--at", "omega=0.5"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "omega=0.5, case=pda: 2:3"
    assert main(["redo", "s", "--origin", "abab"]) == 0
    carry_out(sweep(trajectories=768), store, SERIAL, quiet=True)
    assert Store(store).made_by() == [{"batches": 12, **origin()}]


def test_what_nobody_asks_for_is_removed(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    carry_out(sweep(trajectories=768), store, SERIAL, quiet=True)
    assert main(["redo", "s", "--batches", "2:"]) == 0
    assert capsys.readouterr().out.endswith(
        "4 batches count as missing: the next run of the sweep computes them anew.\n"
    )
    carry_out(sweep(trajectories=768), store, SERIAL, quiet=True)
    fewer = sweep(axes__omega__values=[1.5])
    carry_out(fewer, store, SERIAL, quiet=True)
    whole, lines, before = merged_bytes(store), receipts_of(store), mtimes(store)
    size = sum(map(len, packs(store).values()))
    # 4 of 12 batches are asked for, and 4 are there twice.
    told = f"8 batches that the sweep does not ask for: {{}} {size * 0.75e-6:.3g} MB{{}}.\n"
    assert main(["prune", "s", "--dry-run"]) == 0
    assert capsys.readouterr().out == told.format("would be removed, and", " freed")
    assert mtimes(store) == before
    assert main(["prune", "s"]) == 0
    assert capsys.readouterr().out == told.format("removed,", " freed")
    assert sum(map(len, packs(store).values())) == size // 4
    assert list(packs(store)) == ["000002.bin"]
    same = [one._replace(pack=None, offset=None) for one in receipts_of(store)]
    points = {point.point_id for point in fewer.points}
    assert same == [
        one._replace(pack=None, offset=None)
        for one in lines
        if one.point in points and one.batch < 2
    ]
    assert current(store)
    assert list(verify(store)) == []
    assert "more batches that this sweep" not in plan(fewer, store)
    assert carry_out(fewer, store, SERIAL, quiet=True) == Outcome(0, 0, [], False, [])
    assert merged_bytes(store) == whole
    after = packs(store)
    assert main(["prune", "s"]) == 0
    assert capsys.readouterr().out.startswith(
        "0 batches that the sweep does not ask for: removed, 0"
    )
    assert packs(store) == after
    assert carry_out(sweep(), store, SERIAL, quiet=True).computed == 4
    assert list(verify(store)) == []


def test_what_is_damaged_is_not_copied(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = sweep(axes__omega__values=[1.5, 0.5], trajectories=256)
    carry_out(content, "s", SERIAL, quiet=True)
    spots(store)[content.points[0].point_id, 0].flip()
    assert main(["prune", "s"]) == 0
    assert "1 batch damaged: the next run computes them anew.\n" in capsys.readouterr().out
    assert not current(store)
    assert carry_out(content, "s", SERIAL, quiet=True).computed == 1
    assert list(verify(store)) == []


def test_a_store_of_an_earlier_version_comes_into_packs(tmp_path: Path) -> None:
    old = earlier_store(2, tmp_path)
    values, rows = twoqs.open(old).load(), [Store(old).rows(p) for p in Store(old).sweep.points]
    kept = [Store(old).kept(point) for point in Store(old).sweep.points]
    digest = Store(old).digest()
    freed = prune(old)
    assert freed[:2] == (0, 0)
    assert not (old / BATCHES).exists()
    assert Store(old).digest() == digest
    assert current(old)
    assert twoqs.open(old).equals(values)
    assert list(verify(old)) == []
    for point, before, own in zip(Store(old).sweep.points, rows, kept, strict=True):
        assert (Store(old).rows(point) == before).all()
        assert own is not None
        assert (Store(old).kept(point) == own).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["redo", "none", "--batches", "0:1"], "There is no sweep in none"),
        (["redo", "small.yaml", "--batches", "0:1"], "There is no sweep in small.yaml"),
        (["prune", "none"], "There is no sweep in none"),
        (["prune", "small.yaml", "--dry-run"], "There is no sweep in small.yaml"),
        (["redo", "s"], "Choose what to compute anew, by --at, --batches or --origin."),
        (["redo", "s", "--at", "omega"], "Argument `at` must have the form DIM=VALUE"),
        (["redo", "s", "--at", "J_y=1"], "Argument `at` must name a dimension (omega, case), but"),
        (["redo", "s", "--at", "omega=9"], "Argument `at` must give a number from 0.5 to 1.5 for"),
        (["redo", "s", "--at", "omega=0.6"],
         "Argument `at` must give a value of `omega` (the nearest is 0.5), but got '0.6'."),
        (["redo", "s", "--at", "case=x"], "Argument `at` must name one of pda, conserving for"),
        *(
            (["redo", "s", "--batches", text], "Argument `batches` must have the form A:B, such as")
            for text in ("1", "2:1", "1:1", "a:b", "1:2:3")
        ),
        (["redo", "s", "--origin", "zz"],
         f"Argument `origin` must be how the digest of a code begins ({origin()['code'][:16]}), "),
    ],
)  # fmt: skip
def test_bad_input(
    options: list[str], told: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(Path("small.yaml"), small())
    before = mtimes(store)
    assert main(options) == 2
    assert capsys.readouterr().err.startswith(f"twoqs: {told}")
    assert mtimes(store) == before


@pytest.mark.parametrize("options", [["redo", "s", "--at", "omega=0.5"], ["prune", "s"]])
def test_a_writer_at_work_is_named(
    options: list[str], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with BatchWriter(store, sweep()):
        assert main(options) == 1
        assert "twoqs: The store s is being written by process" in capsys.readouterr().err
        assert main([*options, "--dry-run"]) == 0
    assert Store(store).counts() == (8, 8)
