"""One file for other tools: netCDF and CSV hold what the dataset holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.io import netcdf_file
from sweeps import sweep
from test_open import LATTICE, keep

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look import open as access
from twoqs.look.export import export, tidy
from twoqs.measure import without_errors
from twoqs.sweep import Sweep

SERIAL = Workers(count=0)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Stores of sweeps of two kinds, to read only."""
    folder = tmp_path_factory.mktemp("stores")
    for name, changes in {"times": {"seed": 2**62}, "lattice": LATTICE}.items():
        carry_out(sweep(**changes, description="Größe"), folder / name, SERIAL, quiet=True)
    return {name: folder / name for name in ("times", "lattice")}


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """A store with three of four points."""
    carry_out(sweep(), tmp_path / "part", SERIAL, quiet=True)
    keep(tmp_path / "part", 7)
    return tmp_path / "part"


def text_of(variable: xr.DataArray) -> xr.DataArray:
    return variable.astype(object) if variable.dtype.kind == "T" else variable


@pytest.mark.parametrize("kind", ["times", "lattice"])
def test_netcdf_holds_the_whole_dataset(
    kind: str, finished: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "new" / "out.nc"
    export(finished[kind], path)
    data = twoqs.open(finished[kind])
    with xr.open_dataset(path) as file:
        assert set(file.variables) == set(data.variables)
        assert set(file.coords) == set(data.coords)
        for name, variable in data.variables.items():
            assert file[name].dims == variable.dims
            np.testing.assert_array_equal(file[name], text_of(data[name]))
            for key, value in variable.attrs.items():
                np.testing.assert_array_equal(file[name].attrs[key], value)
        assert file.attrs.keys() == data.attrs.keys()
        assert str(file.attrs["seed"]) == str(data.attrs["seed"])
        assert file.attrs["comment"] == "Größe"
        assert json.loads(file.attrs["sweep"]) == json.loads(data.attrs["sweep"])
    assert [entry.name for entry in path.parent.iterdir()] == ["out.nc"]


def test_no_type_is_special(finished: dict[str, Path], tmp_path: Path) -> None:
    """Real numbers, integers and characters only: what any reader of netCDF-3 knows."""
    export(finished["lattice"], tmp_path / "out.nc")
    with netcdf_file(tmp_path / "out.nc", mmap=False) as file:
        kinds = {variable.data.dtype.kind for variable in file.variables.values()}
        assert file.version_byte == 2, "64-bit offsets"
    assert kinds == {"f", "i", "S"}


def test_large_integers_become_floats(tmp_path: Path) -> None:
    axes: dict[str, Any] = {"spin": {"sets": "model.spin", "values": [10, 10**12]}}
    carry_out(sweep(axes=axes), tmp_path / "s", SERIAL, quiet=True)
    export(tmp_path / "s", tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as file:
        assert file.spin.values.tolist() == [10.0, 1e12]


@pytest.mark.parametrize("kind", ["times", "lattice"])
def test_csv_has_a_row_for_each_value(kind: str, finished: dict[str, Path], tmp_path: Path) -> None:
    export(finished[kind], tmp_path / "out.csv")
    data = twoqs.open(finished[kind])
    table = pd.read_csv(tmp_path / "out.csv")
    inner = {"times": ["time"], "lattice": ["distance", "site"]}[kind]
    last = ["variable", "value", "standard_error", "trajectories", "status"]
    assert table.columns.tolist() == ["omega", "case", *inner, *last]
    names = set(without_errors(data.data_vars)) - {"trajectories"}
    assert set(table.variable) == names
    for name in names:
        dims = data[name].dims
        rows = table[table.variable == name].set_index(list(dims))
        assert len(rows) == data[name].size
        found = rows.value.to_xarray().reindex_like(data[name])
        np.testing.assert_array_equal(found.transpose(*dims), data[name], err_msg=name)
        if f"{name}_se" in data:
            errors = rows.standard_error.to_xarray().reindex_like(data[name])
            np.testing.assert_array_equal(errors.transpose(*dims), data[f"{name}_se"])
            codes = data.twoqs.status(name)
            words = np.array(codes.attrs["flag_meanings"].split())[codes.values]
            found = rows.status.to_xarray().reindex_like(data[name])
            np.testing.assert_array_equal(found.transpose(*dims), words)
        else:
            assert rows.standard_error.isna().all()
            assert rows.status.isna().all()
        assert (rows.trajectories == 512).all()


def test_a_single_point_is_a_table_of_one_row_a_variable(tmp_path: Path) -> None:
    carry_out(sweep(axes={}, numerics={"average": [0, 2]}), tmp_path / "s", SERIAL, quiet=True)
    table = tidy(twoqs.open(tmp_path / "s"), "sz")
    last = ["variable", "value", "standard_error", "trajectories", "status"]
    assert table.columns.tolist() == last
    assert len(table) == 1
    with pytest.raises(ArgumentError, match="`name` must be a variable of the dataset"):
        tidy(twoqs.open(tmp_path / "s"), "foo")
    with pytest.raises(ArgumentError, match="`partial` must be true or false"):
        twoqs.open(tmp_path / "s", partial="no")  # type: ignore[arg-type]


@pytest.mark.parametrize("lazy", [False, True])
def test_points_that_are_not_finished_are_empty(
    lazy: bool, unfinished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lazy:
        monkeypatch.setattr(access, "IN_MEMORY", 0)
    data = export(unfinished, tmp_path / "out.csv")
    assert int(data.complete.sum()) == 3
    table = pd.read_csv(tmp_path / "out.csv")
    missing = table[table.trajectories == 0]
    assert len(missing) == len(table) / 4
    assert missing.value.isna().all()
    assert missing.standard_error.isna().all()
    assert set(missing.status[missing.variable == "sz"]) == {"missing"}
    export(unfinished, tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as file:
        np.testing.assert_array_equal(np.isnan(file.sz).all("time"), ~file.complete)


def test_flags_are_integers(finished: dict[str, Path], tmp_path: Path) -> None:
    export(finished["lattice"], tmp_path / "out.csv", ["xi_status"])
    table = pd.read_csv(tmp_path / "out.csv")
    assert set(table.variable) == {"xi_status"}
    assert table.value.dtype == np.int64


def test_the_command(unfinished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out.csv"
    arguments = ["export", str(unfinished), str(output), "--var", "sz", "--var", "sx"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{output}: 3 of 4 points\n"
    first = output.read_bytes()
    assert first.startswith(
        b"omega,case,time,variable,value,standard_error,trajectories,status\n0.5,"
    )
    output.write_bytes(b"mine")
    assert main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert output.read_bytes() == b"mine"
    assert main([*arguments, "--force"]) == 0
    assert output.read_bytes() == first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["part", "out.txt"], "`output` must end in .nc or .csv, but got 'out.txt'"),
        (["part", "part.csv"], "`output` must be a file, but got"),
        (["part", "out.nc", "--var", "s"], "`var` must be a variable"),
        (["none", "out.nc"], "There is no sweep in none"),
        ([".", "out.nc"], "There is no sweep in ."),
    ],
)
def test_refusals(
    arguments: list[str],
    words: str,
    unfinished: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(unfinished.parent)
    Path("part.csv").mkdir()
    before = set(Path().iterdir())
    assert main(["export", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert set(Path().iterdir()) == before


@pytest.mark.parametrize("ending", ["nc", "csv"])
def test_what_cannot_be_written_leaves_the_old_file(
    ending: str,
    unfinished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"out.{ending}"
    output.write_bytes(b"old")

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    assert main(["export", str(unfinished), str(output), "--force"]) == 1
    assert capsys.readouterr().err == f"twoqs: Cannot write {output}: No space left on device.\n"
    assert output.read_bytes() == b"old"
    assert {entry.name for entry in tmp_path.iterdir()} == {"part", output.name}


def test_a_variable_beyond_the_format_is_refused(
    unfinished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twoqs.look.export.MOST_BYTES", 8)
    with pytest.raises(twoqs.ArgumentError, match=r"`output` must end in .csv, as .* is too large"):
        export(unfinished, tmp_path / "out.nc")
    assert not (tmp_path / "out.nc").exists()


def test_a_file_alone_says_what_to_run_again(finished: dict[str, Path], tmp_path: Path) -> None:
    export(finished["times"], tmp_path / "out.nc", ["sz"])
    with xr.open_dataset(tmp_path / "out.nc") as file:
        again = Sweep.from_dict(json.loads(file.attrs["sweep"]))
        points = {str(identity) for identity in file.point_id.values.flat}
    assert again.seed == 2**62
    assert {point.point_id for point in again.points} == points
