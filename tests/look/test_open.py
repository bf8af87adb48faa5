"""Opening sweeps: finished or not, one or a folder of them, in memory or piece by piece."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from packed import spots
from sweeps import command, mtimes, receipts, small, sweep, write_spec

import twoqs
from twoqs.errors import ArgumentError, StoreError
from twoqs.execution.run import Workers, carry_out
from twoqs.look import open as access
from twoqs.look.open import load
from twoqs.store import BatchWriter, Store, write_merged
from twoqs.store.store import MERGED, RECEIPTS

ROOT = Path(__file__).parents[2]

SERIAL = Workers(count=0)

LATTICE: dict[str, Any] = {
    "model": {"spin": 10, "lattice": {"chain": {"n": 4}}, "field": [0.5, 0, 0], "decay": 1.0},
    "numerics": {"average": [1, 2], "observables": ["correlation", "sites"]},
}
"""Changes of the small sweep that give it flags, distances and sites."""


def keep(store: Path, count: int) -> None:
    """Leave the first `count` receipts of a store, and no merged dataset."""
    lines = (store / RECEIPTS).read_bytes().splitlines(keepends=True)
    (store / RECEIPTS).write_bytes(b"".join(lines[:count]))
    shutil.rmtree(store / MERGED, ignore_errors=True)


def assert_part_of(data: xr.Dataset, whole: xr.Dataset) -> None:
    """Finished points are those of the whole dataset, to the bit; all others are masked."""
    assert set(data.variables) == set(whole.variables)
    np.testing.assert_array_equal(data.trajectories > 0, data.complete)
    inner = {"complete", "trajectories", "point_id", "step"}
    for name in set(whole.data_vars) - inner:
        assert data[name].dtype == whole[name].dtype
        assert data[name].attrs == whole[name].attrs
        missing = -1 if data[name].dtype.kind == "i" else np.nan
        expected = whole[name].where(data.complete, missing).astype(whole[name].dtype)
        np.testing.assert_array_equal(data[name], expected, err_msg=str(name))


def test_a_finished_sweep_is_read_into_memory(serial: Path) -> None:
    data = twoqs.open(serial)
    assert all(variable.chunks is None for variable in data.variables.values())
    assert bool(data.complete.all())
    xr.testing.assert_identical(data, xr.open_zarr(serial / MERGED).load())
    xr.testing.assert_identical(data, load(serial))


def test_a_large_sweep_is_lazy_and_so_is_any_on_demand(
    serial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = twoqs.open(serial)
    assert twoqs.open(serial, chunks={}).sz.chunks == ((2,), (2,), (3,))
    monkeypatch.setattr(access, "IN_MEMORY", whole.nbytes - 1)
    data = twoqs.open(serial)
    assert data.sz.chunks is not None
    xr.testing.assert_identical(data.load(), whole)
    xr.testing.assert_identical(load(serial), whole)
    keep(serial, 8)
    data = twoqs.open(serial)
    assert data.sz.chunks is not None
    np.testing.assert_array_equal(data.sz, whole.sz)


@pytest.mark.parametrize("changes", [{}, LATTICE], ids=["times", "lattice"])
def test_an_unfinished_sweep_has_its_finished_points_and_no_others(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    carry_out(sweep(**changes), tmp_path / "s", SERIAL, quiet=True)
    whole = twoqs.open(tmp_path / "s")
    for count in (7, 4, 0):
        keep(tmp_path / "s", count)
        before = mtimes(tmp_path / "s")
        with pytest.warns(UserWarning, match=f"{count // 2} of 4 points are, {count} of 8 batches"):
            data = twoqs.open(tmp_path / "s")
        assert data.complete.values.sum() == data.attrs["points_done"] == count // 2
        assert data.attrs["batches_done"] == count
        assert_part_of(data, whole)
        xr.testing.assert_equal(data, twoqs.open(tmp_path / "s", partial=True))
        assert mtimes(tmp_path / "s") == before, "opening writes nothing"


def test_sweeps_without_axes_may_be_unfinished(tmp_path: Path) -> None:
    carry_out(sweep(axes={}, numerics={"average": [0, 2]}), tmp_path / "s", SERIAL, quiet=True)
    keep(tmp_path / "s", 1)
    data = twoqs.open(tmp_path / "s", partial=True)
    assert (data.sz.shape, bool(data.complete), int(data.trajectories)) == ((), False, 0)
    assert np.isnan(data.sz)


def test_a_merged_dataset_that_is_not_there_is_made_in_memory(serial: Path) -> None:
    whole = twoqs.open(serial)
    (serial / MERGED / "zarr.json").unlink()
    xr.testing.assert_equal(twoqs.open(serial), whole)
    with pytest.raises(StoreError, match=r"All 8 batches .* Run the sweep again"):
        load(serial)
    keep(serial, 7)
    with pytest.raises(StoreError, match="7 of 8 batches"):
        load(serial)


def test_a_merged_dataset_that_is_older_than_its_receipts_is_not_used(serial: Path) -> None:
    whole = twoqs.open(serial)
    every = (serial / RECEIPTS).read_bytes()
    keep(serial, 3)
    batches = Store(serial)
    write_merged(batches, access.attributes(batches, batches.digest(), "merged by a test"))
    assert twoqs.open(serial, partial=True).attrs["history"].endswith("merged by a test")
    (serial / RECEIPTS).write_bytes(every)
    data = twoqs.open(serial)
    assert data.attrs["history"].endswith("the points that are finished")
    xr.testing.assert_equal(data, whole)


def test_receipts_that_change_nothing_leave_the_merged_dataset_current(serial: Path) -> None:
    with (serial / RECEIPTS).open("ab") as file:
        file.write((serial / RECEIPTS).read_bytes().splitlines(keepends=True)[0])
    assert twoqs.open(serial).attrs["history"].endswith("merged by twoqs run")


def test_a_sweep_that_has_grown_shows_what_it_holds_of_the_new_one(serial: Path) -> None:
    old = twoqs.open(serial)
    grown = sweep(axes__omega__values=[0.5, 1.0, 1.5])
    with BatchWriter(serial, grown):
        with pytest.warns(UserWarning, match="4 of 6 points are"):
            data = twoqs.open(serial)
        assert data.complete.all("case").values.tolist() == [True, False, True]
        np.testing.assert_array_equal(data.sz.sel(omega=[0.5, 1.5]), old.sz)
        with pytest.raises(StoreError, match="8 of 12 batches"):
            load(serial)


@pytest.mark.parametrize("damage", ["flip", "gone", "torn receipt"])
def test_what_is_damaged_does_not_count_as_finished(damage: str, serial: Path) -> None:
    whole = twoqs.open(serial)
    keep(serial, 8)
    identity, batch = receipts(serial)[-1]
    spot = spots(serial)[identity, batch]
    if damage == "torn receipt":
        (serial / RECEIPTS).write_bytes((serial / RECEIPTS).read_bytes()[:-20])
    elif damage == "gone":
        os.truncate(spot.path, spot.start)
    else:
        spot.flip()
    data = twoqs.open(serial, partial=True)
    assert int(data.complete.sum()) == 3
    assert not data.complete.values[np.asarray(data.point_id == identity)].any()
    assert_part_of(data, whole)


def test_what_is_replaced_while_it_is_read_is_of_one_piece(
    serial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dataset of the same shape takes the place of the old one after its first variables."""
    real, done = access.intact, []

    def replace(store: Path) -> bool:
        if not done:
            done.append(True)
            carry_out(sweep(axes__omega__values=[0.75, 1.25]), serial, SERIAL, quiet=True)
        return real(store)

    monkeypatch.setattr(access, "intact", replace)
    data = twoqs.open(serial)
    assert done
    assert data.omega.values.tolist() == [0.75, 1.25]
    monkeypatch.undo()
    xr.testing.assert_identical(data, twoqs.open(serial))


