"""Lattices in sweep files: the same models as in Python, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import twoqs
from twoqs.errors import TwoqsError
from twoqs.simulation.canonical import model_text
from twoqs.sweep import Sweep
from twoqs.sweep.settings import build_model


def sweep(lattice: Any, **rest: Any) -> Sweep:
    """A sweep of one model with this lattice."""
    model = {"spin": 2, "lattice": lattice, "coupling": [0.3, 0, 0.1], "decay": 1}
    spec = {"name": "t", "seed": 1, "trajectories": 64, "model": model, "axes": {}}
    return Sweep.from_dict(spec | {"numerics": {"times": [0, 1]}} | rest)


LATTICES: list[tuple[Any, twoqs.Lattice]] = [
    ({"triangular": {"nx": 3, "ny": 4}}, twoqs.triangular(3, 4)),
    ({"honeycomb": {"nx": 2, "ny": 3}}, twoqs.honeycomb(2, 3)),
    ({"kagome": {"nx": 2, "ny": 2, "periodic": False}}, twoqs.kagome(2, 2, periodic=False)),
    (
        {"power_law": {"lattice": {"chain": {"n": 6}}, "alpha": 3}},
        twoqs.power_law(twoqs.chain(6), 3),
    ),
    (
        {"power_law": {"lattice": {"kagome": {"nx": 2, "ny": 2}}, "alpha": 6, "cutoff": 2}},
        twoqs.power_law(twoqs.kagome(2, 2), 6, cutoff=2),
    ),
    (
        {"positions": {"points": [[0.0, 0.0], [1.0, 0.0], [0.0, 2.5]], "alpha": 3}},
        twoqs.from_positions([(0, 0), (1, 0), (0, 2.5)], alpha=3),
    ),
]


@pytest.mark.parametrize(("text", "lattice"), LATTICES, ids=lambda one: repr(one)[:40])
def test_files_and_python_make_one_model(text: Any, lattice: twoqs.Lattice) -> None:
    model = twoqs.Model(spin=2, lattice=lattice, coupling=(0.3, 0, 0.1), decay=1)
    (point,) = sweep(text).points
    assert point.model.digest == model.digest
    again = build_model(model_text(model))
    assert again == model
    assert again.lattice == lattice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({"triangular": {"nx": 2, "ny": 3}}, "have nx of at least 3 with periodic boundaries"),
        ({"honeycomb": {"nx": 2, "ny": 1}}, "have ny of at least 2 with periodic boundaries"),
        ({"kagome": {"nx": 1000, "ny": 1000}}, "make at most 1000000 sites"),
        ({"kagome": {"nx": 2}}, "`model.lattice.kagome.ny` must be given"),
        ({"honeycomb": {"nx": 2, "ny": 2, "nz": 2}}, "`model.lattice.honeycomb.nz` must be left"),
        ({"power_law": {"lattice": {"chain": {"n": 6}}}}, "power_law.alpha` must be given"),
        ({"power_law": {"lattice": {"all_to_all": {"n": 6}}, "alpha": 3}}, "there is no such key"),
        ({"power_law": {"lattice": {"chain": {"n": 6}}, "alpha": -1}}, "power_law.alpha` must be"),
        ({"positions": {"points": [[0.0], [0.0]]}}, "positions.points` must be in different"),
        ({"triangle": {"nx": 3, "ny": 3}}, "did you mean `triangular`"),
    ],
)
def test_refusals_name_the_key(text: Any, message: str) -> None:
    with pytest.raises(TwoqsError, match=message):
        sweep(text)


def test_an_axis_sets_a_side() -> None:
    axes = {"nx": {"sets": "model.lattice.kagome.nx", "values": [2, 3]}}
    points = sweep({"kagome": {"nx": 2, "ny": 2}}, axes=axes).points
    assert [point.model.n_sites for point in points] == [12, 18]


def test_an_axis_sets_the_power() -> None:
    """Of a lattice with keywords, and of that of a member."""
    law = {"power_law": {"lattice": {"square": {"nx": 3, "ny": 3}}, "alpha": 6}}
    axes = {"alpha": {"sets": "model.lattice.power_law.alpha", "values": [0, 1.5, 3]}}
    points = sweep(law, axes=axes).points
    expected = [twoqs.power_law(twoqs.square(3, 3), alpha) for alpha in (0, 1.5, 3)]
    assert [point.model.lattice for point in points] == expected
    assert len({point.point_id for point in points}) == 3
    members = {"members": {"s": {"spin": 2, "lattice": law}}, "hamiltonian": "bonds(s.z, s.z)"}
    axes["alpha"]["sets"] = "model.members.s.lattice.power_law.alpha"
    points = sweep(law, axes=axes, model=members).points
    assert [point.model.members[0].lattice for point in points] == expected


@pytest.mark.parametrize("initial", [{}, {"a": "up"}])
def test_states_by_member_want_members(initial: Any) -> None:
    with pytest.raises(TwoqsError, match="be one state for all spins, or stand beside `members`"):
        sweep("single", model={"spin": 2, "initial": initial})
