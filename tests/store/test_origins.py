"""Receipts know seed and origin of their batch, which tells stores that were joined by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from golden import machine_kind
from packed import spots
from sweeps import KIND_OF_STORES, earlier_store, merged_bytes, receipts, sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.execution.run import Workers, carry_out
from twoqs.simulation.batch import run_batch
from twoqs.simulation.provenance import MAKERS, origin
from twoqs.store import Store, merged_attributes, verify
from twoqs.store.journal import contents, decode, encode
from twoqs.store.origins import ORIGINS
from twoqs.store.records import RECORDS
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep, work

SERIAL = Workers(0)
OTHER = {"code": "ab" * 32, "cpu": "haswell fma avx2", "numba": "0.1"}


def made(store: Path, content: Sweep, monkeypatch: pytest.MonkeyPatch | None = None) -> Path:
    """A finished store; with a monkeypatch, by other code on another machine."""
    if monkeypatch is None:
        carry_out(content, store, SERIAL, quiet=True)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(work, "origin", lambda: OTHER)
            carry_out(content, store, SERIAL, quiet=True)
    return store


def join(store: Path, other: Path, *what: str) -> None:
    """Put batches of another store into one, as people do it by hand."""
    for name in what:
        if (other / name).is_dir():
            shutil.copytree(other / name, store / name, dirs_exist_ok=True)
        else:
            with (store / name).open("ab") as file:
                file.write((other / name).read_bytes())


def test_each_receipt_names_seed_and_origin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = made(tmp_path / "s", sweep())
    notes = list(contents(store / ORIGINS))
    assert [note["made_by"] for note in notes] == [origin()]
    assert origin().keys() == {"code", "cpu", "rounding", "python", *MAKERS}
    for line in (store / RECEIPTS).read_bytes().splitlines(keepends=True):
        receipt = decode(line)
        assert receipt is not None
        assert (receipt.seed, receipt.origin) == (7, notes[0]["id"])
        assert len(line) < 300, "there may be millions"
    told = json.loads(twoqs.open(store).attrs["origins"])
    assert told == [{"batches": 8, **origin()}]
    assert main(["status", str(store), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["origins"] == told
    assert main(["status", str(store)]) == 0
    line = f"origin   8 by code {origin()['code'][:40]}, cpu {origin()['cpu']}, rounding "
    assert line in capsys.readouterr().out


@pytest.mark.parametrize("records", [True, False], ids=["records too", "receipts alone"])
def test_receipts_of_another_seed_are_refused(
    records: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = sweep()
    store, other = made(tmp_path / "s", content), made(tmp_path / "other", sweep(seed=8))
    before, journal = merged_bytes(store), (store / RECEIPTS).read_bytes()
    join(store, other, RECEIPTS, *([RECORDS] if records else []))
    point, batch = receipts(other)[0]
    wanted = (
        f"The store {store} holds results of another seed: batch {batch} of point {point} was "
        "computed with seed 8, and so were 7 other batches, but the sweep has seed 7. Delete the "
        f'lines with "seed": 8 from {store / RECEIPTS} and run the sweep again'
    )
    for opening in (
        lambda: twoqs.open(store),
        lambda: Store(store),
        lambda: carry_out(content, store, SERIAL, quiet=True),
    ):
        with pytest.raises(StoreError) as refused:
            opening()
        assert str(refused.value).startswith(wanted)
    assert main(["status", str(store)]) == 1
    assert capsys.readouterr().err.startswith(f"twoqs: {wanted}")
    assert main(["verify", str(store)]) == 1
    lines = capsys.readouterr().out.splitlines()
    told = {line for line in lines if line.endswith("with seed 8, but the sweep has seed 7")}
    assert told == {
        f"batch {b} of point {p}: computed with seed 8, but the sweep has seed 7"
        for p, b in receipts(other)
    }
    # What the message says to do.
    lines = (store / RECEIPTS).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if '"seed": 8,' not in line)
    (store / RECEIPTS).write_text(kept, encoding="utf-8")
    assert kept.encode() == journal
    outcome = carry_out(content, store, SERIAL, quiet=True)
    assert (outcome.computed, outcome.damaged) == ((8, 8) if records else (0, 0))
    assert merged_bytes(store) == before
    assert list(verify(store)) == []


def test_records_of_another_seed_are_damaged(tmp_path: Path) -> None:
    """Their receipts are the sweep's own, and name other digests."""
    store, other = made(tmp_path / "s", sweep()), made(tmp_path / "other", sweep(seed=8))
    join(store, other, RECORDS)
    assert sum("the record is damaged" in line for line in verify(store)) == 8


