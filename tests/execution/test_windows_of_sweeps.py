"""Sweeps whose points find their windows: `average: auto`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sweeps import merged_bytes, sweep

import twoqs
from twoqs.errors import StoreError
from twoqs.execution.plan import plan
from twoqs.execution.run import Workers, carry_out
from twoqs.execution.union import union_into
from twoqs.look.describe import described_sweep
from twoqs.look.parts import part_of
from twoqs.look.status import status
from twoqs.store import BatchWriter, Store
from twoqs.store.verify import verify
from twoqs.store.windows import WINDOWS
from twoqs.sweep import SpecError, Sweep
from twoqs.sweep.work import Task, execute

SERIAL = Workers(0)


def auto(trajectories: int = 512, **numerics: Any) -> Sweep:
    """Two points of different relaxation times, and one with a window of its own."""
    cases = {
        "slow": {"model.field.x": 1.5, "numerics.average": "auto"},
        "fast": {"numerics.average": "auto"},
        "given": {"numerics.average": [10, 30]},
    }
    axes = {"case": {"cases": cases}}
    return sweep(axes=axes, numerics=numerics, trajectories=trajectories)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("windows") / "whole"
    assert not carry_out(auto(), store, SERIAL, quiet=True).failures
    return store


def test_points_find_the_windows_that_simulate_finds(whole: Path) -> None:
    data = twoqs.open(whole)
    assert data.window_start.sel(case="slow") > data.window_start.sel(case="fast")
    assert float(data.window_end.sel(case="given")) == 30.0
    assert (data.window_start > 3 * data.relaxation_time).all()
    point = auto().points[0]
    alone = twoqs.simulate(
        point.model, average="auto", seed=7, trajectories=512, scheme=point.numerics.scheme
    )
    assert float(alone.sz) == float(data.sz.sel(case="slow"))
    assert float(alone.sz_se) == float(data.sz_se.sel(case="slow"))


def test_workers_kills_and_growth_change_no_bit(whole: Path, tmp_path: Path) -> None:
    """A run ends between windows and batches; another store grows from 256 to 512."""
    with BatchWriter(tmp_path / "killed", auto()) as batches:
        point, batch = next(batches.missing())
        assert batch is None
        batches.commit([(point, execute(Task.of(point, 7, None)))])
    with (tmp_path / "killed" / WINDOWS).open("ab") as torn:
        torn.write(b'{"point": "12')
    carry_out(auto(), tmp_path / "killed", Workers(2), quiet=True)
    carry_out(auto(256), tmp_path / "grown", SERIAL, quiet=True)
    assert carry_out(auto(), tmp_path / "grown", SERIAL, quiet=True).computed == 3
    for name in ("killed", "grown"):
        assert merged_bytes(tmp_path / name) == merged_bytes(whole)
        assert (tmp_path / name / WINDOWS).read_bytes().count(b"\n") == 2
        assert list(verify(tmp_path / name)) == []
    assert carry_out(auto(), whole, SERIAL, quiet=True).computed == 0


def test_parts_find_their_windows_and_make_the_sweep(whole: Path, tmp_path: Path) -> None:
    """A point that finds its window is in one part as a whole; windows come with the batches."""
    for k in (1, 2):
        part = part_of(auto(), (k, 2), None, None)
        carry_out(auto(), tmp_path / str(k), SERIAL, quiet=True, part=part)
        done, total = Store(tmp_path / str(k)).own_counts()
        assert done == total > 0
    found = [len(Store(tmp_path / str(k)).pending()) for k in (1, 2)]
    assert sum(found) == 2  # each window is found once
    stores = [tmp_path / "1", tmp_path / "2"]
    assert len(union_into(stores, tmp_path / "all").windows) == 2
    assert merged_bytes(tmp_path / "all") == merged_bytes(whole)
    assert Store(tmp_path / "all").digest() == Store(whole).digest()
    assert carry_out(auto(), tmp_path / "all", SERIAL, quiet=True).computed == 0
    with BatchWriter(tmp_path / "other", auto()) as other:
        other.windows.note([(auto().points[0], (8.0, 16.0))])
    with pytest.raises(StoreError, match="different numbers for the window of the point at case="):
        union_into([tmp_path / "all", tmp_path / "other"], tmp_path / "both")
    union_into([tmp_path / "all", tmp_path / "other"], tmp_path / "all", "last")
    point = Store(tmp_path / "all").sweep.points[0]
    assert point.numerics.average == (8.0, 16.0)
    assert not Store(tmp_path / "all").finished(point)


def test_windows_that_are_lost_or_forged_are_found_again(whole: Path, tmp_path: Path) -> None:
    """A window that no search finds does not count, whatever its checksum."""
    store = tmp_path / "lost"
    carry_out(auto(256), store, SERIAL, quiet=True)
    first = Store(store).sweep.points
    with BatchWriter(tmp_path / "forger", auto(256)) as forger:
        points = forger.pending()
        forger.windows.note([(points[0], (1.0, 2.0)), (points[1], (1e9, 2e9))])
    (store / WINDOWS).write_bytes((tmp_path / "forger" / WINDOWS).read_bytes())
    assert "the windows of 2 points are missing" in list(verify(store))
    assert "windows  1 of 3 known" in status(store)
    with pytest.warns(UserWarning, match="not finished: 1 of 3 points"):
        assert twoqs.open(store).window_start.isnull().sum() == 2
    assert carry_out(auto(256), store, SERIAL, quiet=True).computed == 0
    assert Store(store).sweep.points == first
    assert list(verify(store)) == []


def test_a_point_without_a_window_does_not_hold_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second window of the fast point ends after 800 steps, and that of the slow one later."""
    monkeypatch.setattr("twoqs.simulation.window.MOST_PILOT_STEPS", 800)
    outcome = carry_out(auto(), tmp_path / "store", SERIAL, quiet=True)
    (failure,) = outcome.failures
    assert re.match("window of point [0-9a-f]{16} at case=slow: .* finds none", str(failure))
    assert (failure.count, outcome.computed) == (3, 4)
    assert list(twoqs.open(tmp_path / "store", partial=True).complete) == [False, True, True]


def test_plan_and_describe_know_no_window_yet(whole: Path, tmp_path: Path) -> None:
    text = plan(auto(), tmp_path / "none")
    assert "found by the run at 2 points: they end at 13.3 or later, at most at 2e+05" in text
    assert "\nwindows" not in plan(auto(), whole)
    assert "over a window that is found by the run" in described_sweep(auto(), auto().points[0])


def test_formulas_have_a_window_that_is_found(tmp_path: Path) -> None:
    content = auto(256, observables={"light": "spin.x**2 + spin.y**2"})
    carry_out(content, tmp_path / "store", SERIAL, quiet=True)
    assert twoqs.open(tmp_path / "store").light.notnull().all()


@pytest.mark.parametrize(
    ("numerics", "message"),
    [
        (
            {"average": "soon"},
            r"`numerics.average` must be a window \[start, end\], or `auto`, but",
        ),
        ({"average": "auto", "times": [1]}, "`numerics.times` must be left out where `average` is"),
        (
            {"average": "auto", "observables": {"light": {"spectrum": "decay"}}},
            r"`numerics.average` must be a window \[start, end\]: dimensions .* \(light\)",
        ),
    ],
)
def test_bad_windows_are_named(numerics: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        sweep(axes={}, numerics=numerics)


def test_names_of_windows_are_taken() -> None:
    axes = {"window_start": {"sets": "model.field.x", "values": [0.5]}}
    with pytest.raises(SpecError, match=r"`axes.window_start` must have another name"):
        sweep(axes=axes, numerics={"average": "auto"})
