"""Stores from elsewhere, damaged or made to harm: one error, no wait, and nothing outside them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from damages import NESTED, Damage, array, edited, endless, huge, known, pipe, root, text
from sweeps import sweep

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out

pytestmark = pytest.mark.timeout(60)  # a pipe that is waited for is a failure


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
    name: str, undisturbed: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The records are read in its place: they are what counts."""
    MERGED[name](store)
    xr.testing.assert_equal(twoqs.open("s"), twoqs.open(undisturbed))
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
    assert carry_out(sweep(), store, Workers(0), quiet=True).merged
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
