"""Points of sweeps over members and parameters, and their identity."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from formulas import SPEC

import twoqs
from twoqs.methods.numerics import point_id
from twoqs.sweep import Sweep

ROOT = Path(__file__).parents[2]
IDS = json.loads((ROOT / "tests" / "data" / "point_ids.json").read_text())


def test_points_are_the_models_of_python():
    a, b = twoqs.Spin(4, "a"), twoqs.Spin(6, "b")
    model = twoqs.Model(
        members=[b, a],
        hamiltonian=0.1 * (a.plus * b.minus + a.minus * b.plus) * 0.5,
        jumps=[twoqs.jump(a.minus + b.minus, 0.1)],
        initial={"a": twoqs.coherent(0.4)},
    )
    points = {point.label: point for point in Sweep.from_dict(SPEC).points}
    point = points["lam=0.1, S=4, case=tilted"]
    assert point.model.digest == model.digest
    assert point.point_id == point_id(model, point.numerics)
    assert [member.name for member in point.model.members] == ["b", "a"], "as in the file"


@pytest.mark.parametrize(
    ("formulas", "words"),
    [
        (
            {"hamiltonian": "0.5*spin.x + 0.1*spin.z**2",
             "jumps": [{"operator": "spin.minus", "rate": 0.1}]},
            {"field": [0.5, 0, 0], "twist": [0, 0, 1.0], "decay": 1.0},
        ),
        (
            {"parameters": {"g": 0.5}, "hamiltonian": "g*spin.x",
             "jumps": [{"collapse": "spin.minus"}, {"operator": "spin.z", "rate": "g/2"}]},
            {"field": [0.5, 0, 0], "decay": 5.0, "dephasing": 0.25},
        ),
        ({"hamiltonian": "0.5*spin.x", "decay": 1.0}, {"field": [0.5, 0, 0], "decay": 1.0}),
        ({"initial": {"spin": "up"}, "decay": 1.0}, {"initial": "up", "decay": 1.0}),
    ],
)  # fmt: skip
def test_words_and_formulas_make_one_point(formulas, words):
    rest = {"name": "one", "seed": 1, "trajectories": 64, "numerics": {"times": [0, 1]}}
    (one,) = Sweep.from_dict(
        {**rest, "model": {"members": {"spin": {"spin": 5}}, **formulas}}
    ).points
    (other,) = Sweep.from_dict({**rest, "model": {"spin": 5, **words}}).points
    assert one.model == other.model
    assert one.point_id == other.point_id


def test_a_lattice_by_formulas_is_one_by_words():
    rest = {"name": "one", "seed": 1, "trajectories": 64, "numerics": {"times": [0, 1]}}
    lattice = {"chain": {"n": 4, "periodic": True}}
    formulas = {
        "members": {"s": {"spin": 5, "lattice": lattice}},
        "hamiltonian": "0.05*bonds(s.x, s.x)",
        "jumps": [{"operator": "each(s.minus)", "rate": 0.1}],
    }
    words = {"spin": 5, "lattice": lattice, "coupling": [0.5, 0, 0], "decay": 1}
    (one,) = Sweep.from_dict({**rest, "model": formulas}).points
    (other,) = Sweep.from_dict({**rest, "model": words}).points
    assert one.point_id == other.point_id


@pytest.mark.parametrize("name", IDS)
def test_points_of_earlier_files_keep_their_identity(name):
    points = Sweep.from_file(ROOT / "config" / "sweeps" / f"{name}.yaml").points
    ids = [point.point_id for point in points]
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    found = {"points": len(ids), "first": ids[0], "last": ids[-1], "all": digest}
    assert found == IDS[name]


def test_identity_is_by_value_and_not_by_name():
    other = json.loads(json.dumps(SPEC).replace("lam", "mu"))
    one, two = (Sweep.from_dict(spec).points for spec in (SPEC, other))
    assert [point.point_id for point in one] == [point.point_id for point in two]
