"""Examples of sweep files are valid and short; all data of the workflow is shipped."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

import twoqs
from twoqs.cli import main
from twoqs.sweep import Sweep
from twoqs.workflow.examples import EXAMPLES, SWEEPS

ROOT = Path(__file__).parents[2]

WANTED = {"chain", "driven_spin", "open_dicke", "superradiant_laser", "time_crystal", "xyz_half"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_valid_sweep_of_few_lines(name: str) -> None:
    path = SWEEPS / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 20
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("# ")
    assert sum("#" in line for line in lines) >= 3
    full, preview = (Sweep.from_file(path, size) for size in ("paper", "preview"))
    assert full.name == name
    assert len(full.points) * full.points[0].requested > len(preview.points) * (
        preview.points[0].requested
    )


def test_the_command_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in shown} == set(EXAMPLES) >= WANTED
    assert all(len(line.split()) > 5 for line in shown)
    assert main(["example", "open_dicke"]) == 0
    assert capsys.readouterr().out == (SWEEPS / "open_dicke.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "told"),
    [("open_dike", "did you mean `open_dicke`?"), ("../x", "valid: chain, driven_spin"), ("", "v")],
)
def test_an_unknown_example(name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("twoqs: Argument `name` must be that of an example, but got")
    assert told in said.err
    assert said.err.count("\n") == 1


def unshipped(patterns: list[str]) -> list[str]:
    """Files beside the modules of the workflow that a wheel would not have."""
    home = Path(twoqs.__file__).parent / "workflow"
    files = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
    data = [file for file in files if not file.endswith((".py", ".pyc"))]
    assert "Snakefile" in data
    return [file for file in data if not any(fnmatch(file, pattern) for pattern in patterns)]


def test_the_package_ships_all_data_of_the_workflow() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    patterns = tools["setuptools"]["package-data"]["twoqs.workflow"]
    assert unshipped(patterns) == []
    assert unshipped(patterns[1:]) != []  # negative control
