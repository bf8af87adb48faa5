"""Damaged and missing files of a store are named, and made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import zarr
from sweeps import merged_bytes, sweep

from twoqs.access import load
from twoqs.errors import StoreError
from twoqs.run import Workers, run
from twoqs.store import verify
from twoqs.store.batches import RECEIPTS

SERIAL = Workers(count=0)


def test_a_merged_dataset_that_is_gone_is_made_again_without_computing(serial: Path) -> None:
    before = merged_bytes(serial)
    (serial / "merged.zarr" / "zarr.json").unlink()
    outcome = run(sweep(), serial, SERIAL, quiet=True)
    assert (outcome.computed, outcome.merged) == (0, True)
    assert merged_bytes(serial) == before


def _damage_merged(store: Path, damage: str) -> None:
    merged = store / "merged.zarr"
    if damage == "array":
        shutil.rmtree(merged / "sz")
    elif damage == "index":
        shutil.rmtree(merged / "omega")
    elif damage == "metadata":
        (merged / "sz" / "zarr.json").write_text("{", encoding="utf-8")
    elif damage == "root":
        path = merged / "zarr.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"sz"', '"zs"'), encoding="utf-8")
    else:
        path = merged / "sz" / "c" / "0" / "0" / "0"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize("damage", ["byte", "array", "index", "metadata", "root"])
def test_a_damaged_merged_dataset_is_told_and_made_again(
    damage: str, serial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = merged_bytes(serial)
    _damage_merged(serial, damage)
    with pytest.raises(StoreError, match=r"is damaged\. Run the sweep again"):
        load(serial)
    assert all("merged.zarr" in problem for problem in verify(serial))
    assert list(verify(serial)) != []
    capsys.readouterr()
    outcome = run(sweep(), serial, SERIAL)
    assert (outcome.computed, outcome.merged) == (0, True)
    assert "merged.zarr is damaged; it is made anew" in capsys.readouterr().err
    assert merged_bytes(serial) == before
    assert list(verify(serial)) == []
    assert load(serial).sz.chunks is None, "in memory"


def test_metadata_of_records_is_named_and_written_again(
    serial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = serial / "batches.zarr"
    points = [point.point_id for point in sweep().points]
    before = (group / points[0] / "zarr.json").read_bytes()
    (group / "zarr.json").unlink()
    (group / points[0] / "zarr.json").unlink()
    (group / points[2] / "zarr.json").write_text("{", encoding="utf-8")
    lost = [group / "zarr.json", *(group / points[i] / "zarr.json" for i in (0, 2))]
    assert [text.split(":")[0] for text in verify(serial)] == [str(path) for path in lost]
    outcome = run(sweep(), serial, SERIAL)
    assert (outcome.computed, outcome.merged) == (0, False)
    assert capsys.readouterr().err.count("is written anew") == 3
    assert list(verify(serial)) == []
    assert sorted(zarr.open_group(group, mode="r").array_keys()) == sorted(points)
    assert (group / points[0] / "zarr.json").read_bytes() == before


def test_a_flipped_bit_costs_one_batch(serial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = merged_bytes(serial)
    point = sweep().points[3]
    path = serial / "batches.zarr" / point.point_id / "c.0.0.0"
    content = bytearray(path.read_bytes())
    content[100] ^= 4
    path.write_bytes(content)
    assert list(verify(serial)) == [
        f"batch 0 of point {point.point_id} at omega=1.5, case=conserving: the record is damaged"
    ]
    outcome = run(sweep(), serial, SERIAL)
    assert (outcome.computed, outcome.damaged) == (1, 1)
    assert "is damaged; computing anew" in capsys.readouterr().err
    assert merged_bytes(serial) == before
    assert list(verify(serial)) == []


def test_verify_names_a_merged_array_that_is_not_its_records(serial: Path) -> None:
    assert list(verify(serial)) == []
    for name in ("sz", "trajectories"):
        chunk = next(
            path for path in (serial / "merged.zarr" / name / "c").rglob("*") if path.is_file()
        )
        content = bytearray(chunk.read_bytes())
        content[len(content) // 2] ^= 1
        chunk.write_bytes(content)
    found = list(verify(serial))
    assert [text.split("the array ")[1].split()[0] for text in found] == ["sz", "trajectories"]


def test_verify_of_an_unfinished_sweep(serial: Path) -> None:
    lines = (serial / RECEIPTS).read_bytes().splitlines(keepends=True)
    (serial / RECEIPTS).write_bytes(b"".join(lines[1:]))
    found = list(verify(serial))
    assert found[0] == "1 of 8 batches are missing"
    assert "other records" in found[1]