def test_receipts_of_another_stream_are_of_no_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of the streams is part of a point's identity."""
    store = made(tmp_path / "s", sweep())
    with monkeypatch.context() as patch:
        patch.setattr("twoqs.methods.numerics.STREAM_VERSION", 10**6)
        other = made(tmp_path / "other", sweep())
    assert not {point for point, _ in receipts(store)} & {point for point, _ in receipts(other)}
    before = merged_bytes(store)
    join(store, other, RECEIPTS)
    assert carry_out(sweep(), store, SERIAL, quiet=True).computed == 0
    assert merged_bytes(store) == before
    assert list(verify(store)) == []


def test_batches_of_two_origins_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after an update: no damage, but no single environment has all these bits either."""
    store = made(tmp_path / "s", sweep(trajectories=256), monkeypatch)
    assert main(["verify", str(store)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1, "one is nothing to speak of"
    made(store, sweep())
    assert main(["verify", str(store)]) == 0
    told = capsys.readouterr().out.splitlines()[1:]
    assert len(told) == 1
    assert told[0].startswith("The batches have 2 origins")
    assert "4 by code abababab" in told[0]
    assert "cpu haswell fma avx2" in told[0]
    counts = {one["code"]: one["batches"] for one in json.loads(twoqs.open(store).attrs["origins"])}
    assert counts == {OTHER["code"]: 4, origin()["code"]: 4}
    # A batch that is computed anew elsewhere is of that origin from then on.
    point = sweep().points[0].point_id
    spots(store)[point, 0].flip()
    assert carry_out(sweep(), store, SERIAL, quiet=True).merged
    told = json.loads(merged_attributes(store)["origins"])
    assert {one["code"]: one["batches"] for one in told}[OTHER["code"]] == 3


@pytest.mark.parametrize(
    "damage", ["", "x" * 1000, '{"id": "x", "made_by": {"cpu": "\\u001b[31m"}}', "[1]"]
)
def test_origins_decide_nothing(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = made(tmp_path / "s", sweep(trajectories=256))
    (store / ORIGINS).write_text(damage, encoding="utf-8")
    assert main(["verify", str(store)]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert f"{store / ORIGINS} is gone or damaged: it does not say what computed 4 batches" in told
    assert made(store, sweep()) == store
    assert json.loads(twoqs.open(store).attrs["origins"]) == [{"batches": 8, **origin()}]


def test_a_forged_origin_is_not_believed(tmp_path: Path) -> None:
    store = made(tmp_path / "s", sweep(trajectories=256))
    (note,) = contents(store / ORIGINS)
    forged = type("Forged", (), {"_asdict": lambda self: note | {"made_by": OTHER}})()
    (store / ORIGINS).write_bytes(encode(forged))
    assert Store(store).made_by() == [{"batches": 4, "id": note["id"]}]


def test_a_store_without_origins_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = earlier_store(1, tmp_path)
    data = twoqs.open(old)
    assert bool(data.complete.all())
    assert main(["verify", str(old)]) == 0
    assert "4 batches without a note of seed and origin" in capsys.readouterr().out
    before = (old / RECEIPTS).read_bytes()
    outcome = carry_out(sweep(), old, SERIAL, quiet=True)
    assert (outcome.computed, outcome.damaged) == (4, 0)
    assert (old / RECEIPTS).read_bytes().startswith(before)
    assert main(["verify", str(old)]) == 0
    assert [one["batches"] for one in Store(old).made_by()] == [4, 4]
    assert json.loads((old / "sweep.json").read_text(encoding="utf-8"))["format"] == 3
    for point in sweep().points:
        rows = Store(old).rows(point)
        fresh = np.concatenate([run_batch(point.model, point.numerics, 7, b) for b in range(2)])
        assert rows.shape == (32, 45), "without what is kept by default since"
        fresh = fresh[:, :45]
        if machine_kind() == KIND_OF_STORES:
            np.testing.assert_array_equal(rows, fresh)
        # Other processors round otherwise, 10^3 steps grow that less than a millionfold.
        np.testing.assert_allclose(rows, fresh, rtol=1e-9, atol=1e-9)
