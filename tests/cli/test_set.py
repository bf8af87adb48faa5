"""`--set`: what the file shall say in other words, checked as if it stood there."""

from __future__ import annotations

from pathlib import Path

import pytest

from twoqs.cli import main
from twoqs.sweep import Sweep


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trajectories=2048", "trajectories  8192"),
        ("axes.omega.values=[0.5, 1, 1.5]", "omega[3]"),
        ("model.initial={coherent: {theta: 1, phi: 0}}", "omega[2]"),
    ],
)
def test_it_says_it_in_the_place_of_the_file(
    text: str, told: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(spec), "--set", text]) == 0
    assert told in capsys.readouterr().out


def test_points_are_those_of_a_file_that_says_so(spec: Path) -> None:
    changed = Sweep.from_file(spec, changes={"model.decay": 0.5})
    assert Sweep.from_file(spec) != changed
    spec.write_text(spec.read_text().replace('"decay": 1.0', '"decay": 0.5'))
    assert Sweep.from_file(spec) == changed


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["x"], "`set` must have the form PATH=VALUE"),
        (["=3"], "`set` must have the form PATH=VALUE"),
        (["seed=1", "seed=2"], "`set` must name seed once"),
        (["model.decai=3"], "did you mean `decay`?"),
        (["model.decay=-1"], "`model.decay` must be at least 0, but got -1"),
        (["model.decay=[1"], "--set model.decay:1: Not valid YAML"),
        (["model.field.x=3"], "must be left out, as the axis `omega` sets it, but got 3"),
    ],
)
def test_what_makes_no_sense_is_told(
    texts: list[str], told: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [word for text in texts for word in ("--set", text)]
    assert main(["plan", str(spec), *options]) == 2
    assert told in capsys.readouterr().err
