"""Stores from elsewhere, damaged or made to harm: one error, no wait, and nothing outside them."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from sweeps import small, sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.run.run import Workers, run
from twoqs.store import BatchWriter
from twoqs.store.journal import Receipt, encode
from twoqs.store.merged import tree_digest
from twoqs.sweep import Sweep

pytestmark = pytest.mark.timeout(60)  # a pipe that is waited for is a failure

Damage = Callable[[Path], None]
NESTED = "[" * 100_000 + "]" * 100_000


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("original") / "s"
    run(sweep(), path, Workers(0), quiet=True)
    return path


@pytest.fixture
def store(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a finished store, called `s` in the working directory."""
    shutil.copytree(original, tmp_path / "s")
    monkeypatch.chdir(tmp_path)
    return Path("s")


def text(name: str, content: str) -> Damage:
    return lambda store: (store / name).write_text(content, encoding="utf-8") and None


def pipe(name: str) -> Damage:
    def damage(store: Path) -> None:
        (store / name).unlink()
        os.mkfifo(store / name)

    return damage


def endless(name: str) -> Damage:
    def damage(store: Path) -> None:
        (store / name).unlink()
        (store / name).symlink_to("/dev/zero")

    return damage


def huge(name: str) -> Damage:
    return lambda store: os.truncate(store / name, 10**11)


def edited(name: str, *path: str, value: Any) -> Damage:
    """A JSON file with another value at a path."""

    def damage(store: Path) -> None:
        content = json.loads((store / name).read_text(encoding="utf-8"))
        inner = content
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        (store / name).write_text(json.dumps(content), encoding="utf-8")

    return damage


def array(name: str, *path: str, value: Any) -> Damage:
    """Other metadata of a merged array, with all digests made to fit."""

    def damage(store: Path) -> None:
        merged = store / "merged.zarr"
        edited(f"merged.zarr/{name}/zarr.json", *path, value=value)(store)
        metadata = json.loads((merged / name / "zarr.json").read_text(encoding="utf-8"))
        root = "merged.zarr/zarr.json"
        edited(root, "consolidated_metadata", "metadata", name, value=metadata)(store)
        edited(root, "attributes", "content_sha256", value=tree_digest(merged))(store)

    return damage


def root(*path: str, value: Any) -> Damage:
    return edited("merged.zarr/zarr.json", *path, value=value)


def known(name: str, value: Any) -> Damage:
    return root("consolidated_metadata", "metadata", name, value=value)


