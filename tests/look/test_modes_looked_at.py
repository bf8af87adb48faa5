"""A sweep of an ensemble, a spin and two modes: its tables, pictures, files, selections."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from once import Once
from sweeps import write_spec

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.predict import predictions
from twoqs.execution.run import Workers, carry_out
from twoqs.look.per_spin import over_spin
from twoqs.look.unphysical import marks
from twoqs.look.validation import deviations, summary
from twoqs.measure import OF_MODES
from twoqs.sweep import Sweep

SPEC: dict[str, Any] = {
    "name": "cavities",
    "seed": 5,
    "trajectories": 128,
    "model": {
        "members": {
            "a": {"mode": {}}, "atoms": {"ensemble": 20}, "b": {"mode": {}}, "probe": {"spin": 5},
        },
        "parameters": {"g": 0.1},
        "hamiltonian":
            "g*(a.a*atoms.plus + a.adag*atoms.minus) + 0.2*probe.x + 0.3*(a.a*b.adag + a.adag*b.a)",
        "jumps": [
            {"operator": "b.a", "rate": 0.5}, {"operator": "each(atoms.minus)", "rate": 0.1},
        ],
        "initial": {"atoms": "up"},
    },
    "numerics": {"times": [0, 1, 2], "observables": ["sites"]},
    "axes": {"g": {"sets": "model.parameters.g", "values": [0.0, 0.2, 0.3]}},
    "target_se": {"n": 0.2},
}  # fmt: skip


def changed(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(SPEC) | changes


@pytest.fixture(scope="module")
def cavities(once: Once) -> Path:
    """Its store; to read only."""

    def fill(folder: Path) -> None:
        path = write_spec(folder / "cavities.yaml", SPEC)
        store = str(folder / "s")
        assert main(["run", str(path), "--workers", "0", "--quiet", "--store", store]) == 0

    return once("cavities", fill) / "s"


@pytest.fixture
def data(cavities: Path) -> xr.Dataset:
    return twoqs.open(cavities)


def test_what_is_kept(data):
    assert data.sz.dims == ("g", "time", "member")
    assert data.n.dims == ("g", "time", "mode")
    assert data.n_site.dims == ("g", "time", "mode_site")
    assert data.sz_site.dims == ("g", "time", "site")
    assert data.member.values.tolist() == ["atoms", "probe"]
    assert data["mode"].values.tolist() == ["a", "b"]
    assert (data.site.values.tolist(), data.mode_site.values.tolist()) == ([1, 3], [0, 2])
    np.testing.assert_array_equal(data.n_site, data.n)
    assert float(data.n.sel(g=0.2, time=2, mode="a")) > 1
    # Without coupling the modes stay in the vacuum: 4 standard errors for 12 values.
    vacuum = data.sel(g=0)
    assert (abs(vacuum.n) < 4 * vacuum.n_se).all()


def test_the_target_is_met(data, cavities, capsys):
    assert float(data.n_se.max()) <= 0.2
    assert (data.trajectories > 128).any()
    assert main(["status", str(cavities)]) == 0
    said = capsys.readouterr().out
    assert "n_se <= 0.2: met at 3 of 3 points" in said
    assert "invalid" not in said


def test_a_table_for_spins_and_one_for_modes(cavities, capsys):
    assert main(["show", str(cavities), "--at", "g=0.2"]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "at g = 0.2, time = 2"
    heads = [["member", "sx", "sy", "sz", "trajectories"], ["mode", "n", "trajectories"]]
    assert [lines[0].split(), lines[4].split()] == heads
    assert [line.split()[:1] for line in lines] == [
        ["member"], ["atoms"], ["probe"], [], ["mode"], ["a"], ["b"],
    ]  # fmt: skip


def test_a_ratio_to_nothing_has_a_word(cavities, capsys):
    assert main(["show", str(cavities), "--var", "g2", "--at", "time=0", "--at", "mode=a"]) == 0
    said = capsys.readouterr().out
    assert said.count("- (noise)") == 3
    assert "noise  the mean number of quanta, to which g2 is relative" in said


def test_values_per_spin(cavities, data, capsys):
    assert main(["show", str(cavities), "--per-spin", "--at", "member=atoms"]) == 0
    assert "sz/S" in capsys.readouterr().out
    scaled = over_spin(data, ["sz", "sz_site", "var_sz"])
    np.testing.assert_allclose(scaled.sz, data.sz / [10, 5])
    np.testing.assert_allclose(scaled.sz_site, data.sz_site / [10, 5])
    np.testing.assert_allclose(scaled.var_sz, data.var_sz / [100, 25])
    assert main(["show", str(cavities), "--per-spin", "--var", "n"]) == 2
    assert "`per_spin` must go with variables in units of hbar" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "at"), [("n", []), ("g2", []), ("n_site", ["--at", "time=2"]), ("sz", [])]
)
def test_pictures(cavities, tmp_path, variable, at):
    output = tmp_path / "picture.svg"
    arguments = ["plot", str(cavities), "--var", variable, *at, "--output", str(output)]
    assert main(arguments) == 0
    assert output.stat().st_size > 5000


def test_files_for_other_tools(cavities, data, tmp_path):
    for name in ("all.nc", "all.csv"):
        assert main(["export", str(cavities), str(tmp_path / name)]) == 0
    with xr.open_dataset(tmp_path / "all.nc") as file:
        np.testing.assert_array_equal(file.n, data.n)
        assert file.n.dims == data.n.dims
        assert file["mode"].values.astype(str).tolist() == ["a", "b"]
    table = pd.read_csv(tmp_path / "all.csv")
    head = ["g", "time", "site", "mode_site", "member", "mode"]
    assert [*table.columns[:6]] == head
    rows = table[(table.variable == "n") & (table["mode"] == "b") & (table.g == 0.3)]
    np.testing.assert_array_equal(rows.value, data.n.sel(mode="b", g=0.3))
    assert rows.member.isna().all()
    assert len(table[table.variable == "sz"]) == data.sz.size


def test_selections(data):
    chosen = data.twoqs.sel(mode="b", g=0.1 * 3)
    assert chosen.n.dims == ("time",)
    with pytest.raises(ArgumentError, match="`mode` must be one of a, b"):
        data.twoqs.sel(mode="atoms")


def test_new_values_where_quanta_change(cavities, capsys):
    assert main(["refine", str(cavities), "--axis", "g", "--points", "2", "--var", "n"]) == 0
    assert "2 new values of g (5 in all)" in capsys.readouterr().err
    assert main(["refine", str(cavities), "--axis", "g", "--points", "1"]) == 0


PAIR: dict[str, Any] = {
    "name": "pair",
    "seed": 2,
    "trajectories": 512,
    "model": {
        "members": {"light": {"mode": {}}, "spin": {"spin": 5}},
        "parameters": {"drive": 0.5},
        "hamiltonian": "drive*light.re + 0.5*spin.x",
        "jumps": [{"operator": "light.a", "rate": 0.5}],
        "initial": {"light": {"gaussian": {"n": 0.1}}},
    },
    "numerics": {"times": [0, 1]},
    "axes": {"drive": {"sets": "model.parameters.drive", "values": [0.0, 0.5]}},
}
"""Modes without anything that is truncated: results are exact."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[xr.Dataset, xr.Dataset]:
    """Its results, and what the master equation has."""
    path, sweep = tmp_path_factory.mktemp("pair") / "s", Sweep.from_dict(PAIR)
    carry_out(sweep, path, Workers(0), quiet=True)
    return twoqs.open(path), predictions(sweep)