def test_a_folder_of_sweeps_is_a_tree(serial: Path, tmp_path: Path) -> None:
    carry_out(sweep(trajectories=256, axes={}), tmp_path / "alone", SERIAL, quiet=True)
    (tmp_path / "figures").mkdir()
    (tmp_path / "validation.csv").touch()
    tree = twoqs.open(tmp_path)
    assert list(tree.children) == ["alone", "serial"]
    assert tree.name == tmp_path.name
    xr.testing.assert_identical(tree["serial"].to_dataset(), twoqs.open(serial))
    assert tree["alone"].sz.dims == ("time",)
    assert tree["serial/sz"].dims == ("omega", "case", "time")
    assert twoqs.open(tmp_path, chunks={})["serial"].sz.chunks is not None
    keep(serial, 3)
    with pytest.warns(UserWarning, match=r"serial is not finished") as told:
        twoqs.open(tmp_path)
    assert [warning.filename for warning in told] == [__file__]
    (tmp_path / "alone" / "sweep.json").write_text("{")
    with pytest.raises(StoreError, match=r"alone.sweep\.json is damaged"):
        twoqs.open(tmp_path, partial=True)


def test_a_place_without_sweeps_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "empty", tmp_path / "file", tmp_path / "none"):
        with pytest.raises(ArgumentError, match=f"There is no sweep in {path}: ") as error:
            twoqs.open(path)
        assert isinstance(error.value, StoreError)


def long_sweep() -> dict[str, Any]:
    """24 points with two batches each, of some 30 milliseconds."""
    axes = small()["axes"]
    axes["omega"] |= {"values": {"linspace": [0.1, 3, 12]}}
    return small(numerics={"times": [0, 900], "step": 0.04}, axes=axes)


def start(spec: Path, store: Path) -> subprocess.Popen[bytes]:
    """A run that has written some receipts, and is far from its end."""
    arguments = command("run", spec, "--store", store, "--workers", "0")
    process = subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (store / RECEIPTS).exists() or not (store / RECEIPTS).stat().st_size:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_a_sweep_that_runs_in_another_process_can_be_read_at_any_time(tmp_path: Path) -> None:
    spec, store = write_spec(tmp_path / "long.yaml", long_sweep()), tmp_path / "s"
    process = start(spec, store)
    views = []
    try:
        # Stopped for the first look, so that it is certain to be in the middle of its work.
        os.kill(process.pid, signal.SIGSTOP)
        views.append(twoqs.open(store, partial=True))
        os.kill(process.pid, signal.SIGCONT)
        while process.poll() is None:
            views.append(twoqs.open(store, partial=True))
        assert process.communicate(timeout=60)[1].decode().splitlines()[-1].endswith("computed.")
    finally:
        process.kill()
        process.communicate()
    whole = twoqs.open(store)
    counts = [int(view.complete.sum()) for view in views]
    assert counts[0] < 24
    assert counts == sorted(counts)
    for view in views:
        assert_part_of(view, whole)
