"""The batch store keeps what has a receipt, finds what is damaged, and grows."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import pytest
from filled import fill
from packed import only_appended, packs, spots
from sweeps import merged_bytes, receipts, sweep

from twoqs.errors import StoreError
from twoqs.simulation.batch import run_batch
from twoqs.store import BatchWriter, Store, journal, write_merged
from twoqs.store.origins import ORIGINS, Origins
from twoqs.store.records import RECORDS
from twoqs.store.store import RECEIPTS
from twoqs.sweep.work import Result, Task, execute


def test_records_stand_in_a_pack_one_behind_the_other(tmp_path: Path) -> None:
    content = sweep()
    fill(tmp_path / "s", content)
    spot_of = spots(tmp_path / "s")
    assert len(spot_of) == 8
    (pack,) = packs(tmp_path / "s").values()
    ends = sorted((spot.start, spot.stop) for spot in spot_of.values())
    assert [0, *(stop for _, stop in ends)] == [*(start for start, _ in ends), len(pack)]
    for point in content.points:
        for batch in range(point.batches):
            record = run_batch(point.model, point.numerics, content.seed, batch)
            found = spot_of[point.point_id, batch].read()
            np.testing.assert_array_equal(np.frombuffer(found[:-4], "<f8"), record.ravel())
            assert int.from_bytes(found[-4:], "little") == google_crc32c.value(found[:-4])


def test_a_receipt_holds_the_digest_of_the_raw_record(tmp_path: Path) -> None:
    content = sweep()
    fill(tmp_path / "s", content)
    point = content.points[0]
    record = run_batch(point.model, point.numerics, content.seed, 0)
    text = (tmp_path / "s" / RECEIPTS).read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    line = next(li for li in lines if (li["point"], li["batch"]) == (point.point_id, 0))
    assert line["sha256"] == hashlib.sha256(record.astype("<f8").tobytes()).hexdigest()
    assert line["rows"] == len(record)


def test_the_data_is_on_disk_before_its_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        real(descriptor)

    content = sweep()
    with BatchWriter(tmp_path / "s", content) as batches:
        monkeypatch.setattr(os, "fsync", note)
        point = content.points[0]
        for batches_of_group in ([0, 1], [2]):
            tasks = [Task.of(point, content.seed, batch) for batch in batches_of_group]
            batches.commit([(point, execute(task)) for task in tasks])
    origins, first = ["origins.jsonl.partial", "s"], ["s", "000001.bin", "records"]
    assert synced == [*origins, *first, RECEIPTS, "000001.bin", RECEIPTS]


def test_a_damaged_record_is_never_merged(tmp_path: Path) -> None:
    content = sweep()
    fill(tmp_path / "s", content)
    batches = Store(tmp_path / "s")
    spots(tmp_path / "s")[content.points[0].point_id, 1].flip()
    with pytest.raises(StoreError, match=r"Batch 1 .* is damaged"):
        batches.rows(content.points[0])


def test_what_has_no_receipt_at_the_end_of_a_pack_is_left_behind(tmp_path: Path) -> None:
    """As after a kill between the data and its receipt, or amid the data."""
    store, content = tmp_path / "s", sweep()
    fill(store, content, limit=4)
    with (store / RECORDS / "000001.bin").open("ab") as file:
        file.write(b"torn")
    before = packs(store)
    assert len(fill(store, content, limit=2)) == 2
    assert packs(store).keys() == {"000001.bin", "000002.bin"}
    assert packs(store)["000001.bin"] == before["000001.bin"]
    assert len(fill(store, content)) == 2
    assert packs(store).keys() == {"000001.bin", "000002.bin"}, "the second ends with a receipt"
    fill(tmp_path / "once", content)
    assert merged_bytes(store) == merged_bytes(tmp_path / "once")


def test_a_pack_that_is_shorter_than_its_receipts_loses_what_it_lacks(tmp_path: Path) -> None:
    store, content = tmp_path / "s", sweep()
    fill(store, content)
    whole = merged_bytes(store)
    last = max(spots(store).values(), key=lambda spot: spot.start)
    os.truncate(last.path, last.stop - 1)
    assert [name for name, spot in spots(store).items() if spot == last] == fill(store, content)
    assert packs(store).keys() == {"000001.bin", "000002.bin"}
    assert merged_bytes(store) == whole


def test_full_packs_are_followed_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twoqs.store.packs.PACK_BYTES", 12_000)  # a record has 10 756 bytes
    fill(tmp_path / "s", sweep())
    assert [len(pack) for pack in packs(tmp_path / "s").values()] == [2 * 10_756] * 4
    assert list(Store(tmp_path / "s").damaged()) == []


def test_records_of_another_store_are_adopted(tmp_path: Path) -> None:
    """With the time of their computation and their origin, as if they had been made here."""
    content = sweep(numerics__observables={"path": {"trajectories": 3}})
    fill(tmp_path / "other", content)
    other, origins = Store(tmp_path / "other"), Origins(tmp_path / "other" / ORIGINS)
    items = []
    for receipt in journal.receipts(tmp_path / "other" / RECEIPTS):
        point, digest = content.requirements[receipt.point], bytes.fromhex(receipt.sha256)
        record = other.records.read(point, receipt.batch, digest)
        assert record is not None
        kept = other.records.read_kept(point, receipt.batch, digest)
        items.append((point, receipt.batch, record, kept, receipt))
    with BatchWriter(tmp_path / "s", content) as batches:
        batches.adopt(items[:5], origins)
        batches.adopt(items[5:], origins)
        assert list(batches.missing()) == list(batches.damaged()) == []
        write_merged(batches, {"digest": batches.digest()})
    assert packs(tmp_path / "s") == packs(tmp_path / "other")
    for name in (RECEIPTS, ORIGINS):
        assert (tmp_path / "s" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert merged_bytes(tmp_path / "s") == merged_bytes(tmp_path / "other")


def test_a_second_writer_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    content = sweep()
    with BatchWriter(tmp_path / "s", content):
        with pytest.raises(StoreError, match=f"process {os.getpid()} on .*, started "):
            BatchWriter(tmp_path / "s", content)
        assert Store(tmp_path / "s").writer is not None
    assert Store(tmp_path / "s").writer is None
    with BatchWriter(tmp_path / "s", content):
        pass


def test_more_trajectories_leave_old_batches_alone_and_equal_one_run(tmp_path: Path) -> None:
    fill(tmp_path / "grown", sweep(trajectories=512))
    before = packs(tmp_path / "grown")
    assert len(fill(tmp_path / "grown", sweep(trajectories=1024))) == 8
    after = packs(tmp_path / "grown")
    assert only_appended(before, after)
    assert len(after) == len(before) == 1
    fill(tmp_path / "once", sweep(trajectories=1024))
    assert merged_bytes(tmp_path / "grown") == merged_bytes(tmp_path / "once")
    # Fewer again: the first batches of each point, whatever else is there.
    assert fill(tmp_path / "grown", sweep(trajectories=512)) == []
    fill(tmp_path / "few", sweep(trajectories=512))
    assert merged_bytes(tmp_path / "grown") == merged_bytes(tmp_path / "few")


def test_more_values_and_cases_leave_old_points_alone(tmp_path: Path) -> None:
    cases = {"pda": {"numerics.scheme": "pda"}, "conserving": {}}
    more = {**cases, "coarse": {"numerics.step": 0.1}}
    fill(tmp_path / "s", sweep())
    grown = sweep(axes__omega__values=[0.25, 0.5, 1.5], axes__case__cases=more)
    computed = fill(tmp_path / "s", grown)
    assert len(computed) == 2 * (9 - 4)
    assert not {point for point, _ in computed} & {p.point_id for p in sweep().points}
    fill(tmp_path / "once", grown)
    assert merged_bytes(tmp_path / "s") == merged_bytes(tmp_path / "once")


def test_a_disk_that_refuses_leaves_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sweep()

    def refuse(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    with BatchWriter(tmp_path / "s", content) as batches:
        point = content.points[0]
        done = [(point, execute(Task.of(point, content.seed, 0)))]
        monkeypatch.setattr("twoqs.store.packs.Packs.append", refuse)
        with pytest.raises(StoreError, match="No space left"):
            batches.commit(done)
        assert batches.counts() == (0, 8)
    assert receipts(tmp_path / "s") == []


def test_records_of_another_shape_are_refused(tmp_path: Path) -> None:
    content = sweep()
    with BatchWriter(tmp_path / "s", content) as batches:
        point = content.points[0]
        with pytest.raises(StoreError, match="shape"):
            batches.commit([(point, Result(Task.of(point, 7, 0), np.zeros((2, 3))))])


def test_a_damaged_description_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "s", sweep())
    (tmp_path / "s" / "sweep.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path / "s")
    (tmp_path / "s" / "sweep.json").write_text('{"format": 99, "sweep": {}}', encoding="utf-8")
    with pytest.raises(StoreError, match="format 99"):
        Store(tmp_path / "s")
