"""Two results are compared in standard errors: chance is told from differences."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from once import Once
from scipy.stats import t as student
from sweeps import sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.diff import difference

STORES: dict[str, dict[str, Any]] = {
    "seed": {"seed": 8, "trajectories": 1024},
    "step": {"numerics": {"times": [0, 1, 1.5, 2], "step": 0.01}},
    "decay": {"model__decay": 1.2, "seed": 3},
    "drive": {"axes": {"drive": {"sets": "model.field.x", "values": [0.5, 1.5 + 1e-12, 2.5]}}},
    "method": {"axes": {"omega": {"sets": "model.field.x", "values": [1.5]}}, "seed": 9},
}


@pytest.fixture(scope="module")
def stores(once: Once, undisturbed: Path) -> dict[str, Path]:
    def fill(folder: Path) -> None:
        for name, changes in STORES.items():
            carry_out(sweep(**changes), folder / name, Workers(0), quiet=True)

    return {name: once("compared", fill) / name for name in STORES} | {"small": undisturbed}


def test_another_seed_differs_by_chance(stores: dict[str, Path]) -> None:
    found = difference(stores["small"], stores["seed"])
    told = [(one["what"], one["values"]) for one in found["differences"]]
    assert told == [("seed", [7, 8]), ("trajectories", [512, 1024])]
    assert found["points"] == {
        "common": 4, "of": [4, 4], "matched_by": "coordinates", "same_trajectories": 0,
        "same_largest_z": 0.0,
    }  # fmt: skip
    summary = found["summary"]
    # Of 132 values, some of them correlated, 0.5 are beyond by chance.
    assert summary["values"] == 132
    assert summary["beyond"] <= 3
    assert 0.8 < summary["rms_z"] < 1.2
    a, b = twoqs.open(stores["small"]), twoqs.open(stores["seed"])
    top = found["largest"][0]
    one, other = (data[top["variable"]].sel(top["at"]) for data in (a, b))
    errors = [float(data[f"{top['variable']}_se"].sel(top["at"])) for data in (a, b)]
    assert top["z"] == pytest.approx(float(one - other) / math.hypot(*errors), rel=1e-12)
    assert top["values"] == [float(one), float(other)]
    assert top["standard_errors"] == errors
    sizes = [abs(row["z"]) for row in found["largest"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_difference_stands_out_of_chance(stores: dict[str, Path]) -> None:
    """Negative control."""
    found = difference(stores["small"], stores["decay"])
    assert found["summary"]["beyond"] > 10 * found["summary"]["expected"]
    assert {row["variable"] for row in found["largest"][:4]} <= {"sy", "sz", "cov_sysz"}
    assert {"what": "model.decay", "values": [1.0, 1.2]} in found["differences"]


def test_chance_is_that_of_errors_from_few_groups(stores: dict[str, Path]) -> None:
    """32 and 64 groups: between 31 and 94 degrees of freedom, as the errors have it."""
    found = difference(stores["small"], stores["seed"])
    for row in (found["summary"], *found["variables"].values()):
        if row["values"]:
            chance = row["expected"] / row["values"]
            assert 2 * student.sf(3, 94) <= chance <= 2 * student.sf(3, 31)


def test_times_in_common_and_another_step(stores: dict[str, Path]) -> None:
    found = difference(stores["small"], stores["step"])
    told = {one["what"]: one["values"] for one in found["differences"]}
    assert told["numerics.step"] == [None, 0.01]
    assert told["longest step"] == ["0.0333333 to 0.05", "0.01"]
    assert {row["at"]["time"] for row in found["largest"]} <= {0.0, 1.0, 2.0}
    assert found["summary"]["values"] == 132
    assert found["summary"]["beyond"] <= 3


def test_points_of_other_axes_are_found_by_identity(stores: dict[str, Path]) -> None:
    """One drive is the same but for rounding, which is another model."""
    found = difference(stores["small"], stores["drive"])
    assert found["points"] == {
        "common": 1, "of": [4, 3], "matched_by": "identity", "same_trajectories": 1,
        "same_largest_z": 0.0,
    }  # fmt: skip
    assert found["summary"]["values"] == 0
    back = difference(stores["drive"], stores["small"])
    assert back["points"]["common"] == 1


def test_values_are_found_but_for_rounding(stores: dict[str, Path], tmp_path: Path) -> None:
    axes = {"drive": {"sets": "model.field.x", "values": [1.5, 0.5]}}
    carry_out(sweep(axes=axes, seed=5), tmp_path / "s", Workers(0), quiet=True)
    found = difference(stores["drive"], tmp_path / "s")
    assert found["points"]["common"] == 2
    assert {row["at"]["drive"] for row in found["largest"]} == {0.5, 1.5 + 1e-12}


def test_what_moves_together_is_found_by_its_values(tmp_path: Path) -> None:
    """Positions along such an axis say nothing: the second value here is the first one there."""
    for seed, values in ((1, [0.5, 1.5]), (2, [1.5, 2.5])):
        paths = {"drive": "model.field.x", "loss": "model.decay"}
        parts = {name: {"sets": path, "values": values} for name, path in paths.items()}
        content = sweep(axes={"both": {"zip": parts}}, seed=seed)
        carry_out(content, tmp_path / str(seed), Workers(0), quiet=True)
    found = difference(tmp_path / "1", tmp_path / "2")
    assert found["points"]["common"] == 1
    assert {row["at"]["both"] for row in found["largest"]} == {1}
    assert found["summary"]["beyond"] <= 1


def test_nothing_in_common_is_an_error(stores: dict[str, Path]) -> None:
    with pytest.raises(ArgumentError, match="have no point in common"):
        difference(stores["decay"], stores["method"])


def test_the_command_tells_it_as_text_and_as_json(
    stores: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(stores[name]) for name in ("small", "decay")]
    assert main(["diff", *paths]) == 0
    told = capsys.readouterr().out
    assert "model.decay: 1.0 | 1.2\nseed: 7 | 3\n" in told
    assert "4 points in common by coordinates, of 4 and 4\n" in told
    assert "omega=1.5, case=conserving, time=2" in told
    assert main(["diff", *paths, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == difference(*map(Path, paths))
    assert main(["diff", paths[0], paths[0]]) == 0
    assert "4 of them of the same trajectories" in (told := capsys.readouterr().out)
    assert told.endswith("left out below: equal\n")
    assert main(["diff", paths[0], str(stores["seed"].parent)]) == 2
    assert "but these in it have one: decay, " in capsys.readouterr().err
    assert main(["diff", paths[0], str(tmp_path)]) == 2
    assert "There is no sweep in" in capsys.readouterr().err


def test_initial_states_without_noise_are_left_out(tmp_path: Path) -> None:
    """P of a coherent state is a point: equal values at time 0, with errors that are rounding."""
    for seed in (1, 2):
        numerics = {"times": [0, 1], "scheme": "pda", "representation": "P"}
        content = sweep(numerics=numerics, seed=seed, axes={})
        carry_out(content, tmp_path / str(seed), Workers(0), quiet=True)
    found = difference(tmp_path / "1", tmp_path / "2")
    assert found["points"]["common"] == 1
    assert all(row["at"]["time"] > 0 for row in found["largest"])
    assert np.isfinite(found["summary"]["rms_z"])
