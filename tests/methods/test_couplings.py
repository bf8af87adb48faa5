"""Which couplings are taken in blocks."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.flows.generators import Bonds, Generators
from twoqs.flows.lowered import generators_of
from twoqs.flows.plan import Plan, plan_of
from twoqs.methods import machine
from twoqs.methods.conserving import Conserving
from twoqs.methods.couplings import FEWEST_SITES, Part, parts_of
from twoqs.methods.program import arrays_of


def model_of(lattice: twoqs.Lattice, **terms) -> twoqs.Model:
    return twoqs.Model(
        **{"spin": 10, "lattice": lattice, "coupling": (0.1, 0, 0), "decay": 1.0} | terms
    )


def ways(plan: Plan) -> list[str]:
    """How the blocks of a plan are taken."""
    products = arrays_of(plan, "fastest").products
    return ["fourier" if passes else "dense" for passes in products.passes.tolist()]


def ways_of(lattice: twoqs.Lattice) -> list[str]:
    return ways(plan_of(generators_of(model_of(lattice))))


def cut(n: int, cutoff: float) -> twoqs.Lattice:
    return twoqs.power_law(twoqs.chain(n), 3, cutoff)


@pytest.mark.parametrize(
    ("lattice", "expected"),
    [
        (twoqs.power_law(twoqs.chain(1000), 3), ["fourier"]),
        (twoqs.power_law(twoqs.chain(1000, periodic=False), 3), ["fourier"]),
        (twoqs.power_law(twoqs.square(16, 16), 3), ["fourier"]),
        (twoqs.power_law(twoqs.square(32, 32, periodic=False), 3), ["fourier"]),
        (twoqs.power_law(twoqs.cubic(8, 8, 8), 3), ["fourier"]),
        (twoqs.power_law(twoqs.triangular(12, 12), 3), ["fourier"]),
        (twoqs.all_to_all(300), ["fourier"]),
        (twoqs.power_law(twoqs.kagome(8, 8), 3), ["dense"]),
        (twoqs.from_positions(np.random.default_rng(1).random((200, 2)), alpha=3), ["dense"]),
        # A transform of three open axes takes longer than so few numbers.
        (twoqs.power_law(twoqs.cubic(4, 4, 4, periodic=False), 3), ["dense"]),
        (twoqs.chain(100_000), []),
        (twoqs.cubic(20, 20, 20), []),
        (twoqs.triangular(50, 50), []),
        (cut(1000, 6), []),
        (cut(1000, 200), ["fourier"]),
        (twoqs.power_law(twoqs.chain(FEWEST_SITES - 1), 3), []),
        (twoqs.power_law(twoqs.chain(10), 3), []),
    ],
    ids=repr,
)
def test_the_choice(lattice: twoqs.Lattice, expected: list[str]) -> None:
    assert ways_of(lattice) == expected


def test_positions_on_a_grid_are_one() -> None:
    x, y = (a.ravel() for a in np.meshgrid(range(16), range(12), indexing="ij"))
    law = twoqs.from_positions(np.stack([x, y], axis=1), alpha=6)
    assert ways_of(law) == ["fourier"]
    # Negative control: the same in another order.
    order = np.random.default_rng(1).permutation(len(x))
    assert ways_of(twoqs.from_positions(np.stack([x, y], axis=1)[order], alpha=6)) == ["dense"]


def test_formulas_profit() -> None:
    """Of one member among several, with a twist that differs from site to site."""
    law = twoqs.power_law(twoqs.chain(128), 1.5)
    s, a = twoqs.Sites(twoqs.Spin(5), law, name="s"), twoqs.Spin(7, name="a")
    energy = 0.1 * twoqs.bonds(s.z, s.z) + 0.2 * a.z * s.z
    energy = energy + sum((0.01 * i * s[i].z ** 2 for i in range(5)), 0 * a.z)
    plan = plan_of(generators_of(twoqs.Model(hamiltonian=energy)))
    arrays = arrays_of(plan, "fastest")
    assert ways(plan) == ["fourier"]
    assert 0 < len(arrays.couplings.value) < 10 * 128


def test_parts_are_members() -> None:
    grids = [(1,), (2,), (8, 10), (3,), (100,)]
    rows = np.arange(186)
    small = [Part(0, 3, None), Part(3, 83, (8, 10)), Part(83, 86, None), Part(86, 186, (100,))]
    assert parts_of(rows, grids, 64) == small
    # A member of which some sites turn in another stage is no grid.
    assert parts_of(rows[5:], grids, 64)[0] == Part(0, 81, None)
    assert parts_of(np.arange(100), [(1,)] * 100, 1) == [Part(0, 100, None)]


def test_a_model_of_keywords_goes_where_it_is_faster() -> None:
    """And few couplings, or all pairs alike, stay where they are."""
    many, few = twoqs.power_law(twoqs.chain(100), 3), twoqs.power_law(twoqs.chain(20), 3)
    method = Conserving()
    assert isinstance(method.structure(model_of(many)), Plan)
    others = [
        model_of(few), model_of(twoqs.chain(100)), model_of(twoqs.all_to_all(100)),
        model_of(cut(100, 8)), model_of(many, coupling=(0, 0, 0)),
    ]  # fmt: skip
    for model in others:
        assert not isinstance(method.structure(model), Plan)
        assert method.nanoseconds_of(model) > 0
    assert not any(machine.may_run(model) for model in (others[0], others[1], others[2]))


def test_the_cost_counts_blocks() -> None:
    lattice = twoqs.power_law(twoqs.kagome(10, 10), 3)
    plan = plan_of(generators_of(model_of(lattice)))
    spins = machine.NANOSECONDS * 2 * 300
    # 300 x 300 numbers of some 2.4 ns for 64 trajectories.
    assert machine.cost(plan) > spins + 300 * 300 * 2.4 / 64
    assert machine.has_blocks(plan)
    near = plan_of(generators_of(model_of(twoqs.chain(300))))
    assert machine.cost(near) == spins
    assert not machine.has_blocks(near)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_both_paths_agree(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring with couplings 1/r^3 by keywords: in blocks, and by the kernels of keywords."""
    model = model_of(
        twoqs.power_law(twoqs.chain(64), 3), coupling=(0.4, -0.9, 0), initial=twoqs.coherent(1.2)
    )
    # Errors of the step are not looked at; they take a kernel of their own.
    settings = {"times": [0.5, 1.0], "trajectories": 1024, "precision": precision, "budget": ()}
    found = twoqs.simulate(model, **settings, seed=1)
    monkeypatch.setattr(machine, "may_run", lambda model: False)
    monkeypatch.setattr(
        Conserving, "structure", lambda self, model, taps=(): self.build_structure(model)
    )
    for name in ("constants_of", "structure_of"):
        getattr(twoqs.methods.method, name).cache_clear()
    others = twoqs.simulate(model, **settings, seed=2)
    off = twoqs.simulate(model_of(twoqs.chain(64), **{
        "coupling": (0.4, -0.9, 0), "initial": twoqs.coherent(1.2)
    }), **settings, seed=2)  # fmt: skip
    for name in ("constants_of", "structure_of"):
        getattr(twoqs.methods.method, name).cache_clear()
    for name in ("sx", "sy", "sz"):
        error = np.hypot(found[f"{name}_se"], others[f"{name}_se"])
        # Two schemes of second order with steps of 0.05: 0.002 S, see docs/accuracy.md.
        assert np.all(np.abs(found[name] - others[name]) < 0.002 * 10 + 3 * error)
    error = np.hypot(found["sy_se"], off["sy_se"])
    assert np.any(np.abs(found["sy"] - off["sy"]) > 0.002 * 10 + 3 * error)  # negative control


def test_grids_have_all_sites() -> None:
    with pytest.raises(twoqs.ArgumentError, match="`grids` must have 3 sites together"):
        Generators([1, 1, 1], grids=[(2,), (2,)])
    assert Generators([1, 1, 1]).grids == ((3,),)
    pairs = Bonds([(0, 1)], [np.eye(3)])
    assert plan_of(Generators([1, 1], bonds=[pairs], grids=[(1,), (1,)])).grids == ((1,), (1,))
