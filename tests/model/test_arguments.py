"""Python arguments of any kind: NumPy's numbers are welcome, nonsense is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs import Model, chain, from_edges, simulate

ONE = Model(spin=2, decay=1.0)
BOUND = {"times": [0.1], "trajectories": 64}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"times": 1.0}, "times"),
        ({"times": "abc"}, "times"),
        ({"times": ["a"]}, "times"),
        ({"times": [[1.0]]}, "times"),
        ({"times": [False, True]}, "times"),
        ({"times": []}, "times"),
        ({"times": None, "average": 5}, "average"),
        ({"times": None, "average": (1,)}, "average"),
        ({"times": None, "average": (1, 2, 3)}, "average"),
        ({"times": None, "average": "ab"}, "average"),
        ({"observables": None}, "observables"),
        ({"observables": "sites"}, "observables"),
        ({"observables": ["sites", 1]}, "observables"),
        ({"representation": ["W"]}, "representation"),
        ({"scheme": 3}, "scheme"),
        ({"seed": True}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"trajectories": 0}, "trajectories"),
        ({"trajectories": True}, "trajectories"),
        ({"trajectories": 64.5}, "trajectories"),
        ({"step": 0}, "step"),
        ({"step": "0.1"}, "step"),
        ({"step": 1e-320}, "step"),
        ({"step": float("nan")}, "step"),
    ],
)
def test_simulate_refuses(change, name):
    with pytest.raises(twoqs.ArgumentError, match=f"Argument `{name}` must"):
        simulate(ONE, **(BOUND | change))


def test_simulate_wants_a_model():
    with pytest.raises(twoqs.ArgumentError, match="`model` must be a twoqs"):
        simulate("x", **BOUND)
    with pytest.raises(twoqs.ArgumentError, match="`model` must have no rate above"):
        simulate(Model(spin=2, field=(1e300, 0, 0)), **BOUND)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Model(spin=2, field=np.array(3.0)), "field"),
        (lambda: Model(spin=2, lattice=chain(3), field=([1, [2], 3], 0, 0)), "field.x"),
        (lambda: Model(spin=3, lattice=chain(5), initial=twoqs.coherent([1, 1, 1])), "initial"),
        (lambda: from_edges([1, 2]), "edges"),
        (lambda: from_edges(None), "edges"),
        (lambda: from_edges([(0, 1, "a")]), "edges"),
        (lambda: from_edges([(0, 1)], weights="a"), "weights"),
        (lambda: from_edges([(0, 1)], weights=[1j]), "weights"),
        (lambda: from_edges([(0, 10**25)]), "edges"),
        (lambda: from_edges([(0, 1)], n_sites=10**15), "n_sites"),
        (lambda: chain(10**12), "n"),
        (lambda: chain(10**30), "n"),
        (lambda: twoqs.cubic(1000, 1000, 1000), "nx"),
        (lambda: twoqs.all_to_all(10**6), "n"),
    ],
)
def test_models_and_lattices_refuse(call, name):
    with pytest.raises(twoqs.ArgumentError, match=f"Argument `{name}"):
        call()


def test_numpy_values_are_as_good_as_pythons():
    plain = simulate(ONE, times=[0.1, 0.2], trajectories=64, seed=4, step=0.01)
    numpy = simulate(
        Model(spin=np.float32(2), decay=np.float64(1.0)),
        times=np.array([0.1, 0.2]),
        trajectories=np.int32(64),
        seed=np.int64(4),
        step=np.array(0.01),
    )
    assert plain.equals(numpy)
    assert numpy.attrs["point_id"] == plain.attrs["point_id"]
    assert chain(np.int64(5), periodic=np.True_) == chain(5)
    triples = from_edges(np.array([[0, 1, 0.5], [1, 2, 1.5]]))
    assert triples == from_edges([(0, 1, 0.5), (1, 2, 1.5)])
    window = simulate(ONE, average=np.array([0.1, 0.2]), samples=np.int64(3), trajectories=64)
    assert window.equals(simulate(ONE, average=(0.1, 0.2), samples=3, trajectories=64))
