"""Light that emitters share, in sweep files: the models of Python, sweeps, and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeps import write_spec

import twoqs
from twoqs.cli import main
from twoqs.sweep import Sweep

PAIR = {"a": {"spin": 1}, "b": {"spin": 2}}
ROW = {"q": {"spin": 1, "lattice": {"chain": {"n": 3, "periodic": False}}}}
GUIDE = {"emitters": ["a", "b"], "positions": [0, 0.3], "gamma": 0.1, "k": 2.0}


def spec(members: Any, light: Any, **model: Any) -> dict[str, Any]:
    return {
        "name": "light", "seed": 1, "trajectories": 64, "numerics": {"times": [1]},
        "model": {"members": members, "light": light, **model},
    }  # fmt: skip


def model_of(*arguments: Any, **model: Any) -> twoqs.Model:
    return Sweep.from_dict(spec(*arguments, **model)).points[0].model


def of_light(*parts: tuple[twoqs.Operator, Any]) -> twoqs.Model:
    return twoqs.Model(hamiltonian=sum(part[0] for part in parts), jumps=[p[1] for p in parts])


A, B = twoqs.Spin(1, "a"), twoqs.Spin(2, "b")
Q = twoqs.Sites(twoqs.Spin(1), twoqs.chain(3, periodic=False), "q")


def test_a_waveguide_is_that_of_python() -> None:
    light = twoqs.waveguide([0, 0.3], 0.1, 2)
    expected = of_light((light.hamiltonian(A, B), light.jump(A, B)))
    assert model_of(PAIR, {"waveguide": GUIDE}) == expected
    more = model_of(PAIR, {"waveguide": GUIDE}, hamiltonian="0.5*a.x", jumps=[{"operator": "b.z"}])
    assert more.jumps == (twoqs.jump(B.z), *expected.jumps)
    assert more.hamiltonian == 0.5 * A.x + light.hamiltonian(A, B)


def test_positions_may_be_those_of_the_lattice() -> None:
    light = twoqs.waveguide([0, 1, 2], 0.1, np.pi / 3)
    guide = {"emitters": ["q"], "gamma": 0.1, "k": "pi/3"}
    assert model_of(ROW, {"waveguide": guide}) == of_light((light.hamiltonian(Q), light.jump(Q)))


def test_each_direction_may_have_its_rate() -> None:
    light = twoqs.waveguide([0, 0.3], (0.02, 0.1), 2)
    expected = of_light((light.hamiltonian(A, B), light.jump(A, B)))
    rates: dict[str, Any] = {"left": 0.02, "right": 0.1}
    assert model_of(PAIR, {"waveguide": GUIDE | {"gamma": rates}}) == expected
    left, right = (twoqs.Parameter(name, value) for name, value in (("gL", 0.02), ("gR", 0.1)))
    parts = []
    for way, rate in (((1, 0), left), ((0, 1), right)):
        one = twoqs.waveguide([0, 0.3], way, 2)
        parts.append((rate * one.hamiltonian(A, B), one.jump(A, B, rate=rate)))
    rates = {"left": "gL", "right": "gR"}
    model = model_of(PAIR, {"waveguide": GUIDE | {"gamma": rates}},
                     parameters={"gL": 0.02, "gR": 0.1})  # fmt: skip
    assert model == of_light(*parts)
    H, c_ops = model.to_qutip()
    by_number, c_by_number = expected.to_qutip()
    np.testing.assert_allclose(H.full(), by_number.full(), atol=1e-12)
    loss, loss_by_number = (
        sum((c.dag() @ c).full() for c in each) for each in (c_ops, c_by_number)
    )
    np.testing.assert_allclose(loss, loss_by_number, atol=1e-12)


def test_dipoles_are_those_of_python() -> None:
    points = [[0, 0], [0.3, 0.1]]
    light = twoqs.dipoles(points, (1, 1j, 0), 2, 0.1)
    text = {"emitters": ["b", "a"], "positions": points, "direction": [1, "1j", 0], "k": 2,
            "gamma": 0.1}  # fmt: skip
    assert model_of(PAIR, {"dipoles": text}) == of_light(
        (light.hamiltonian(B, A), light.jump(B, A))
    )
    guide = twoqs.waveguide([0, 0.3], 0.1, 2)
    both = model_of(PAIR, {"dipoles": text, "waveguide": GUIDE})
    assert set(both.jumps) == {light.jump(B, A), guide.jump(A, B)}


def test_axes_set_what_light_has() -> None:
    axes = {
        "k": {"sets": "model.light.waveguide.k", "values": [1, 2]},
        "g": {"sets": "model.parameters.g", "values": [0, 0.1]},
    }
    guide = GUIDE | {"gamma": "g"}
    sweep = Sweep.from_dict(
        spec(PAIR, {"waveguide": guide}, parameters={"g": 1}, hamiltonian="0.1*a.x")
        | {"axes": axes}
    )
    assert len({point.point_id for point in sweep.points}) == 4
    assert [point.model.jumps[0].rate.value() for point in sweep.points] == [0, 0.1, 0, 0.1]
    again = Sweep.from_dict(json.loads(json.dumps(sweep.spec)))
    assert [p.point_id for p in again.points] == [p.point_id for p in sweep.points]


@pytest.mark.parametrize(
    ("light", "error"),
    [
        ({}, "light` must hold one of waveguide, dipoles, but got {}"),
        ({"waveguide": GUIDE | {"emitters": "a"}}, "light.waveguide.emitters` must be a list"),
        ({"waveguide": GUIDE | {"emitters": ["a", "c"]}},
         "light.waveguide.emitters` must name members (there is `a`, `b`), but got 'c'"),
        ({"waveguide": GUIDE | {"emitters": ["a"]}},
         "light.waveguide.emitters` must be as many spins as there are positions, 2, but got 1"),
        ({"waveguide": GUIDE | {"positions": [1, 1]}},
         "light.waveguide.positions` must be in different places, but got [1.0]"),
        ({"waveguide": GUIDE | {"positions": [0, [1, 0]]}},
         "light.waveguide.positions.1` must be a number"),
        ({"waveguide": {"emitters": ["a", "b"], "gamma": 1, "k": 1}},
         "light.waveguide.positions` must be given, unless the emitters are one member whose"),
        ({"waveguide": GUIDE | {"gamma": 0}}, "light.waveguide.gamma` must be positive, but got 0"),
        ({"waveguide": GUIDE | {"gamma": "-1"}}, "light.waveguide.gamma` must not be negative"),
        ({"waveguide": GUIDE | {"gamma": {"left": 1}}},
         "light.waveguide.gamma.right` must be given, but is missing"),
        ({"waveguide": GUIDE | {"gamma": {"left": 0, "right": 0}}},
         "light.waveguide.gamma` must be a positive number, or a pair (left, right)"),
        ({"waveguide": GUIDE | {"gamma": {"left": "x", "right": 0}}},
         "light.waveguide.gamma.left` must have numbers alone at character 1, but got 'x'"),
        ({"waveguide": GUIDE | {"gamma": [1, 2]}}, "light.waveguide.gamma` must be a number"),
        ({"waveguide": GUIDE | {"k": "1j"}}, "light.waveguide.k` must be real, but got 1j"),
        ({"waveguide": GUIDE | {"k": "a.x"}}, "light.waveguide.k` must have no operators"),
        ({"waveguide": GUIDE | {"kk": 1}},
         "light.waveguide.kk` must be left out: there is no such key"),
        ({"wavguide": GUIDE},
         "light.wavguide` must be left out: there is no such key (did you mean `waveguide`?)"),
        ({"dipoles": GUIDE}, "light.dipoles.direction` must be given, but is missing"),
        ({"dipoles": GUIDE | {"direction": [0, 0, 0]}},
         "light.dipoles.direction` must be three numbers that are not all zero"),
        ({"dipoles": GUIDE | {"direction": [0, 1]}},
         "light.dipoles.direction` must be a list of three numbers"),
        ({"dipoles": GUIDE | {"direction": [0, 0, 1], "k": -1}},
         "light.dipoles.k` must be positive, but got -1.0"),
    ],
)  # fmt: skip
def test_bad_light_is_one_clear_error(
    light: dict[str, Any], error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_spec(tmp_path / "bad.yaml", spec(PAIR, light))
    assert main(["plan", str(file)]) == 2
    told = capsys.readouterr().err
    assert f"bad.yaml:1: Argument `model.{error}" in told, told
    assert told.count("\n") == 1


def test_light_needs_members(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = spec(PAIR, {"waveguide": GUIDE})
    alone["model"] = {"spin": 3, "light": {"waveguide": GUIDE}}
    assert main(["plan", str(write_spec(tmp_path / "bad.yaml", alone))]) == 2
    assert "Argument `model.members` must be given" in capsys.readouterr().err


def test_labels_of_jumps_and_light() -> None:
    jumps = [{"operator": "b.z", "label": "blur"}, {"collapse": "b.x", "label": "seen"}]
    model = model_of(PAIR, {"waveguide": GUIDE | {"label": "guide"}}, jumps=jumps)
    assert [one.label for one in model.operators.jumps] == ["blur", "seen", "guide"]
    rates = {"left": "g", "right": "2*g"}
    both = {"waveguide": GUIDE | {"label": "guide", "gamma": rates}}
    model = model_of(PAIR, both, parameters={"g": 0.1})
    assert [one.label for one in model.operators.jumps] == ["guide_left", "guide_right"]
