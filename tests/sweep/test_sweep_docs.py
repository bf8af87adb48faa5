"""The page on the sweep file: its examples run, and it names every key there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import follow, page

from twoqs.sweep import Sweep
from twoqs.sweep.in_time import (
    ChangeSpec,
    CosineSpec,
    EventSpec,
    GaussSpec,
    PulseSpec,
    RampSpec,
    TableSpec,
    TurnSpec,
)
from twoqs.sweep.physics import JumpSpec, LatticeSpec, MemberSpec, ModelSpec
from twoqs.sweep.schema import NumericsSpec, SweepSpec, ValueAxis, ZipAxis
from twoqs.sweep.states import (
    DickeSpec,
    MixtureSpec,
    SqueezedSpec,
    StateSpec,
    ThermalSpec,
    WeightedSpec,
)

PAGE = page("sweeps.md")


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the files of the page."""
    monkeypatch.chdir(tmp_path)
    assert follow(PAGE, "sweeps.md") == ["yaml", "yaml", "yaml", "sh", "python", "text"]
    return tmp_path


def test_the_example_is_a_sweep(examples: Path) -> None:
    sweep = Sweep.from_file(examples / "lattice.yaml")
    assert sweep.dims == ("J_y", "gain", "case")
    assert len(sweep.points) == 24
    assert len(Sweep.from_file(examples / "lattice.yaml", "preview").points) == 12


def test_the_example_with_formulas_is_a_sweep(examples: Path) -> None:
    sweep = Sweep.from_file(examples / "bath.yaml")
    assert (sweep.dims, sweep.shape) == (("J", "g"), (3, 2))
    assert sweep.points[0].model.spins.tolist() == [3, 6]
    energies = [point.model.hamiltonian for point in sweep.points]
    assert [energy.parameters["J"].value for energy in energies] == [0, 0, 0.1, 0.1, 0.2, 0.2]
    rates = [point.model.jumps[0].rate.value() for point in sweep.points]
    assert rates == [0.05, 0.1] * 3
    assert Sweep.from_file(examples / "bath.yaml", "preview").shape == (3, 1)


@pytest.mark.parametrize(
    "part",
    [
        SweepSpec,
        ModelSpec,
        MemberSpec,
        JumpSpec,
        NumericsSpec,
        LatticeSpec,
        ValueAxis,
        ZipAxis,
        StateSpec,
        DickeSpec,
        ThermalSpec,
        SqueezedSpec,
        MixtureSpec,
        WeightedSpec,
        PulseSpec,
        GaussSpec,
        RampSpec,
        CosineSpec,
        TableSpec,
        EventSpec,
        TurnSpec,
        ChangeSpec,
    ],
)
def test_every_key_is_named(part: type) -> None:
    for key in part.model_fields:
        assert re.search(rf"[`{{ ]{key}[`:]", PAGE), key
