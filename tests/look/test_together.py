"""Results along axes that move together: kept, opened, chosen, shown and grown."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from once import Once
from sweeps import SMALL, merged_bytes, receipts, small, write_spec

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.predict import predictions
from twoqs.execution.run import Workers, carry_out
from twoqs.look.export import tidy
from twoqs.look.plot.quick import quick_figure
from twoqs.sweep import Sweep

OMEGA = {"sets": "model.field.x", "values": [0.5, 1, 0.5], "units": "Gamma"}
DETUNING = {"sets": "model.field.z", "values": [0.1, 0.2, 0.3], "long_name": "detuning"}


def content(omega: Any = OMEGA, det: Any = DETUNING) -> dict[str, Any]:
    axes = {"path": {"zip": {"omega": omega, "det": det}}, "case": SMALL["axes"]["case"]}
    return small(trajectories=256, axes=axes)


@pytest.fixture(scope="module")
def kept(once: Once) -> Path:
    """A store of such a sweep; to read only."""

    def fill(folder: Path) -> None:
        carry_out(Sweep.from_dict(content()), folder / "s", Workers(0), quiet=True)

    return once("together", fill) / "s"


@pytest.fixture(scope="module")
def data(kept: Path) -> xr.Dataset:
    found = twoqs.open(kept)
    assert isinstance(found, xr.Dataset)
    return found


def test_values_are_coordinates_along_the_dimension(kept: Path, data: xr.Dataset) -> None:
    assert dict(data.sizes) == {"path": 3, "case": 2, "time": 3}
    assert data.path.values.tolist() == [0, 1, 2]
    assert data.det.dims == data.omega.dims == ("path",)
    assert data.omega.values.tolist() == [0.5, 1, 0.5]
    assert data.omega.attrs == {
        "long_name": "omega", "units": "Gamma", "sets": "model.field.x",
    }  # fmt: skip
    assert {"omega", "det"} <= set(xr.open_zarr(kept / "merged.zarr").coords)
    predicted = predictions(Sweep.from_dict(content()))
    assert predicted.det.values.tolist() == data.det.values.tolist()
    assert main(["verify", str(kept)]) == 0


def test_they_are_chosen_by_value(data: xr.Dataset) -> None:
    xr.testing.assert_identical(data.twoqs.sel(det=0.1 * 3), data.isel(path=2))
    xr.testing.assert_identical(data.twoqs.sel(det=[0.3, 0.1]), data.isel(path=[2, 0]))
    xr.testing.assert_identical(data.twoqs.sel(det=slice(0.15, 0.3)), data.isel(path=[1, 2]))
    # A value that is there twice leaves the dimension open; another one beside it closes it.
    xr.testing.assert_identical(data.sz.twoqs.sel(omega=0.5), data.sz.isel(path=[0, 2]))
    xr.testing.assert_identical(data.twoqs.sel(omega=0.5, det=0.3), data.isel(path=2))
    xr.testing.assert_identical(data.twoqs.sel(path=1, case="pda"), data.isel(path=1, case=0))
    with pytest.raises(ArgumentError, match="`det` must go with what else is chosen along `path`"):
        data.twoqs.sel(omega=1, det=0.3)
    with pytest.raises(ArgumentError, match="must name only path, omega, det, case, time"):
        data.twoqs.sel(omga=1)
    with pytest.raises(ArgumentError, match=r"be a value of the axis \(the nearest are 0.5 and 1"):
        data.twoqs.sel(omega=0.7)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    assert main(["show", *arguments]) == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_tables_have_their_columns(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, head, *rows = shown(capsys, str(kept), "--at", "case=pda")
    assert head[:3] == ["path", "omega", "det"]
    assert [row[:3] for row in rows] == [
        ["0", "0.5", "0.1"], ["1", "1", "0.2"], ["2", "0.5", "0.3"],
    ]  # fmt: skip
    first, head, *rows = shown(capsys, str(kept), "--at", "det=0.21")
    assert " ".join(first) == "at det = 0.2, time = 2"
    assert (head[0], [row[0] for row in rows]) == ("case", ["pda", "conserving"])
    assert main(["show", str(kept), "--at", "omega=0.5"]) == 2
    assert "choose one place along `path`, as --at path=0 does" in capsys.readouterr().err
    both = ["--at", "omega=0.5", "--at"]
    first, *_ = shown(capsys, str(kept), *both, "det=0.3")
    assert " ".join(first) == "at omega = 0.5, det = 0.3, time = 2"
    assert main(["show", str(kept), *both, "det=0.2"]) == 2
    assert "`at` must go with what else is chosen along `path`" in capsys.readouterr().err
    assert main(["show", str(kept), "--at", "omga=0.5"]) == 2
    assert "name a dimension (path, omega, det, case, time)" in capsys.readouterr().err


def test_files_have_their_columns(data: xr.Dataset, tmp_path: Path, kept: Path) -> None:
    frame = tidy(data, "sz")
    assert list(frame.columns)[:5] == ["path", "omega", "det", "case", "time"]
    assert frame[frame.path == 1].omega.unique().tolist() == [1]
    assert main(["export", str(kept), str(tmp_path / "t.csv")]) == 0
    assert list(pd.read_csv(tmp_path / "t.csv").columns)[:3] == ["path", "omega", "det"]
    assert main(["export", str(kept), str(tmp_path / "t.nc")]) == 0
    with xr.open_dataset(tmp_path / "t.nc") as written:
        assert written.det.dims == ("path",)


def test_pictures_are_drawn_against_their_values(
    data: xr.Dataset, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = data.isel(case=0)
    figure = quick_figure(data, one.isel(time=1), "sz", "det", [])
    (axes,) = figure.axes
    assert "detuning" in axes.get_xlabel()
    (bars,) = axes.containers
    np.testing.assert_array_equal(bars[0].get_xdata(), data.det)
    longest = data.isel(case=0, time=1).twoqs.plot("sz").axes[0]
    assert longest.get_xlabel().startswith(r"$\omega$"), "the first of them in the file"
    figure = quick_figure(data, one, "sz", "time", ["path"])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["0.5, 0.1", "1, 0.2", "0.5, 0.3"]
    output = tmp_path / "p.png"
    for options in ([], ["--x", "omega"], ["--x", "path"], ["--at", "det=0.2"]):
        case = ["--at", "case=pda"]
        assert main(["plot", str(kept), "--output", str(output), *case, *options]) == 0
        assert output.stat().st_size > 0
        output.unlink()
    capsys.readouterr()
    assert main(["plot", str(kept), "--x", "omga"]) == 2
    assert "be a dimension of `sz` (path, omega, det, case, time)" in capsys.readouterr().err


def test_a_store_grows_along_them(kept: Path, tmp_path: Path) -> None:
    """What is there stays; the result is that of one run of the whole."""
    grown = Sweep.from_dict(
        content(OMEGA | {"values": [2, 0.5, 1, 0.5]}, DETUNING | {"values": [0.3, 0.1, 0.2, 0.3]})
    )
    store = shutil.copytree(kept, tmp_path / "s")
    before = receipts(store)
    carry_out(grown, store, Workers(0), quiet=True)
    assert receipts(store)[: len(before)] == before
    assert len(receipts(store)) == len(before) + 2
    carry_out(grown, tmp_path / "fresh", Workers(0), quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "fresh")


def test_other_axes_are_refined_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = content()
    spec["axes"]["case"] = {"sets": "model.gain", "values": [0, 0.1, 0.4]}
    file = write_spec(tmp_path / "small.yaml", spec)
    assert main(["run", str(file), "--workers", "0", "--quiet"]) == 0
    assert main(["refine", str(file), "--axis", "case", "--points", "1"]) == 0
    text, said = capsys.readouterr()
    assert "3 new points (12 in all)." in said
    Path("grown.yaml").write_text(text, encoding="utf-8")
    assert Sweep.from_file("grown.yaml").shape == (3, 4)
    for name in ("path", "omega"):
        assert main(["refine", str(file), "--axis", name, "--points", "1"]) == 2
        assert "`axis` must name an axis" in capsys.readouterr().err


def test_describe_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_spec(tmp_path / "small.yaml", content())
    assert main(["describe", str(file), "--at", "det=0.2"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "H             1*spin.x + 0.2*spin.z".replace("1*", "") in told
    assert told[-4:-1] == [
        "axis          path = 0 to 2, these together:",
        "              omega = 0.5, 1, 0.5 Gamma, sets model.field.x",
        "              det = 0.1, 0.2, 0.3, sets model.field.z",
    ]
