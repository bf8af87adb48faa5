"""A sweep file is read as it is meant: numbers, ranges, axes, cases, sizes, identities."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import get_args

import jsonschema
import numpy as np
import pytest
from sweeps import SMALL, small, sweep

import twoqs
from twoqs.measure import is_error, taken
from twoqs.methods import INTERACTION_DIFFUSION, METHODS, ORDERINGS
from twoqs.methods.numerics import OPTIONAL_OBSERVABLES
from twoqs.simulation.batch import batch_trajectories
from twoqs.sweep import SpecError, Sweep, schema_text
from twoqs.sweep.checks import OTHER_NAMES
from twoqs.sweep.ranges import linspace, logspace
from twoqs.sweep.schema import NumericsSpec, SweepSpec
from twoqs.sweep.source import parse, read_document

SCHEMA = Path(__file__).parents[2] / "workflow" / "schemas" / "sweep.schema.json"

FILE = """\
name: fig7
description: free text
seed: 20210805
trajectories: 1024
model:
  spin: 5000
  lattice: {chain: {n: 100, periodic: true}}
  coupling: &coupling [0.5, 0.0, 0.0]
  decay: 1.0
numerics:
  step: 2e-2
  average: [40, 50]
  observables: [correlation]
axes:
  J_y:
    sets: model.coupling.y
    factor: 4
    values: [-1, {linspace: [-0.5, -0.4, 3]}, {logspace: [-1, 0, 2]}]
    units: Gamma
  case:
    cases:
      pda: {numerics.scheme: pda, numerics.step: 1e-2}
      conserving: {trajectories: 512}
sizes:
  preview: {trajectories: 64, numerics.average: [5, 10], axes.J_y.values: [-1, -0.5]}