class Harm:
    """Unpickling this leaves a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("owned"),)


OLD_ARRAY = {
    "zarr_format": 2,
    "shape": [2],
    "chunks": [2],
    "dtype": "|O",
    "compressor": None,
    "fill_value": None,
    "order": "C",
    "filters": [{"id": "pickle", "protocol": 5}],
    "attributes": {"_ARRAY_DIMENSIONS": ["omega"]},
}
"""An array of an older format, whose values are pickles."""


def pickles(store: Path) -> None:
    known("omega", OLD_ARRAY)(store)
    (store / "merged.zarr" / "omega" / "0").write_bytes(pickle.dumps(Harm()))


def pickles_of_one_array(store: Path) -> None:
    folder = store / "merged.zarr" / "omega"
    (folder / "zarr.json").unlink()
    (folder / ".zarray").write_text(json.dumps(OLD_ARRAY), encoding="utf-8")
    (folder / "0").write_bytes(pickle.dumps(Harm()))


SWEEP, GROUP = "sweep.json", "merged.zarr/zarr.json"

DESCRIPTIONS: dict[str, Damage] = {
    "empty": text(SWEEP, ""),
    "nested": text(SWEEP, NESTED),
    "list": text(SWEEP, "[]"),
    "sweep that is a list": text(SWEEP, '{"format": 1, "sweep": []}'),
    "sweep of nothing": text(SWEEP, '{"format": 1, "sweep": {}}'),
    "pipe": pipe(SWEEP),
    "endless": endless(SWEEP),
    "huge": huge(SWEEP),
    "other format": edited(SWEEP, "format", value="x" * 10**6),
    "name that climbs": edited(SWEEP, "sweep", "name", value="../../x"),
    "points without end": edited(
        SWEEP, "sweep", "axes", "omega", "values", value={"linspace": [0, 1, 10**9]}
    ),
    "trajectories without end": edited(SWEEP, "sweep", "trajectories", value=10**18),
    "unknown physics": edited(SWEEP, "sweep", "model", "spin", value=0.3),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
@pytest.mark.parametrize("command", ["status", "verify", "show", "validate"])
def test_a_bad_description_is_one_error(
    name: str, command: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    DESCRIPTIONS[name](store)
    assert main([command, "s"]) in (1, 2)
    output = capsys.readouterr()
    assert output.err.count("\n") == 1
    assert len(output.err) < 500
    assert "sweep.json" in output.err or "has format" in output.err


def test_a_description_of_what_cannot_be_run(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(SWEEP, "sweep", "numerics", "step", value=5.0)(store)
    for command in ("status", "verify"):
        assert main([command, "s"]) == 1
        error = capsys.readouterr().err
        assert error.startswith("twoqs: The file s/sweep.json is damaged: Argument `numerics.step`")


MERGED: dict[str, Damage] = {
    "nested": text(GROUP, NESTED),
    "list": text(GROUP, "[]"),
    "pipe": pipe(GROUP),
    "endless": endless(GROUP),
    "huge": huge(GROUP),
    "attributes that are a list": root("attributes", value=[1]),
    "no sweep": root("attributes", "sweep", value=3),
    "sweep that is no JSON": root("attributes", "sweep", value="{"),
    "sweep of nothing": root("attributes", "sweep", value="{}"),
    "no metadata": root("consolidated_metadata", value=None),
    "name that climbs": known("../../../x", {}),
    "absolute name": known("/etc/x", {}),
    "array of pickles": pickles,
    "shape without end": array("sz", "shape", value=[10**9, 10**9, 3]),
    "shape of other axes": array("sz", "shape", value=[3, 2, 3]),
    "coordinate without end": array("time", "shape", value=[10**12]),
    "chunks of nothing": array("sz", "chunk_grid", "configuration", "chunk_shape", value=[0, 0, 0]),
    "chunk without end": array(
        "sz", "chunk_grid", "configuration", "chunk_shape", value=[10**5, 10**5, 3]
    ),
    "unknown codec": array("sz", "codecs", value=[{"name": "numcodecs.pickle"}]),
    "text without end": array(
        "sz",
        "data_type",
        value={"name": "fixed_length_utf32", "configuration": {"length_bytes": 4 * 10**9}},
    ),
    "dates": array("time", "attributes", "units", value="days since 2000-01-01"),
    "scale that is text": array("sz", "attributes", "scale_factor", value="abc"),
    "values that are a pipe": pipe("merged.zarr/sz/c/0/0/0"),
    "values that are endless": endless("merged.zarr/sz/c/0/0/0"),
    "values that are huge": huge("merged.zarr/sz/c/0/0/0"),
}


@pytest.mark.parametrize("name", MERGED)
def test_a_bad_dataset_is_never_opened(
    name: str, original: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The records are read in its place: they are what counts."""
    MERGED[name](store)
    xr.testing.assert_equal(twoqs.open("s"), twoqs.open(original))
    assert main(["validate", "s"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "missing, damaged or older than they are. Run the sweep again" in error
    assert main(["status", "s"]) == 0
    assert "merged   not up to date" in capsys.readouterr().out
    assert main(["verify", "s"]) == 1
    assert "s/merged.zarr is missing or damaged" in capsys.readouterr().out
    assert [path.name for path in Path().iterdir()] == ["s"]


@pytest.mark.parametrize("name", ["array of pickles", "shape without end", "endless", "nested"])
def test_a_bad_dataset_is_made_anew(name: str, store: Path) -> None:
    MERGED[name](store)
    assert run(sweep(), store, Workers(0), quiet=True).merged
    assert main(["verify", "s"]) == 0


def test_pickles_of_one_array_are_not_read(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pickles_of_one_array(store)
    for command in ("show", "validate", "verify"):
        assert main([command, "s"]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not Path("owned").exists()


def test_pickles_do_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: what is not read above would leave a file."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Harm()))
    assert Path("owned").exists()


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
    outcome = run(sweep(), store, Workers(0), quiet=True)
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
def test_a_record_that_is_no_file_is_damaged(
    damage: Callable[[str], Damage], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point = sweep().points[0]
    damage(f"batches.zarr/{point.point_id}/c.0.0.0")(store)
    assert main(["verify", "s"]) == 1
    assert capsys.readouterr().out.startswith(f"batch 0 of point {point.point_id}")
    outcome = run(sweep(), store, Workers(0), quiet=True)
    assert (outcome.computed, outcome.damaged) == (1, 1)


@pytest.mark.parametrize("damage", [pipe, endless, huge, lambda name: text(name, NESTED)])
def test_metadata_of_records_that_are_no_file(
    damage: Callable[[str], Damage], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point = sweep().points[0]
    damage(f"batches.zarr/{point.point_id}/zarr.json")(store)
    assert main(["verify", "s"]) == 1
    assert "the metadata is gone or damaged" in capsys.readouterr().out


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
    "name", ["lock", "receipts.jsonl", "sweep.json", "batches.zarr", "merged.zarr", "x.partial"]
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
        run(more, store, Workers(0), quiet=True)
    after = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    assert after == before


def test_the_folder_of_a_point_that_is_a_link_is_not_written(store: Path) -> None:
    point = sweep().points[0].point_id
    shutil.move(store / "batches.zarr" / point, "outside")
    (store / "batches.zarr" / point).symlink_to(Path("outside").absolute())
    with pytest.raises(StoreError, match=f"holds the link batches.zarr/{point}"):
        run(Sweep.from_dict(small(trajectories=1024)), store, Workers(0), quiet=True)


def test_a_store_may_itself_be_a_link(store: Path) -> None:
    """Whoever gives it by name means it."""
    Path("linked").symlink_to("s")
    assert run(sweep(), "linked", Workers(0), quiet=True).computed == 0
    assert main(["verify", "linked"]) == 0
