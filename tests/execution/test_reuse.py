"""Batches of other stores are taken over where model, numerics and seed are the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packed import spots
from sweeps import merged_bytes, mtimes, small, sweep, write_spec

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.store import Store, journal, verify
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep

SERIAL = Workers(0)


def regrouped(**changes: Any) -> Sweep:
    """One axis of another name, and no cases; its first value is one of the small sweep."""
    drive = {"sets": "model.field.x", "values": [1.5, 1.0], "units": "Gamma"}
    return sweep(name="regrouped", axes={"drive": drive}, **changes)


def run(content: Sweep, *others: Path, store: str = "new") -> int:
    outcome = carry_out(content, store, SERIAL, reuse=others)
    assert not outcome.failures
    assert list(verify(Path(store))) == []
    return outcome.computed


def equal_one_run(content: Sweep, store: str = "new") -> None:
    carry_out(content, "once", SERIAL, quiet=True)
    assert merged_bytes(Path(store)) == merged_bytes(Path("once"))


@pytest.fixture
def old(undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store of the small sweep in the working directory, called `old`."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(undisturbed, "old"))


def test_another_grid_takes_the_points_that_are_the_same(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(regrouped(trajectories=768), old) == 1 + 3
    assert "2 batches are taken over from old.\n" in capsys.readouterr().err
    equal_one_run(regrouped(trajectories=768))
    point = regrouped().points[0].point_id
    there, here = (
        {one.batch: one for one in journal.receipts(store / RECEIPTS) if one.point == point}
        for store in (old, Path("new"))
    )
    for batch in range(2):
        for name in ("sha256", "seconds", "worker", "seed", "origin"):
            assert getattr(here[batch], name) == getattr(there[batch], name)
    assert Store(Path("new")).made_by() == [{**Store(old).made_by()[0], "batches": 6}]


def test_several_stores_and_a_second_time(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(regrouped(axes__drive__values=[1.0]), store="third")
    assert run(regrouped(), old, Path("third"), old) == 0
    error = capsys.readouterr().err
    assert "2 batches are taken over from old" in error
    assert "2 batches are taken over from third" in error
    equal_one_run(regrouped())
    before = (Path("new") / RECEIPTS).read_bytes()
    assert run(regrouped(), old) == 0
    assert "No batch is taken over from old: nothing is missing." in capsys.readouterr().err
    assert (Path("new") / RECEIPTS).read_bytes() == before


def test_damaged_records_are_not_taken(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spots(old)[regrouped().points[0].point_id, 1].flip()
    assert run(regrouped(), old) == 3
    told = "1 batch is taken over from old; 1 of its records is damaged.\n"
    assert told in capsys.readouterr().err
    equal_one_run(regrouped())


def test_targets_and_windows_are_followed(old: Path) -> None:
    """What a round of batches or a window asks for in turn is taken, too."""
    wanted: dict[str, Any] = {"target_se": {"sz": 0.01}, "max_trajectories": 1024}
    cases = {name: {"numerics.average": a} for name, a in (("auto", "auto"), ("own", [2, 4]))}
    content = sweep(axes={"case": {"cases": cases}}, numerics={}, **wanted)
    assert run(content, store="first") == 2 * 4, "more than one round"
    assert run(content, Path("first")) == 0
    assert merged_bytes(Path("new")) == merged_bytes(Path("first"))


def test_kept_trajectories_come_along(old: Path) -> None:
    observables = {"path": {"trajectories": 300}}
    content = regrouped(numerics__observables=observables)
    run(content, store="first")
    assert run(content, Path("first")) == 0
    assert merged_bytes(Path("new")) == merged_bytes(Path("first"))
    points = content.points
    for one, other in zip(points, Store(Path("new")).sweep.points, strict=True):
        kept = Store(Path("first")).kept(one)
        assert kept is not None
        assert (Store(Path("new")).kept(other) == kept).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"model__decay": 1.01},
            "omega=1.5, case=conserving, differs from what is missing at "
            "drive=1.5: model.decay was 1.0 and is 1.01.",
        ),
        ({"numerics__step": 0.01}, "numerics.step was left out and is 0.01."),
        ({"numerics__observables": ["sites"]}, "(a record holds the sums of the observables"),
        ({"axes__drive__values": [1.6]}, "model.field.x was 1.5 and is 1.6."),
    ],
)
def test_other_points_give_nothing_and_it_is_said_why(
    changes: dict[str, Any], told: str, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(regrouped(**changes), old) == 2 * len(regrouped(**changes).points)
    error = capsys.readouterr().err
    assert "No batch is taken over from old: its nearest point, omega=1.5, case=" in error
    assert told in error


def test_a_store_of_an_earlier_version_or_without_batches_gives_nothing(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("twoqs.methods.numerics.STREAM_VERSION", 10**6)
        run(regrouped(), store="earlier")
    (old / RECEIPTS).unlink()
    assert run(regrouped(), Path("earlier"), old) == 4
    error = capsys.readouterr().err
    assert "from earlier: its batches are of earlier versions, or of a sweep that it" in error
    assert "from old: nothing is done there." in error


def test_from_python_and_by_the_command(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = twoqs.run(regrouped(), reuse="old", workers=0, store="new")
    assert "2 batches are taken over from old" in capsys.readouterr().err
    spec = str(write_spec(Path("s.yaml"), small()))
    arguments = ["run", spec, "--workers", "0", "--store", "s", "--reuse", "new", "--reuse", "old"]
    assert main(arguments) == 0
    error = capsys.readouterr().err
    assert "2 batches are taken over from new.\n" in error
    assert "6 batches are taken over from old.\n" in error
    running = twoqs.start(regrouped(), reuse=[Path("s"), "new"], workers=0, store="t")
    assert running.wait().equals(data)
    made_by = {one.worker for one in journal.receipts(Path("t") / RECEIPTS)}
    assert made_by == {"driver"}


def of_another_seed() -> None:
    carry_out(regrouped(seed=8, axes__drive__values=[1.0]), "old8", SERIAL, quiet=True)


@pytest.mark.parametrize(
    ("damage", "reuse", "told"),
    [
        (None, "nowhere", "There is no sweep in nowhere: it has no readable sweep.json."),
        (None, "small.yaml", "There is no sweep in small.yaml"),
        (None, ".", "There is no sweep in .: it has no readable sweep.json, but these in it"),
        (None, "new", "Argument `reuse` must name another store than that of the sweep"),
        (of_another_seed, "old8", "The store old8 has seed 8, but the sweep has"),
        (
            lambda: Path("old/sweep.json").write_text("{"),
            "old",
            "The file old/sweep.json is damaged",
        ),
    ],
)
def test_bad_stores(
    damage: Callable[[], object] | None,
    reuse: str,
    told: str,
    old: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = str(write_spec(Path("small.yaml"), small()))
    arguments = ["run", spec, "--workers", "0", "--store", "new"]
    assert main(arguments) == 0
    before = mtimes(Path("new"))
    if damage is not None:
        damage()
    assert main([*arguments, "--reuse", reuse]) in (1, 2)
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"twoqs: {told}")
    assert mtimes(Path("new")) == before


def test_an_argument_that_names_no_store(old: Path) -> None:
    with pytest.raises(ArgumentError, match="`reuse` must be the path of a store, or a list"):
        twoqs.run(sweep(), reuse=5)
    with pytest.raises(ArgumentError, match="`reuse` must be the path of a file or folder"):
        twoqs.run(sweep(), reuse=[5], workers=0)
    assert not Path("results").exists()