"""


def load(text: str, size: str | None = None) -> Sweep:
    return Sweep.of(parse(text, "fig7.yaml"), size)


def test_a_file_becomes_points() -> None:
    loaded = load(FILE)
    assert loaded.dims == ("J_y", "case")
    assert loaded.shape == (6, 2)
    assert loaded.axes[0].coordinates == (-1.0, -0.5, -0.45, -0.4, 0.1, 1.0)
    assert loaded.axes[0].attributes["units"] == "Gamma"
    first, second = loaded.points[:2]
    assert first.coordinates == {"J_y": -1.0, "case": "pda"}
    assert first.model == twoqs.Model(
        spin=5000, lattice=twoqs.chain(100), coupling=(0.5, -4.0, 0.0), decay=1.0
    )
    assert (first.numerics.scheme, first.numerics.step) == ("pda", 0.01)
    assert (second.numerics.scheme, second.numerics.step) == ("conserving", 0.02)
    assert (first.requested, second.requested) == (1024, 512)
    assert loaded.points[-1].model.coupling == (0.5, 4.0, 0.0)


def test_sizes_are_laid_over_the_file() -> None:
    preview = load(FILE, "preview")
    assert preview.name == "fig7-preview"
    assert preview.shape == (2, 2)
    assert preview.points[0].requested == 64
    assert preview.points[0].numerics.average == (5.0, 10.0)
    full, paper = load(FILE), load(FILE, "paper")
    assert full.name == paper.name == "fig7"
    assert full.spec == paper.spec


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 1e-3), ("1E-3", 1e-3), (".5e-2", 5e-3), ("0.001", 1e-3), ("1_0e-4", 1e-3)],
)
def test_numbers_are_numbers(text: str, value: float) -> None:
    loaded = load(FILE.replace("step: 2e-2", f"step: {text}"))
    assert loaded.points[1].numerics.step == value


@pytest.mark.parametrize(("text", "value"), [("010", 10), ("0o10", 8), ("0x10", 16), ("+10", 10)])
def test_integers_are_those_of_yaml_1_2(text: str, value: int) -> None:
    assert load(FILE.replace("seed: 20210805", f"seed: {text}")).seed == value


def test_numbers_may_have_pi() -> None:
    """In axes, cases and the model, for the schema, too; what makes no number stays an error."""
    axes = {
        "phi": {
            "sets": "model.initial.coherent.phi",
            "values": ["pi/2", {"linspace": [2, "pi", 2]}],
        },
        "case": {"cases": {"a": {"model.decay": "2*pi"}}},
    }
    spec = small(axes=axes, numerics={"times": [0, "pi"]})
    spec["model"]["initial"] = {"coherent": {"theta": "pi", "phi": 0}}
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(spec)
    sweep = Sweep.from_dict(spec)
    assert sweep.axes[0].coordinates == (math.pi / 2, 2, round(math.pi, 11))
    point = sweep.points[0]
    assert (point.model.decay, point.numerics.times) == (2 * math.pi, (0, math.pi))
    assert Sweep.from_dict(sweep.spec) == sweep
    for text in ("pi/0", "1j*pi", "pi*g", "a pi"):
        with pytest.raises(SpecError, match=r"`numerics.times.1` must be a number, but got '"):
            Sweep.from_dict(small(numerics={"times": [0, text]}))


def test_ranges_do_not_depend_on_their_grid() -> None:
    coarse, fine = linspace(-1, 0, 41), linspace(-1, 0, 121)
    assert set(coarse) <= set(fine)
    assert -0.3 in coarse
    assert linspace(-0.3, 0.3, 7)[3] == 0.0
    assert linspace(2, 2, 1) == [2.0]
    assert logspace(-2, 0, 3) == [0.01, 0.1, 1.0]
    np.testing.assert_allclose(linspace(0, 1e-9, 8), np.linspace(0, 1e-9, 8), rtol=1e-10)


def test_points_keep_their_identity_when_the_grid_grows() -> None:
    few = sweep(axes__omega__values=[0.5, 1.5])
    many = sweep(axes__omega__values={"linspace": [0.5, 1.5, 11]})
    assert {p.point_id for p in few.points} < {p.point_id for p in many.points}


def test_an_axis_may_set_several_paths_and_integers_stay_integers() -> None:
    spec = small(
        axes={
            "n": {"sets": "model.lattice.chain.n", "values": [3, 4]},
            "J": {"sets": ["model.coupling.x", "model.coupling.z"], "values": [1, 2.5]},
        }
    )
    loaded = Sweep.from_dict(spec)
    assert [p.model.n_sites for p in loaded.points] == [3, 3, 4, 4]
    assert loaded.points[1].model.coupling == (2.5, 0.0, 2.5)
    assert loaded.axes[0].coordinates == (3, 4)
    assert loaded.axes[1].coordinates == (1.0, 2.5)


def test_cases_may_replace_whole_parts_and_take_values_back() -> None:
    spec = small(
        axes={
            "case": {
                "cases": {
                    "ring": {"model.lattice": {"chain": {"n": 5}}, "model.decay": [1, 2, 3, 4, 5]},
                    "tilted": {
                        "model.initial": {"coherent": {"theta": 0.5}},
                        "numerics.times": {"linspace": [0, 2, 3]},
                        "numerics.step": None,
                    },
                }
            }
        },
        numerics={"times": [0, 1, 2], "step": 0.01},
    )
    ring, tilted = Sweep.from_dict(spec).points
    assert ring.model.decay == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert tilted.model.initial == twoqs.coherent(0.5)
    assert ring.numerics.step == 0.01 != tilted.numerics.step
    assert ring.numerics.times == tilted.numerics.times


def test_axes_set_temperatures() -> None:
    spec = small(axes={"beta": {"sets": "model.initial.thermal.beta", "values": [0.0, 0.5]}})
    spec["model"] = {"spin": 10, "decay": 1.0}
    hot, warm = Sweep.from_dict(spec).points
    assert warm.model == twoqs.Model(spin=10, decay=1.0, initial=twoqs.thermal(0.5))
    assert hot.model.digest != warm.model.digest


def test_every_lattice_can_be_named() -> None:
    expected = {
        "single": twoqs.single(),
        '{"square": {"nx": 3, "ny": 4}}': twoqs.square(3, 4),
        '{"cubic": {"nx": 2, "ny": 1, "nz": 2, "periodic": false}}': twoqs.cubic(2, 1, 2, False),
        '{"all_to_all": {"n": 4}}': twoqs.all_to_all(4),
        '{"edges": {"edges": [[0, 1, 1], [1, 2, 0.5]], "n_sites": 4}}': twoqs.from_edges(
            [(0, 1, 1.0), (1, 2, 0.5)], n_sites=4
        ),
    }
    for text, lattice in expected.items():
        spec = small()
        spec["model"]["lattice"] = text if text == "single" else json.loads(text)
        assert Sweep.from_dict(spec).points[0].model.lattice == lattice


def test_numpy_values_and_tuples_are_welcome_from_python() -> None:
    plain = sweep(axes__omega__values=[0.5, 1.0, 1.5], trajectories=256)
    fancy = sweep(axes__omega__values=np.linspace(0.5, 1.5, 3), trajectories=np.int64(256))
    assert plain.spec == fancy.spec


def test_the_normalised_sweep_gives_the_same_points_again() -> None:
    for spec in (load(FILE), load(FILE, "preview"), sweep()):
        again = Sweep.from_dict(json.loads(json.dumps(spec.spec)))
        assert again.spec == spec.spec
        assert [p.point_id for p in again.points] == [p.point_id for p in spec.points]


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_trajectories_are_rounded_up_to_whole_batches(extra: int) -> None:
    first = sweep().points[0]
    batch = batch_trajectories(first.model, first.numerics)
    point = sweep(trajectories=3 * batch + extra).points[0]
    assert point.batches == (4 if extra > 0 else 3)
    assert point.trajectories == point.batches * batch >= point.requested


def test_points_that_are_alike_share_their_batches() -> None:
    spec = small(axes={"case": {"cases": {"a": {"trajectories": 100}, "b": {"trajectories": 900}}}})
    loaded = Sweep.from_dict(spec)
    (shared,) = loaded.requirements.values()
    assert shared.requested == 900
    assert loaded.points[0].point_id == loaded.points[1].point_id


def test_a_sweep_may_have_no_axes() -> None:
    spec = small()
    del spec["axes"]
    assert Sweep.from_dict(spec).shape == ()


def test_the_schema_beside_the_workflow_is_the_format() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), (
        "write it anew with: python -m twoqs.sweep > workflow/schemas/sweep.schema.json"
    )


def test_the_schema_accepts_what_the_types_accept() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    validator.validate(SMALL)
    validator.validate(sweep().spec)
    for file in sorted(SCHEMA.parents[2].glob("config/sweeps/*.yaml")):
        validator.validate(read_document(file).data)
    assert not validator.is_valid(small(seed="x"))


def test_the_format_knows_the_names_of_the_numerics() -> None:
    def choices(name: str) -> set[str]:
        found: set[str] = set()
        pending = [NumericsSpec.model_fields[name].annotation]
        while pending:
            for part in get_args(pending.pop()):
                if isinstance(part, str):
                    found.add(part)
                pending.append(part)
        return found

    assert choices("scheme") == set(METHODS)
    assert choices("representation") == set(ORDERINGS)
    assert choices("observables") == set(OPTIONAL_OBSERVABLES)
    assert choices("neglect") == {INTERACTION_DIFFUSION}
    assert set(SweepSpec.model_fields) >= {"model", "numerics", "axes", "sizes"}


def test_axes_cannot_take_the_name_of_a_result() -> None:
    numerics = {"average": (0.5, 1.0), "observables": ("correlation", "sites")}
    result = twoqs.simulate(
        twoqs.Model(spin=2, lattice=twoqs.chain(6), decay=1.0), trajectories=64, **numerics
    )
    lone = twoqs.simulate(twoqs.Model(spin=2, decay=1.0), times=[0, 1], trajectories=64)
    names = {str(name) for data in (result, lone) for name in (*data.variables, *data.dims)}
    assert {name for name in names if not is_error(name)} <= taken(modes=False) | OTHER_NAMES


def test_a_grid_of_many_points_expands_in_bounded_time(record_property) -> None:
    values = {"linspace": [0.1, 1, 40]}
    axes = {
        "a": {"sets": "model.decay", "values": values},
        "b": {"sets": "model.field.y", "values": values},
    }
    assert len(Sweep.from_dict(small(axes=axes)).points) == 1600