def test_modes_against_theory(pair):
    table = deviations(*pair)
    of_modes = table[table.variable.isin(OF_MODES)]
    assert {*of_modes.variable} == {"n", "a_re", "a_im", "var_q", "var_p", "cov_qp", "var_n", "g2"}
    assert (of_modes.spin == 0).all()
    # Four standard errors, for some 70 of them are compared.
    assert table.z.abs().max() < 4
    assert {*summary(table).variable} == {*table.variable}


def test_the_theory_of_modes_can_be_missed(pair):
    """Negative control: with the vacuum's half quantum, n is off by many errors."""
    data, predicted = pair
    assert predicted.n.dims == data.n.dims == ("drive", "time")
    assert (abs(data.n + 0.5 - predicted.n) > 6 * data.n_se).all()


# --- Values that belong to no state ---------------------------------------------------------------


def test_nothing_is_marked(data):
    for of, dims in ((None, data.sz.dims), ("spins", data.sz.dims), ("modes", data.n.dims)):
        found = twoqs.unphysical(data, of)
        assert found.dims == dims
        assert not found.any()


def test_quanta_below_zero_are_marked_beyond_their_noise(data):
    wrong = data.copy(deep=True)
    wrong["n"].loc[{"g": 0.2, "time": 1, "mode": "b"}] = -0.4
    wrong["n_se"].loc[{"g": 0.2, "time": 1, "mode": "b"}] = 0.02
    found = twoqs.unphysical(wrong, "modes")
    assert int(found.sum()) == 1
    assert found.sel(g=0.2, time=1, mode="b")
    assert not twoqs.unphysical(wrong).any(), "the spins are as they were"
    for name in ("n", "g2", "n_site"):
        assert marks(wrong, name).sel(g=0.2, time=1).any(), name
    for name in ("sz", "sz_site", "trajectories"):
        assert not marks(wrong, name).any(), name
    wrong["n_se"].loc[{"g": 0.2, "time": 1, "mode": "b"}] = 0.2
    assert not twoqs.unphysical(wrong, "modes").any()
    with pytest.raises(ArgumentError, match="`of` must be one of spins, modes"):
        twoqs.unphysical(data, "n")


