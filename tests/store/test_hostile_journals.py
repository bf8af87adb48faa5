"""Journals, records and links that are damaged or made to harm: no receipt, no wait, no way out."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from damages import NESTED, Damage, endless, huge, pipe, text
from sweeps import small, sweep

from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.execution.run import Workers, carry_out
from twoqs.store import BatchWriter, journal, verify
from twoqs.store.journal import Receipt, encode
from twoqs.sweep import Sweep

pytestmark = pytest.mark.timeout(60)  # a pipe that is waited for is a failure


def signed(body: str) -> bytes:
    """A line of the journal with the checksum that it wants."""
    return f'{body}, "crc": "{zlib.crc32(body.encode()):08x}"}}\n'.encode()


def receipt(**changes: Any) -> bytes:
    return encode(Receipt("0" * 16, 0, "00" * 32, 1, 1.0, "w")._replace(**changes))


RECEIPTS: dict[str, bytes] = {
    "batch without end": receipt(batch=10**18),
    "many batches": receipt(batch=10**10),
    "negative batch": receipt(batch=-1),
    "batch of text": receipt(batch="a"),
    "half a batch": receipt(batch=0.5),
    "batch that is true": receipt(batch=True),
    "short digest": receipt(sha256="00"),
    "digest of other letters": receipt(sha256="zz" * 32),
    "no digest": receipt(sha256=None),
    "time of text": receipt(seconds="x"),
    "point that is a list": receipt(point=[1]),
    "seed of text": receipt(seed="7"),
    "seed that is true": receipt(seed=True),
    "seed without end": receipt(seed=10**30),
    "negative seed": receipt(seed=-1),
    "origin of other letters": receipt(origin="x" * 16),
    "origin that is a list": receipt(origin=[1]),
    "pack of text": receipt(pack="1", offset=0, length=1),
    "pack zero": receipt(pack=0, offset=0, length=1),
    "pack without offset": receipt(pack=1, length=1),
    "offset without pack": receipt(offset=1),
    "negative offset": receipt(pack=1, offset=-1, length=1),
    "offset without end": receipt(pack=1, offset=10**30, length=1),
    "rows without length": receipt(pack=1, offset=0),
    "rows without end": receipt(rows=10**30, pack=1, offset=0, length=1),
    "kept trajectories that are true": receipt(pack=1, offset=0, length=1, kept=True),
    "other keys": signed('{"point": "x", "colour": "red"'),
    "list": signed("[1"),
    "nested": signed('{"point": ' + NESTED),
    "bytes": bytes(range(256)) * 1000,
    "line without end": b"x" * 10**7,
}


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_bad_receipt_is_no_receipt(
    name: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (store / "receipts.jsonl").open("ab") as file:
        file.write(RECEIPTS[name])
    assert main(["status", "s"]) == 0
    assert "8 of 8 done" in capsys.readouterr().out
    assert main(["verify", "s"]) == 0
    outcome = carry_out(sweep(), store, Workers(0), quiet=True)
    assert (outcome.computed, outcome.merged) == (0, False)


@pytest.mark.parametrize("damage", [pipe("receipts.jsonl"), endless("receipts.jsonl")])
def test_receipts_that_are_no_file(
    damage: Damage, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(store)
    for command in ("status", "verify"):
        assert main([command, "s"]) == 1
        error = capsys.readouterr().err
        assert error == "twoqs: Cannot read the receipts: s/receipts.jsonl is no file.\n"


@pytest.mark.parametrize("damage", [pipe, endless, huge])
def test_a_pack_that_is_no_file_is_damaged(
    damage: Callable[[str], Damage], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage("records/000001.bin")(store)
    if damage is endless:
        with pytest.raises(StoreError, match=r"holds the link records/000001\.bin"):
            carry_out(sweep(), store, Workers(0), quiet=True)
    lost = 0 if damage is huge else 8  # what is behind the records does not matter
    assert main(["verify", "s"]) == (1 if lost else 0)
    assert capsys.readouterr().out.count("the record is damaged") == lost
    if damage is pipe:
        outcome = carry_out(sweep(), store, Workers(0), quiet=True)
        assert (outcome.computed, outcome.damaged) == (8, 8)
        assert main(["verify", "s"]) == 0


@pytest.mark.parametrize("what", ["pack", "offset", "length", "rows", "kept"])
def test_a_receipt_that_points_elsewhere_is_of_a_damaged_record(what: str, store: Path) -> None:
    """Its checksum fits, and the place may be: but no such record is there."""
    first, *others = journal.receipts(store / "receipts.jsonl")
    forged = first._replace(**{what: 2**32 - 1})
    (store / "receipts.jsonl").write_bytes(b"".join(map(encode, [forged, *others])))
    assert sum("the record is damaged" in line for line in verify(store)) == 1
    outcome = carry_out(sweep(), store, Workers(0), quiet=True)
    assert (outcome.computed, outcome.damaged) == (1, 1)
    assert list(verify(store)) == []


@pytest.mark.parametrize(
    "lock", ['{"pid": "\\u001b[31m", "host": "x", "started": "y"}', NESTED, "[]", "{}"]
)
def test_a_forged_lock_paints_nothing(
    lock: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with BatchWriter(store, sweep()):
        text("lock", lock)(store)
        assert main(["status", "s"]) == 0
    assert "writer   another process" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["lock", "receipts.jsonl", "sweep.json", "records", "merged.zarr", "x.partial"]
)
def test_a_store_with_a_link_is_not_written(
    name: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = Path("outside")
    if (store / name).exists():
        shutil.move(store / name, outside)
    else:
        outside.write_text("precious", encoding="utf-8")
    (store / name).symlink_to(outside.absolute())
    before = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    more = Sweep.from_dict(small(trajectories=1024))
    with pytest.raises(StoreError, match=f"holds the link {name}, which leads elsewhere"):
        carry_out(more, store, Workers(0), quiet=True)
    after = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    assert after == before


def test_a_pack_that_is_a_link_is_not_written(store: Path) -> None:
    shutil.move(store / "records" / "000001.bin", "outside")
    (store / "records" / "000001.bin").symlink_to(Path("outside").absolute())
    with pytest.raises(StoreError, match=r"holds the link records/000001\.bin"):
        carry_out(Sweep.from_dict(small(trajectories=1024)), store, Workers(0), quiet=True)


def test_a_store_may_itself_be_a_link(store: Path) -> None:
    """Whoever gives it by name means it."""
    Path("linked").symlink_to("s")
    assert carry_out(sweep(), "linked", Workers(0), quiet=True).computed == 0
    assert main(["verify", "linked"]) == 0
