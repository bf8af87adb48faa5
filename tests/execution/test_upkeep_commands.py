"""`twoqs redo` and `twoqs prune`: what is computed anew, and what nobody asks for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sweeps import merged_bytes, mtimes, small, sweep, write_spec

from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.simulation.provenance import origin
from twoqs.store import BatchWriter, Store, is_current, merged_attributes, verify

SERIAL = Workers(0)


@pytest.fixture
def store(undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store of the small sweep in the working directory, called `s`."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(undisturbed, "s"))


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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["redo", "none", "--batches", "0:1"], "There is no sweep in none"),
        (["redo", "small.yaml", "--batches", "0:1"], "There is no sweep in small.yaml"),
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


@pytest.mark.parametrize("options", [["redo", "s", "--at", "omega=0.5"]])
def test_a_writer_at_work_is_named(
    options: list[str], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with BatchWriter(store, sweep()):
        assert main(options) == 1
        assert "twoqs: The store s is being written by process" in capsys.readouterr().err
        assert main([*options, "--dry-run"]) == 0
    assert Store(store).counts() == (8, 8)
