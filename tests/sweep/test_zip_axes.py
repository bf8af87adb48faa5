"""Axes that move together: one dimension, whose points set what each of them says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sweeps import SMALL, small, sweep, write_spec

from twoqs import open as open_store
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.store.compatibility import spec_differences
from twoqs.sweep import Sweep, schema_text

OMEGA = {"sets": "model.field.x", "values": [0.5, 1, 1.5], "units": "Gamma"}
DETUNING = {"sets": "model.field.z", "values": {"linspace": [0.1, 0.2, 3]}, "factor": 2}
CASES = SMALL["axes"]["case"]


def zipped(**parts: Any) -> dict[str, Any]:
    """The small sweep along a path of drive and detuning, in two cases."""
    together = {"omega": OMEGA, "det": DETUNING, **parts}
    return small(axes={"path": {"zip": together, "long_name": "way"}, "case": CASES})


def test_points_set_what_moves_together() -> None:
    loaded = Sweep.from_dict(zipped())
    assert (loaded.dims, loaded.shape) == (("path", "case"), (3, 2))
    fields = [point.model.field for point in loaded.points[1::2]]
    assert fields == [(0.5, 0, 0.2), (1, 0, 0.3), (1.5, 0, 0.4)]
    last = loaded.points[-1]
    assert last.coordinates == {"path": 2, "case": "conserving"}
    assert last.label == "path=2, case=conserving, omega=1.5, det=0.2"
    path, _ = loaded.axes
    assert [part.attributes["sets"] for part in path.parts] == ["model.field.x", "model.field.z"]
    assert path.attributes == {"long_name": "way"}


def test_points_are_those_of_plain_axes() -> None:
    """The identity of a point is what it simulates: a store goes on, however it is written."""
    pair = {"omega": OMEGA | {"values": [0.5, 1]}, "det": DETUNING | {"values": [0, 0]}}
    together = Sweep.from_dict(zipped(**pair))
    alone = sweep(axes={"omega": OMEGA | {"values": [0.5, 1]}, "case": CASES})
    assert [p.point_id for p in together.points] == [p.point_id for p in alone.points]


def test_what_was_normalised_is_the_same_sweep() -> None:
    loaded = Sweep.from_dict(zipped())
    spec = json.loads(json.dumps(loaded.spec))
    again = Sweep.from_dict(spec)
    assert again.spec == loaded.spec
    assert [p.point_id for p in again.points] == [p.point_id for p in loaded.points]
    assert spec["axes"]["path"]["zip"]["det"]["values"] == [0.1, 0.15, 0.2]


def test_sizes_change_the_values_of_each() -> None:
    values = {"axes.path.zip.omega.values": [0.5], "axes.path.zip.det.values": [0.3]}
    loaded = Sweep.from_dict(zipped() | {"sizes": {"one": values}}, "one")
    assert loaded.shape == (1, 2)
    assert loaded.points[0].model.field == (0.5, 0, 0.6)


def test_several_paths_and_parameters_move_along_one_axis() -> None:
    spec: dict[str, Any] = {
        "name": "two", "seed": 1, "trajectories": 64, "numerics": {"times": [1]},
        "model": {
            "members": {"a": {"spin": 3}, "b": {"spin": 6}}, "parameters": {"J": 0.1, "g": 0.1},
            "hamiltonian": "J*a.x*b.x", "jumps": [{"operator": "a.minus", "rate": "g"}],
        },
        "axes": {"p": {"zip": {
            "J": {"sets": ["model.parameters.J", "model.parameters.g"], "values": [0.1, 0.2]},
            "S": {"sets": "model.members.b.spin", "values": [6, 7.5]},
        }}},
    }  # fmt: skip
    last = Sweep.from_dict(spec).points[-1].model
    assert last.spins.tolist() == [3, 7.5]
    assert str(last).splitlines()[2:4] == ["J = 0.2", "g = 0.2"]


def test_a_window_of_one_instant_moves_with_a_point(tmp_path: Path) -> None:
    """The height of an echo at 2 tau, in both ways that the page on models has."""
    model = {
        "members": {"m": {"spin": 20}}, "parameters": {"tau": 1.0}, "hamiltonian": "2*m.z",
        "jumps": [{"operator": "m.minus", "rate": 0.01}],
        "initial": {"coherent": {"theta": 1.5}},
        "events": [{"turn": {"time": "tau", "axis": "x", "angle": "pi"}}],
    }  # fmt: skip
    spec = {"name": "heights", "seed": 1, "trajectories": 1024, "model": model}
    tau = {"sets": "model.parameters.tau", "values": [0.5, 1]}
    end = {"sets": ["numerics.average.0", "numerics.average.1"], "values": [1, 2]}
    sweeps = {
        "moving": spec | {"numerics": {"average": [2, 2]}, "axes": {"e": {"zip": {"tau": tau,
                          "end": end}}}},
        "grid": spec | {"numerics": {"times": [0, 1, 2]}, "axes": {"tau": tau}},
    }  # fmt: skip
    for name, one in sweeps.items():
        carry_out(Sweep.from_dict(one), tmp_path / name, Workers(0), quiet=True)
    moving, grid = (open_store(tmp_path / name) for name in sweeps)
    heights = grid.sel(tau=grid.tau, time=2 * grid.tau)
    assert heights.sx.dims == ("tau",)
    off = abs(heights.sx.values - moving.sx.values)
    sampling = (heights.sx_se.values**2 + moving.sx_se.values**2) ** 0.5
    assert (off < 3 * sampling).all()  # two estimates of one value, by other random numbers
    assert abs(float(grid.sx.sel(tau=0.5, time=2)) - float(moving.sx[0])) > 10  # no echo


def test_a_store_takes_other_values_and_no_other_paths() -> None:
    old = Sweep.from_dict(zipped()).spec
    grown = zipped(omega=OMEGA | {"values": [0.5, 2]}, det=DETUNING | {"values": [0.1, 0.4]})
    assert spec_differences(old, Sweep.from_dict(grown).spec) == []
    other = Sweep.from_dict(zipped(det=DETUNING | {"sets": "model.field.y"})).spec
    assert spec_differences(old, other) == [
        "axes.path.zip.det.sets was 'model.field.z' and is 'model.field.y'"
    ]
    assert spec_differences(old, sweep().spec)[-1] == "axes.path.zip.det was removed"
    more = zipped(gain={"sets": "model.gain", "values": [0, 0.1, 0.2]})
    (text,) = spec_differences(old, Sweep.from_dict(more).spec)
    assert text == "axes.path.zip.gain was added"


def test_axes_may_move_together_from_now_on_or_no_longer() -> None:
    along = Sweep.from_dict(zipped()).spec
    alone = {"omega": OMEGA, "det": DETUNING, "case": along["axes"]["case"]}
    grid = sweep(axes=alone).spec
    assert spec_differences(grid, along) == spec_differences(along, grid) == []
    other = Sweep.from_dict(zipped(det=DETUNING | {"factor": 3})).spec
    assert spec_differences(grid, other) == ["axes.path.zip.det.factor was 2.0 and is 3.0"]


def test_the_schema_knows_them() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert validator.is_valid(zipped())
    assert not validator.is_valid(zipped(det={"values": [1]}))


@pytest.mark.parametrize(
    ("axes", "errors"),
    [
        ({"path": {"zip": {"omega": OMEGA}}}, ["axes.path.zip` must hold at least two names"]),
        ({"path": {"zip": {}}}, ["axes.path.zip` must hold at least two names"]),
        ({"zip": {"omega": OMEGA, "det": DETUNING}},
         ["axes` must have names above `zip`: `axes: {NAME: {zip: ...}}`, but got"]),
        ({"cases": {"a": {"numerics.scheme": "pda"}}}, ["axes` must have names above `cases`"]),
        ({"path": {"zip": [OMEGA, DETUNING]}}, ["axes.path.zip` must be a mapping"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING}, "sets": "model.gain"}},
         ["axes.path.sets` must be left out: it does not go with the keys beside it"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING | {"valeus": [1]}}}},
         ["axes.path.zip.det.valeus` must be left out: there is no such key (did you mean"]),
        ({"path": {"zip": {"omega": OMEGA, "det": {"cases": {}}}}},
         ["axes.path.zip.det.sets` must be given", "axes.path.zip.det.values` must be given",
          "axes.path.zip.det.cases` must be left out"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING | {"values": 3}}}},
         ["axes.path.zip.det.values` must be a list of values or a mapping with linspace"]),
        ({"path": {"zip": {"omega": OMEGA,
                           "det": DETUNING | {"values": {"logspace": [0, 400, 3]}}}}},
         ["axes.path.zip.det.values` must hold finite values: 10^400 is too large"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING | {"values": [1, 2]}}}},
         ["axes.path.zip.det.values` must hold as many values as those of 'omega', 3, but got 2"]),
        ({"path": {"zip": {"omega": OMEGA | {"values": [1, 2, 1]},
                           "det": DETUNING | {"values": [3, 4, 3]}}}},
         ["axes.path.zip` must hold the same values together once, but got [1, 3]"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING | {"sets": "model.fild.z"}}}},
         ["axes.path.zip.det.sets` must be a path into the model or numerics, but got "
          "'model.fild.z' (did you mean `model.field.z`?)"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING | {"sets": ["model.gain", "no"]}}}},
         ["axes.path.zip.det.sets.1` must be a path into"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING | {"sets": "model.field.x"}}}},
         ["axes.path.zip` must set each path once, but got 'model.field.x'"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING}},
          "more": {"sets": "model.field", "values": [1]}},
         ["axes.more` must not set what the axis 'path' sets too, but got 'model.field'"]),
        ({"path": {"zip": {"omega": OMEGA, "det": DETUNING}},
          "omega": {"sets": "model.gain", "values": [1]}},
         ["axes.omega` must differ from other axes by more than case"]),
        ({"path": {"zip": {"sz": OMEGA, "det": DETUNING}}},
         ["axes.path.zip.sz` must have a name that is not one of the results"]),
        ({"path": {"zip": {"a b": OMEGA, "det": DETUNING}}},
         ["axes.path.zip.a b` must have a name that matches"]),
        ({"path": {"zip": {"spin": {"sets": "model.spin", "values": [10, 3.3]}, "det": DETUNING |
                           {"values": [1, 2]}}}},
         ["model.spin` must be a multiple of 0.5, but got 3.3 (at path=1, spin=3.3, det=2)"]),
    ],
)  # fmt: skip
def test_bad_ones_are_told(
    axes: dict[str, Any], errors: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_spec(tmp_path / "bad.yaml", small(axes=axes))
    assert main(["plan", str(file)]) == 2
    told = capsys.readouterr().err.splitlines()
    told = told[1:] if len(told) > 1 else told
    for one in errors:
        assert any(f"bad.yaml:1: Argument `{one}" in line for line in told), told
    assert len(told) == len(errors)


def test_a_bad_size_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"one": {"axes.path.zip.omga.values": [1]}}
    file = write_spec(tmp_path / "bad.yaml", zipped() | {"sizes": sizes})
    assert main(["plan", str(file)]) == 2
    assert "(did you mean `axes.path.zip.omega.values`?)" in capsys.readouterr().err