def test_lengths_of_ensembles_may_spread_and_means_may_not_exceed(data):
    wrong = data.copy(deep=True)
    wrong["spin_length_std"][:] = 6.0  # of N/2 = 10 and of S = 5
    found = twoqs.unphysical(wrong)
    assert not found.sel(member="atoms").any()
    assert found.sel(member="probe").all()
    wrong = data.copy(deep=True)
    wrong["sz"].loc[{"member": "atoms", "time": 2}] = -11.0
    for name in ("sx_se", "sy_se", "sz_se"):
        wrong[name].loc[{"member": "atoms", "time": 2}] = 0.01
    found = twoqs.unphysical(wrong)
    assert found.sel(member="atoms", time=2).all()
    assert not found.sel(time=[0, 1]).any()


# --- Names and dimensions -------------------------------------------------------------------------


def problems(spec: dict[str, Any]) -> str:
    with pytest.raises(ArgumentError) as told:
        Sweep.from_dict(spec)
    return str(told.value)


@pytest.mark.parametrize("name", ["n", "N", "mode", "a_re", "mode_site"])
def test_axes_cannot_take_the_names_of_modes(name):
    said = problems(changed(axes={name: SPEC["axes"]["g"]}))
    assert "must have a name that is not one of the results" in said


def test_without_modes_they_are_free():
    model = {"spin": 5, "decay": 1.0}
    axes = {"n": {"sets": "model.decay", "values": [1, 2]}}
    spec = {"name": "s", "seed": 1, "trajectories": 64, "model": model, "axes": axes}
    spec |= {"numerics": {"times": [0, 1]}}
    assert Sweep.from_dict(spec).dims == ("n",)


def test_targets_of_what_there_is_not():
    said = problems(changed(target_se={"squeezing": 0.1}))
    assert "`target_se` must name results of this sweep" in said
