"""Sweeps that have been run are refined, and go on with what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from packed import only_appended, packs
from sweeps import merged_bytes, receipts, small, sweep, write_spec

from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import open as open_sweep
from twoqs.look.refine import refine, set_aside
from twoqs.measure.drift import WINDOW_WORDS
from twoqs.sweep import Sweep
from twoqs.sweep.source import parse

CHEAP = {
    "trajectories": 256,
    "numerics": {"average": [60, 120]},
    "axes": {
        "omega": {"sets": "model.field.x", "values": {"linspace": [0.05, 2.0, 40]}},
        "case": {"cases": {"conserving": {}}},
    },
}
"""The driven spin, whose magnetisation is -sqrt(1 - omega^2) up to omega = 1, then 0."""


@pytest.fixture(scope="module")
def cheap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of `small.yaml` and its store `s`; to read only."""
    folder = tmp_path_factory.mktemp("cheap")
    write_spec(folder / "small.yaml", small(**CHEAP))
    carry_out(sweep(**CHEAP), folder / "s", Workers(0), quiet=True)
    return folder


def test_40_points_become_80_at_the_transition_and_none_is_run_again(
    cheap: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, new = cheap / "s", tmp_path / "new.yaml"
    arguments = ["--store", str(store), "--axis", "omega", "--points", "40", "--output", str(new)]
    assert main(["refine", str(cheap / "small.yaml"), *arguments]) == 0
    assert "40 new values of omega (80 in all), half of them from 0." in capsys.readouterr().err
    old, grown = sweep(**CHEAP), Sweep.from_file(new)
    added = {p.coordinates["omega"] for p in grown.points} - {
        p.coordinates["omega"] for p in old.points
    }
    assert len(added) == 40
    # A spin of 10 turns over from 0.6 to 1.2: three tenths of the axis.
    assert np.mean([0.6 <= value <= 1.2 for value in added]) >= 0.6
    done, before = receipts(store), packs(store)
    assert main(["run", str(new), "--store", str(store), "--workers", "0", "--quiet"]) == 0
    assert receipts(store)[: len(done)] == done
    computed = {point for point, _ in receipts(store)[len(done) :]}
    assert computed == {p.point_id for p in grown.points} - {p.point_id for p in old.points}
    assert only_appended(before, packs(store))
    carry_out(grown, tmp_path / "once", Workers(0), quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "once")
    # Once more, from what the store keeps, onto standard output.
    assert main(["refine", str(store), "--axis", "omega", "--points", "1"]) == 0
    third = Sweep.of(parse(capsys.readouterr().out, "printed"))
    assert len(third.points) == 81
    assert {p.point_id for p in grown.points} < {p.point_id for p in third.points}


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        (["SPEC", "--axis", "z", "--points", "3"], 2, "`axis` must name an axis"),
        (["SPEC", "--axis", "omega", "--points", "0"], 2, "`points`"),
        (["SPEC", "--axis", "omega", "--points", "3", "--store", "none"], 2, "run "),
        (["serial", "--axis", "omega", "--points", "3", "--size", "x"], 2, "`size`"),
        (["serial", "--axis", "omega", "--points", "3", "--output", "no/x"], 2, "`output`"),
        (["nothing", "--axis", "omega", "--points", "3"], 2, "nothing"),
    ],
)
def test_bad_options(
    options: list[str],
    code: int,
    named: str,
    serial: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(serial.parent)
    spec = write_spec(serial.parent / "small.yaml", small())
    given = [str(spec) if option == "SPEC" else option for option in options]
    if "--store" not in given and "SPEC" in options:
        given += ["--store", str(serial)]
    assert main(["refine", *given]) == code
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1 + (error.count("new "))


def test_the_dataset_of_a_real_sweep_fits(cheap: Path) -> None:
    data = open_sweep(cheap / "s")
    (found,) = refine(sweep(**CHEAP), data, ["omega"], 5, ["sz", "var_sx"])
    assert len(found.added) == 5


def test_values_that_are_not_ok_attract_none(cheap: Path) -> None:
    """A false step of values that are flagged attracts all new ones, unless it is set aside."""
    content = sweep(**CHEAP)
    # The store may have been refined by another test.
    data = open_sweep(cheap / "s").sel(omega=list(content.axes[0].coordinates))
    early = (data.omega > 1.4) & (data.omega < 1.6)
    alarm = WINDOW_WORDS.index("drifting")
    step = {"sz": data.sz.where(~early, 8.0), "sz_drift": data.sz_drift.where(~early, 5.0)}
    data = data.assign(step | {"relaxation": data.relaxation.where(~early, alarm).astype("i1")})
    beside, told = set_aside(data, ["sz"])
    assert told == ["Of 40 values of sz, 3 not-stationary: they attract no new values."]

    def attracted(values: xr.Dataset) -> int:
        (found,) = refine(content, values, ["omega"], 20)
        return sum(1.3 < value < 1.7 for value in found.added)

    assert attracted(data) == 20
    assert attracted(beside) == 0
    # All of them set aside, the new values are evenly spread.
    nothing = data.assign(sz_se=np.inf * data.sz_se)
    (found,) = refine(content, nothing, ["omega"], 39)
    assert not found.seen
    assert np.ptp(np.diff(found.grown)) < 0.01
