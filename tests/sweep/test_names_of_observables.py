"""Observables that would hide an axis, a coordinate or a number of formulas are refused."""

from __future__ import annotations

from typing import Any

import pytest

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.sweep import Sweep

S = twoqs.Spin(5, "s")
MODEL = twoqs.Model(
    hamiltonian=1.05 * S.x, jumps=[twoqs.jump(S.minus, rate=0.1, label="out")], initial="up"
)


@pytest.mark.parametrize("name", ["spin", "n_sites", "pi", "replica"])
@pytest.mark.parametrize("where", ["observables", "derived"])
def test_numbers_of_formulas_are_no_names(name: str, where: str) -> None:
    with pytest.raises(ArgumentError, match=where):
        twoqs.simulate(MODEL, times=[0, 1], trajectories=64, **{where: {name: "s.y"}})


def sweep(axis: str, **numerics: Any) -> Sweep:
    model = {
        "members": {"s": {"spin": 5}},
        "parameters": {"Om": 1.0},
        "hamiltonian": "Om*s.x",
        "jumps": [{"operator": "s.minus", "rate": 0.1, "label": "out"}],
    }
    return Sweep.from_dict(
        {
            "name": "q",
            "seed": 1,
            "trajectories": 64,
            "model": model,
            "numerics": {"average": [0, 4], "samples": 41, **numerics},
            "axes": {axis: {"sets": "model.parameters.Om", "values": [0.8, 1.2]}},
        }
    )


@pytest.mark.parametrize(
    ("axis", "numerics"),
    [
        ("Om", {"observables": {"Om": "s.z"}}),
        ("Om", {"observables": {"complete": "s.z"}}),
        ("Om", {"derived": {"Om": "sz/2"}}),
        ("light_omega", {"observables": {"light": {"spectrum": "out"}}}),
    ],
)
def test_axes_keep_their_names(axis: str, numerics: dict[str, Any]) -> None:
    """Else nothing could be merged, after all was computed."""
    with pytest.raises(twoqs.errors.TwoqsError, match="no variable with the name of a"):
        sweep(axis, **numerics)


def test_g2_of_a_jump_is_shown_and_drawn(tmp_path, capsys) -> None:
    """Without modes the name is free: no quanta are asked for."""
    store = tmp_path / "q"
    carry_out(
        sweep("Om", observables={"g2": {"coincidence": "out"}}), store, Workers(0), quiet=True
    )
    assert main(["show", str(store), "--var", "g2"]) == 0
    assert main(["plot", str(store), "--var", "g2", "--output", str(tmp_path / "g2.png")]) == 0
    assert main(["show", str(store), "--expr", "x=g2", "--expr", "x=2*g2"]) == 2
    assert "different names" in capsys.readouterr().err
