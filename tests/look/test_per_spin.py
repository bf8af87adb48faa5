"""Values per spin length: divided by each point's own S, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sweeps import sweep
from test_open import LATTICE
from test_plot import bars

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.look.export import tidy
from twoqs.look.open import read_variables
from twoqs.look.per_spin import over_spin
from twoqs.look.plot.quick import quick_figure
from twoqs.look.table import table
from twoqs.measure import OBSERVABLES

SPINS = {
    "axes": {
        "spin": {"sets": "model.spin", "values": [40, 8]},
        "case": {"cases": {"pda": {"numerics.scheme": "pda"}, "conserving": {}}},
    },
    "numerics": {"times": [0, 1], "observables": ["sites"]},
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep over the spin length, and one of a chain; to read only."""
    folder = tmp_path_factory.mktemp("stores")
    carry_out(sweep(**SPINS), folder / "spins", Workers(count=0), quiet=True)
    carry_out(sweep(**LATTICE), folder / "lattice", Workers(count=0), quiet=True)
    return folder


def test_each_point_is_divided_by_its_own_spin(stores: Path) -> None:
    data = twoqs.open(stores / "spins")
    shown = over_spin(data, ["sz", "var_sx", "sz_site"])
    for spin in (8, 40):
        for name, scale in (("sz", spin), ("sz_site", spin), ("var_sx", spin**2)):
            for each in (name, f"{name}_se"):
                whole, part = data[each].sel(spin=spin), shown[each].sel(spin=spin)
                np.testing.assert_array_equal(part, whole / scale)
                assert part.attrs["units"] == ("S" if scale == spin else "S^2")
    assert shown.sz.dims == data.sz.dims
    assert shown.sy.identical(data.sy), "what was not named stays"
    one = over_spin(data.sel(spin=8, case="pda"), ["sz"])
    np.testing.assert_array_equal(one.sz, shown.sz.sel(spin=8, case="pda"))


@pytest.mark.parametrize("name", ["spins", "lattice"])
def test_every_variable_is_divided_or_refused(stores: Path, name: str) -> None:
    data = twoqs.open(stores / name)
    units = {name: record.units for name, record in OBSERVABLES.items()}
    seen = set()
    for variable in map(str, data.data_vars):
        of = variable.removesuffix("_se").removesuffix("_drift")
        power = {"hbar": 1, "hbar^2": 2}.get(units.get(of, "1"))
        if power is None:
            message = f"`per_spin` must go with variables in units of hbar or .* got '{variable}'"
            with pytest.raises(twoqs.ArgumentError, match=message):
                over_spin(data, [variable])
        else:
            seen.add(power)
            spin = data.spin if "spin" in data.coords else LATTICE["model"]["spin"]
            expected = data[variable] / spin**power
            np.testing.assert_allclose(over_spin(data, [variable])[variable], expected, rtol=1e-15)
    assert seen == {1, 2}


def test_the_table_says_so(stores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["show", str(stores / "spins"), "--at", "time=0", "--at", "case=conserving"]
    assert main([*words, "--per-spin"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()[1:]
    assert head.split() == ["spin", "sx/S", "sy/S", "sz/S", "trajectories"]
    for row in rows:
        assert float(row.split()[-4]) == pytest.approx(-1, abs=0.01)
    assert main([*words, "--per-spin", "--var", "var_sx", "--var", "spin_length"]) == 0
    head = capsys.readouterr().out.splitlines()[1]
    assert head.split() == ["spin", "var_sx/S^2", "spin_length/S", "trajectories"]
    assert main(words) == 0
    assert "sz " in capsys.readouterr().out


def test_marks_are_those_of_undivided_values(stores: Path) -> None:
    """A mean of S would be far below S if it were taken for one in units of hbar."""
    data = read_variables(stores / "spins", ["sz"]).load()
    data["sz"][...] = -1.5 * data.spin
    assert table(data, ["sz"], per_spin=True).count(" !") == table(data, ["sz"]).count(" !") == 4


def test_the_picture_says_so(stores: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.png"
    options = ["--per-spin", "--var", "var_sx", "--output", str(output)]
    assert main(["plot", str(stores / "spins"), *options]) == 0
    whole = twoqs.open(stores / "spins")
    data = over_spin(whole, ["var_sx"]).sel(time=1)
    figure = quick_figure(whole, data, "var_sx", "spin", ["case"])
    assert figure.axes[0].get_ylabel().replace("\n", " ").endswith(", in units of $S^2$")
    for case, (x, values, errors) in zip(data.case.values, bars(figure), strict=True):
        here = whole.var_sx.sel(case=case, time=1).sel(spin=x)
        np.testing.assert_allclose(values, here / x**2, rtol=1e-15)
        here = whole.var_sx_se.sel(case=case, time=1).sel(spin=x)
        np.testing.assert_allclose(errors, here / x**2, rtol=1e-9)


def test_files_are_divided_and_keep_their_statuses(stores: Path, tmp_path: Path) -> None:
    """Of all variables, or of one; what has no such units stays as it is."""
    whole = twoqs.open(stores / "spins")
    for options in ([], ["--var", "sz", "--var", "var_sx"]):
        words = ["export", str(stores / "spins"), str(tmp_path / "a.nc"), "--force", *options]
        assert main([*words, "--per-spin"]) == 0
        with xr.open_dataset(tmp_path / "a.nc") as written:
            np.testing.assert_array_equal(written.sz, whole.sz / whole.spin)
            np.testing.assert_array_equal(written.var_sx_se, whole.var_sx_se / whole.spin**2)
            assert written.sz.attrs["units"] == "S"
            assert options or (written.diverged == whole.diverged).all()
    whole["sz"][...] = -1.5 * whole.spin
    table = tidy(whole, "sz", over_spin(whole, ["sz"]))
    assert set(table.status) == {"unphysical"}
    assert set(table.value) == {-1.5}


@pytest.mark.parametrize("command", ["show", "plot"])
@pytest.mark.parametrize("name", ["squeezing", "diverged", "squeezing_optimum_status"])
def test_what_has_no_such_units_is_refused(
    stores: Path, tmp_path: Path, command: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--output", str(tmp_path / "a.png")] if command == "plot" else ["--at", "time=1"]
    words = [command, str(stores / "spins"), "--var", name, "--per-spin", *options]
    assert main(words) == 2
    error = capsys.readouterr().err
    wanted = "Argument `per_spin` must go with variables in units of hbar or hbar^2"
    assert f"{wanted}, but got '{name}'.\n" in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
