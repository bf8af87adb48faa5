"""`twoqs trust`: what is found, kept beside a store, and drawn."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from once import Once
from sweeps import write_spec

import twoqs as tq
from twoqs.cli import main
from twoqs.execution.predict import truncation
from twoqs.execution.run import Workers, carry_out
from twoqs.look.model_error import lines_of
from twoqs.store.description import MODEL_ERRORS
from twoqs.sweep import Sweep

TINY: dict[str, Any] = {
    "name": "tiny", "seed": 7, "trajectories": 256,
    "model": {"spin": 2, "field": [0.5, 0, 0], "decay": 1.0},
    "numerics": {"times": [0.5, 1]},
    "axes": {
        "omega": {"sets": "model.field.x", "values": [0.5, 1.5]},
        "S": {"sets": "model.spin", "values": [2, 3]},
    },
}  # fmt: skip
"""Spins that are their own twins, in milliseconds."""

FEW = ["--trajectories", "256", "--workers", "0"]


@pytest.fixture
def store(once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    made = once(
        "tiny", lambda path: carry_out(Sweep.from_dict(TINY), path / "s", Workers(0), quiet=True)
    )
    shutil.copytree(made / "s", tmp_path / "s")
    write_spec(tmp_path / "tiny.yaml", TINY)
    monkeypatch.chdir(tmp_path)
    return "s"


def test_a_store_takes_in_what_its_points_are_off_by(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tq.open(store)
    assert main(["trust", store, "--at", "omega=1.5", *FEW]) == 0
    output = capsys.readouterr().out
    assert "omega=1.5, S=2: all of the model, by spins of 2; at most" in output
    assert "omega=0.5" not in output
    data = tq.open(store)
    assert np.isnan(data.sz_model.sel(omega=0.5)).all()
    point = Sweep.from_dict(TINY).points[3]
    found = tq.trust(point.model, times=[0.5, 1], trajectories=256)
    assert np.array_equal(data.sz_model[1, 1], found.sz_model)
    assert data.model_error[1, 1] == found.model_error
    assert data.drop_vars([n for n in data if n not in before]).equals(before)
    assert bool((data.twoqs.total_error("sz") > data.sz_se).sel(omega=1.5).all())

    assert main(["trust", store, "--at", "omega=0.5", *FEW]) == 0
    both = tq.open(store)
    assert both.sz_model.notnull().all(), "points of before stay"
    assert both.sz_model.sel(omega=1.5).identical(data.sz_model.sel(omega=1.5))
    alone = both.assign(sz_model=both.sz_model.drop_attrs())
    assert alone.twoqs.status("sz").equals(both.twoqs.status("sz")), "what is large is known"
    assert main(["verify", store]) == 0
    capsys.readouterr()
    assert main(["show", store, "--var", "model_error"]) == 0
    assert f"{both.model_error.values[0, 0]:.6g}" in capsys.readouterr().out


def test_shares_are_of_the_values_that_statuses_judge(store: str) -> None:
    """Twins may have other values in units of the model, such as var_n of modes."""
    assert main(["trust", store, "--at", "omega=1.5", *FEW]) == 0
    data, point = tq.open(store), Sweep.from_dict(TINY).points[3]
    found = tq.trust(point.model, times=[0.5, 1], trajectories=256)

    def share(known: xr.Dataset | None) -> float:
        """Size of that of sx in the table, in per cent."""
        row = next(one for one in lines_of([point], [found], known) if one.startswith("sx "))
        return abs(float(row.split()[1].split("(")[0]))

    large = data.assign(sx=data.sx.copy(data=np.full(data.sx.shape, 300.0)))
    assert share(data) == share(None) > 0.1  # S counts, as values are smaller
    assert share(large) == pytest.approx(share(data) / 100, rel=0.1)  # to the digits of the table


def test_files_of_other_points_and_damaged_ones_are_left_out(store: str) -> None:
    assert main(["trust", store, *FEW]) == 0
    path = Path(store, MODEL_ERRORS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.warns(UserWarning, match="are damaged, and are left out: `twoqs trust`"):
        assert "sz_model" not in tq.open(store)
    other = Sweep.from_dict(TINY | {"model": TINY["model"] | {"decay": 2.0}})
    carry_out(other, "other", Workers(0), quiet=True)
    Path("other", MODEL_ERRORS).write_bytes(whole)
    with pytest.warns(UserWarning, match="are those of other points"):
        assert "sz_model" not in tq.open("other")


def test_equal_points_are_computed_once_and_kept(
    store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {"few": {"trajectories": 64}, "many": {"trajectories": 128}}
    axes = {"omega": TINY["axes"]["omega"], "case": {"cases": cases}}
    write_spec(Path("twice.yaml"), TINY | {"axes": axes})
    calls = []

    def counted(*settings: Any) -> Any:
        calls.append(settings)
        return from_twins(*settings)

    from_twins = truncation.from_twins
    monkeypatch.setattr(truncation, "from_twins", counted)
    command = ["trust", "twice.yaml", "--cache", "kept", *FEW]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert main(command) == 0
    assert capsys.readouterr().out == first
    assert len(calls) == 2


def test_the_file_may_be_changed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    shorter = ["--set", "axes.S.values=[1]", "--set", "axes.omega.values=[0.5]"]
    assert main(["trust", "tiny.yaml", *shorter, *FEW]) == 0
    assert "omega=0.5, S=1: all of the model, by spins of 1;" in capsys.readouterr().out


def test_a_point_without_twins_says_why(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    long = {"S": {"sets": "model.spin", "values": [200, 2]}}
    write_spec(Path("long.yaml"), TINY | {"axes": long})
    assert main(["trust", "long.yaml", "--longest", "1", *FEW]) == 0
    output = capsys.readouterr().out
    assert output.count("not tested: no two twins of it can be solved") == 2


def test_the_largest_errors_are_a_map(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "tiny.yaml", "--map", "m.png", *FEW]) == 0
    assert capsys.readouterr().out.endswith("\nm.png\n")
    assert Path("m.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tiny.yaml", "--longest", "x"], "`longest` must be a length"),
        (["tiny.yaml", "--trajectories", "0"], "`trajectories` must"),
        (["tiny.yaml", "--at", "wrong=1"], "`at` must name a dimension"),
        (["tiny.yaml", "--map", "m.pdf"], "`map` must end in .png"),
        (["tiny.yaml", "--map", "m.png", "--at", "S=2"], "`map` must go with two axes"),
        (["s", "--size", "small"], "`size` must go with a sweep file"),
        (["s", "--set", "model.decay=2"], "`set` must go with a sweep file"),
        (["nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    store: str,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(truncation, "from_twins", None)
    assert main(["trust", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
