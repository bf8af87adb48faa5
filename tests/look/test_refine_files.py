"""A refined sweep file has the new values, and all else stays as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import small, write_spec

from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.sweep import Sweep
from twoqs.sweep.edit import with_axis_values, with_zipped_axes
from twoqs.sweep.source import parse

HEAD = """\
name: small     # the name
seed: 7
trajectories: 512
model: {spin: 10, decay: 1.0}
numerics: {times: [0, 1]}
axes:
"""


STYLES = {
    "flow": "  x: {sets: model.field.x, values: [1, 2], units: Gamma}  # after\n",
    "range": "  x:\n    sets: model.field.x\n    values: {linspace: [1, 2, 2]}  # after\n",
    "block": (
        "  x:\n    sets: model.field.x\n    values:\n      # inside\n      - 1\n"
        "      - {linspace: [2, 2, 1]}\n    # after\n    units: Gamma\n"
    ),
    "dashes below the key": (
        "  x:\n    values:\n    - 1\n    - 2\n\n    # after\n    sets: model.field.x\n"
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_all_else_in_the_file_stays(style: str) -> None:
    text = HEAD + STYLES[style]
    values = [1.0, *(1 + k / 64 for k in range(1, 64)), 2.0]
    changed = with_axis_values(text, {"x": values})
    assert Sweep.of(parse(changed, "changed")).axes[0].coordinates == tuple(values)
    assert "# the name" in changed
    assert "# after" in changed
    wide = [line for line in changed.splitlines() if len(line) > 100]
    # What follows a list in its last line stays there.
    assert all("units" in line for line in wide)
    kept = [line for line in text.splitlines() if "values" not in line and "- " not in line]
    assert [line for line in changed.splitlines() if line in kept] == kept


SIZES = {
    "it has values": "sizes:\n  quick:\n    axes.x.values: [1, 2]\n    trajectories: 64\n",
    "block": "sizes:\n  quick:\n    # few\n    trajectories: 64\n",
    "flow": "sizes: {quick: {trajectories: 64}}\n",
    "empty": "sizes: {quick: {}}\n",
}


@pytest.mark.parametrize("kind", SIZES)
def test_values_of_a_size_are_its_own(kind: str) -> None:
    text = HEAD + STYLES["block"] + SIZES[kind]
    changed = with_axis_values(text, {"x": [1.0, 1.5, 2.0]}, "quick")
    assert Sweep.of(parse(changed, "changed"), "quick").axes[0].coordinates == (1.0, 1.5, 2.0)
    assert Sweep.of(parse(changed, "changed")).spec == Sweep.of(parse(text, "text")).spec


GRIDS = {
    "block": (
        "  x:\n    sets: model.field.x\n    values: [1, 2]  # of x\n  # between\n"
        "  case: {cases: {a: {}}}\n  y: {sets: model.field.y, values: {linspace: [3, 4, 2]}}"
        "  # of y\n# after\n"
    ),
    "brackets": (
        "  {x: {sets: model.field.x, values: [1, 2]}, case: {cases: {a: {}}},\n"
        "   y: {sets: model.field.y, values: [3, 4]}}  # after\n"
    ),
}


@pytest.mark.parametrize("style", GRIDS)
@pytest.mark.parametrize("names", [("x", "y"), ("y", "x")])
def test_a_grid_moves_together_and_all_else_stays(style: str, names: tuple[str, str]) -> None:
    text = HEAD + GRIDS[style]
    zipped = with_zipped_axes(text, names, "x_y")
    changed = with_axis_values(zipped, {"x_y.zip.x": [1, 2, 5], "x_y.zip.y": [3.0, 4.0, 0.5]})
    along, case = Sweep.of(parse(changed, "changed")).axes
    assert along.name == "x_y"
    assert {part.name: part.coordinates for part in along.parts} == {
        "x": (1, 2, 5),
        "y": (3.0, 4.0, 0.5),
    }
    assert case.name == "case"
    comments = [line.split("#")[1] for line in text.splitlines() if "#" in line]
    assert all(f"#{comment}" in changed for comment in comments)


def test_an_anchor_is_not_torn_apart(
    serial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = write_spec(tmp_path / "a.json", small()).read_text(encoding="utf-8")
    text = text.replace('"times": [0, 1, 2]', '"times": &t [0, 1, 2]')
    text = text.replace('"values": [0.5, 1.5]', '"values": *t')
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    carry_out(Sweep.from_file(tmp_path / "a.yaml"), tmp_path / "s", Workers(0), quiet=True)
    options = ["--store", str(tmp_path / "s"), "--axis", "omega", "--points", "3"]
    assert main(["refine", str(tmp_path / "a.yaml"), *options]) == 2
    assert "shares by an anchor" in capsys.readouterr().err
