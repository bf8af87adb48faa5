"""Damaged and missing files of a store are named, and made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from packed import spots
from sweeps import merged_bytes, mtimes, receipts, sweep

from twoqs.errors import StoreError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import load
from twoqs.store import Store, verify
from twoqs.store.records import RECORDS
from twoqs.store.store import RECEIPTS

SERIAL = Workers(count=0)


def test_a_merged_dataset_that_is_gone_is_made_again_without_computing(serial: Path) -> None:
    before = merged_bytes(serial)
    (serial / "merged.zarr" / "zarr.json").unlink()
    outcome = carry_out(sweep(), serial, SERIAL, quiet=True)
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
    outcome = carry_out(sweep(), serial, SERIAL)
    assert (outcome.computed, outcome.merged) == (0, True)
    assert "merged.zarr is damaged; it is made anew" in capsys.readouterr().err
    assert merged_bytes(serial) == before
    assert list(verify(serial)) == []
    assert load(serial).sz.chunks is None, "in memory"


def _damage_record(serial: Path, point: str, damage: str) -> None:
    spot = spots(serial)[point, 0]
    raw = bytearray(spot.read())
    if damage == "first byte":
        raw[0] ^= 1
    elif damage == "middle":
        raw[100] ^= 4
    elif damage == "checksum":
        raw[-1] ^= 1
    elif damage == "zeros":
        raw[:] = bytes(len(raw))
    elif damage == "other":
        raw[:] = spots(serial)[point, 1].read()
    spot.write(bytes(raw))


@pytest.mark.parametrize(
    "damage",
    ["first byte", "middle", "checksum", "zeros", "other"],
)
def test_a_damaged_record_costs_one_batch(
    damage: str, serial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = merged_bytes(serial)
    point = sweep().points[3]
    _damage_record(serial, point.point_id, damage)
    assert list(verify(serial)) == [
        f"batch 0 of point {point.point_id} at omega=1.5, case=conserving: the record is damaged"
    ]
    times = mtimes(serial)
    outcome = carry_out(sweep(), serial, SERIAL)
    assert (outcome.computed, outcome.damaged, outcome.merged) == (1, 1, False)
    assert "is damaged; computing anew" in capsys.readouterr().err
    now = mtimes(serial)
    changed = {name for name in now if times.get(name) != now[name]}
    assert changed == {f"{RECORDS}/000001.bin", RECEIPTS}
    assert merged_bytes(serial) == before
    assert list(verify(serial)) == []


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        ("torn", 1),
        ("bit flip", 1),
        ("garbage", 1),
        ("gone", 1),
        ("no newline", 0),
        ("empty line", 0),
        ("all gone", 8),
    ],
)
def test_a_damaged_receipt_costs_its_batch(damage: str, lost: int, serial: Path) -> None:
    before = merged_bytes(serial)
    path = serial / RECEIPTS
    lines = path.read_bytes().splitlines(keepends=True)
    if damage == "torn":
        lines[-1] = lines[-1][:30]
    elif damage == "no newline":
        lines[-1] = lines[-1][:-1]
    elif damage == "bit flip":
        lines[2] = lines[2].replace(b'"batch": ', b'"batch":!')
    elif damage == "garbage":
        lines[2] = b"\x00\xff\n"
    elif damage == "gone":
        del lines[2]
    elif damage == "empty line":
        lines.insert(2, b"\n")
    path.write_bytes(b"".join(lines))
    if damage == "all gone":
        path.unlink()
    assert len(list(Store(serial).missing())) == lost
    assert carry_out(sweep(), serial, SERIAL, quiet=True).computed == lost
    assert len(receipts(serial)) == len(set(receipts(serial))) == 8
    assert merged_bytes(serial) == before
    assert list(verify(serial)) == []


def test_records_that_are_gone_altogether(serial: Path) -> None:
    before = merged_bytes(serial)
    shutil.rmtree(serial / RECORDS)
    outcome = carry_out(sweep(), serial, SERIAL, quiet=True)
    assert (outcome.computed, outcome.damaged) == (8, 8)
    assert merged_bytes(serial) == before
    assert list(verify(serial)) == []


def test_leftovers_of_a_killed_writer_are_swept_away(serial: Path) -> None:
    before = merged_bytes(serial)
    leftovers = [
        serial / "merged.zarr.partial" / "sz" / "c",
        serial / "merged.zarr.old.partial" / "zarr.json",
        serial / "sweep.json.partial",
        serial / "receipts.jsonl.partial",
        serial / RECORDS / "000002.bin.partial",
    ]
    for path in leftovers:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    outcome = carry_out(sweep(), serial, SERIAL, quiet=True)
    assert (outcome.computed, outcome.merged) == (0, False)
    assert not any(path.exists() for path in leftovers)
    assert merged_bytes(serial) == before


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
