"""Identities of points: the same content has the same, and all that matters changes it."""

from __future__ import annotations

from dataclasses import replace

import twoqs
from twoqs import Model, chain, power_law
from twoqs.methods import machine
from twoqs.methods.numerics import (
    INTERACTION_DIFFUSION,
    Numerics,
    point_id,
    resolve,
)

DRIVEN = twoqs.Model(spin=10, field=(2.0, 0, 0), decay=0.5)
COUPLED = twoqs.Model(spin=10, lattice=twoqs.chain(4), coupling=(0.5, -0.8, 0), decay=1.0)


def test_identities_are_pinned():
    """In any process and on any machine. If one changes, stored results lose their names: change
    STREAM_VERSION knowingly, never by accident."""
    assert point_id(DRIVEN, Numerics(times=(1.0, 2.0), step=0.01)) == "10702aeb92d4c05a"
    window = Numerics("pda", "W", 0.02, None, (10.0, 20.0), 51, ("correlation",), None)
    assert point_id(COUPLED, window) == "c148052dfa4b29e1"


def test_every_setting_changes_the_identity():
    base = Numerics(times=(1.0,), step=0.01)
    others = [
        replace(base, scheme="pda"),
        replace(base, scheme="pda", representation="P"),
        replace(base, scheme="pda", representation="Q"),
        replace(base, step=0.02),
        replace(base, times=(1.0, 2.0)),
        replace(base, times=(1.0 + 1e-15,)),
        replace(base, times=None, average=(0.0, 1.0), samples=2),
        replace(base, times=None, average=(0.0, 1.0), samples=3),
        replace(base, observables=("sites",)),
        replace(base, observables=("correlation", "sites")),
        replace(base, neglect=INTERACTION_DIFFUSION),
        replace(base, precision="single"),
    ]
    identities = [point_id(DRIVEN, numerics) for numerics in (base, *others)]
    assert len(set(identities)) == len(identities)
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in identities)


def test_every_part_of_the_model_changes_the_identity():
    numerics = Numerics(times=(1.0,), step=0.01)
    base = {"spin": 10.0, "lattice": twoqs.chain(3), "decay": 1.0}
    changes = [
        {}, {"spin": 10.5}, {"lattice": twoqs.chain(4)},
        {"lattice": twoqs.chain(3, periodic=False)},
        {"lattice": twoqs.from_edges([(0, 1), (1, 2), (0, 2)])}, {"field": (1e-9, 0, 0)},
        {"coupling": (0.1, 0, 0)}, {"coupling": (0, 0.1, 0)}, {"twist": (0, 0, 0.1)},
        {"decay": 1.0 + 2**-52}, {"decay": [1.0, 1.0, 2.0]}, {"gain": 1.0}, {"dephasing": 1.0},
        {"initial": "up"}, {"initial": twoqs.coherent(1.0)}, {"initial": twoqs.coherent(1.0, 1.0)},
    ]  # fmt: skip
    identities = [point_id(twoqs.Model(**base | change), numerics) for change in changes]
    assert len(set(identities)) == len(identities)
    same = twoqs.Model(spin=10, lattice=twoqs.chain(3), decay=[1, 1, 1], field=(-0.0, 0, 0))
    assert point_id(same, numerics) == identities[0]


def test_the_number_of_trajectories_is_no_part_of_the_identity():
    first = twoqs.simulate(DRIVEN, times=[0.1], trajectories=256)
    second = twoqs.simulate(DRIVEN, times=[0.1], trajectories=512, seed=4)
    assert first.attrs["point_id"] == second.attrs["point_id"]


# --- What is refused ------------------------------------------------------------------------------


def test_couplings_in_blocks_are_points_of_their_own(monkeypatch):
    """Their numbers are others than those of stores from before."""
    power = Model(spin=10, lattice=power_law(chain(128), 3), coupling=(0, 0, 1), decay=1)
    near = Model(spin=10, lattice=chain(128), coupling=(0, 0, 1), decay=1)
    numerics = {one: resolve(one, Numerics(times=(1.0,))) for one in (power, near)}
    found = {one: point_id(one, numerics[one]) for one in (power, near)}
    monkeypatch.setattr(machine, "has_blocks", lambda plan: False)
    assert point_id(near, numerics[near]) == found[near]
    assert point_id(power, numerics[power]) != found[power]
