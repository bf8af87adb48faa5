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
import zarr
from packed import only_appended, packs, spots
from sweeps import merged_bytes, receipts, sweep

from twoqs.errors import StoreError
from twoqs.simulation.batch import run_batch
from twoqs.store import BatchWriter, Store, journal, merge, write_merged
from twoqs.store.grid import chunk_shape, extent, positions, regions
from twoqs.store.journal import Receipt
from twoqs.store.ledger import Ledger
from twoqs.store.origins import ORIGINS, Origins
from twoqs.store.records import RECORDS
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep
from twoqs.sweep.work import Result, Task, execute


def fill(store: Path, content: Sweep, limit: int | None = None) -> list[tuple[str, int]]:
    """Compute what is missing, at most `limit` batches, and merge; returns what was computed."""
    with BatchWriter(store, content) as batches:
        batches.revoke_damaged()
        missing = list(batches.missing())[:limit]
        for point, batch in missing:
            batches.commit([(point, execute(Task.of(point, content.seed, batch)))])
        write_merged(batches, {"digest": batches.digest()})
    return [(point.point_id, batch) for point, batch in missing]


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


PLACED = {"pack": 3, "offset": 10**9, "length": 45}
MADE = {"seed": 2**59, "origin": "ab" * 8}


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt("0123456789abcdef", 12, "ab" * 32, 4, 1.25, 'tcp://"x"', **PLACED, kept=9),
        Receipt("0123456789abcdef", 12, "ab" * 32, 4, 1e-06, "tcp://127.0.0.1:8786", **MADE),
        Receipt("0123456789abcdef", 12, "ab" * 32, 4, 1.25, "driver", **MADE, **PLACED),
    ],
    ids=["any", "without place", "as nearly all are"],
)
def test_receipts_survive_their_line(receipt: Receipt) -> None:
    line = journal.encode(receipt)
    assert journal.decode(line) == receipt
    for position in range(len(line) - 1):
        damaged = bytearray(line)
        damaged[position] ^= 1
        assert journal.decode(bytes(damaged)) is None
    assert journal.decode(line[:-3]) is None


def test_the_ledger_grows_and_forgets() -> None:
    ledger = Ledger()
    for batch in (0, 1, 5, 40):
        ledger.add(Receipt("p", batch, f"{batch:064x}", 1, 0.5, ""))
    assert ledger.count("p", 6) == 3
    assert list(ledger.missing("p", 6)) == [2, 3, 4]
    assert list(ledger.missing("q", 2)) == [0, 1]
    assert ledger.digest("p", 40) == (40).to_bytes(32)
    assert ledger.digest("p", 41) is ledger.digest("p", 10**6) is None
    assert ledger.seconds("p", 6) == 1.5
    assert ledger.place("p", 40) is None, "receipts of earlier versions tell none"
    assert (ledger.end, ledger.length("p")) == ((0, 0), 0)
    ledger.add(Receipt("q", 1, "00" * 32, 4, 0.5, "", pack=2, offset=100, length=45, kept=9))
    ledger.add(Receipt("q", 0, "00" * 32, 4, 0.5, "", pack=1, offset=900, length=45))
    assert ledger.place("q", 1) == (2, 100, 4, 45, 9)
    assert (ledger.end, ledger.length("q")) == ((2, 100 + 8 * (4 * 45 + 9) + 4), 45)
    ledger.revoke("p", 1)
    assert list(ledger.done("p", 100)) == [0, 5, 40]
    assert not ledger.finished("p", 1) or ledger.digest("p", 0) is not None


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 7, 12, 23, 24, 25, 1000])
def test_blocks_of_a_grid_cover_it_once_in_order(limit: int) -> None:
    shape = (2, 3, 4)
    chunks = chunk_shape(shape, limit)
    assert np.prod(chunks) <= max(limit, 1)
    seen = []
    for region in regions(shape, chunks):
        expected = np.arange(24).reshape(shape)[region].ravel().tolist()
        assert list(positions(shape, region)) == expected
        assert np.prod(extent(region)) == len(expected)
        seen += expected
    assert seen == list(range(24))


def test_a_point_alone_is_a_grid() -> None:
    assert chunk_shape((), 5) == ()
    assert list(regions((), ())) == [()]
    assert list(positions((), ())) == [0]


@pytest.mark.parametrize("chunk_bytes", [1, 100, 10**9])
@pytest.mark.parametrize("region_bytes", [1, 20_000, 10**9])
def test_merging_in_blocks_changes_no_value(
    region_bytes: int, chunk_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sweep(axes__omega__values=[0.1, 0.2, 0.3, 0.4, 0.5])
    fill(tmp_path / "whole", content)
    monkeypatch.setattr(merge, "REGION_BYTES", region_bytes)
    monkeypatch.setattr(merge, "CHUNK_BYTES", chunk_bytes)
    fill(tmp_path / "blocks", content)
    whole = zarr.open_group(tmp_path / "whole" / "merged.zarr", mode="r")
    blocks = zarr.open_group(tmp_path / "blocks" / "merged.zarr", mode="r")
    assert set(whole.array_keys()) == set(blocks.array_keys())
    for name, array in whole.arrays():
        np.testing.assert_array_equal(array[...], blocks[name][...])
    sz = blocks["sz"]
    assert isinstance(sz, zarr.Array)
    if region_bytes == 1:
        # Three times are 24 bytes: 100 hold four points, which are two of five values of omega.
        assert sz.nchunks == {1: 10, 100: 3, 10**9: 1}[chunk_bytes]


@pytest.mark.parametrize(
    "numerics",
    [
        {"average": [0, 1], "observables": ["correlation", "sites"]},
        {"times": {"linspace": [0, 10, 101]}, "observables": ["correlation"]},
        {"times": {"linspace": [0, 10, 1001]}},
    ],
    ids=["steady states", "correlations in time", "times"],
)
def test_a_thousand_points_are_few_files(numerics: dict[str, Any], tmp_path: Path) -> None:
    """So that opening is fast on any file system. Points need not be finished to have a place."""
    lattice = {"chain": {"n": 40, "periodic": True}}
    content = sweep(
        model={"spin": 10, "lattice": lattice, "decay": 1.0},
        numerics=numerics,
        axes__omega__values={"linspace": [0, 1, 500]},
    )
    assert len(content.points) == 1000
    fill(tmp_path / "s", content, limit=0)
    merged = tmp_path / "s" / "merged.zarr"
    assert sum(1 for path in merged.rglob("*") if path.is_file()) < 300
    for _, array in zarr.open_group(merged, mode="r").arrays():
        assert array.nchunks == array.nchunks_initialized


def test_points_that_are_not_finished_are_masked(tmp_path: Path) -> None:
    content = sweep()
    fill(tmp_path / "s", content, limit=3)
    group = zarr.open_group(tmp_path / "s" / "merged.zarr", mode="r")
    assert group["trajectories"][...].tolist() == [[512, 0], [0, 0]]
    finite = np.isfinite(group["sz"][...]).all(axis=-1)
    assert finite.tolist() == [[True, False], [False, False]]
    assert set(group["point_id"][...].ravel().tolist()) == {p.point_id for p in content.points}
