"""The model layer: validation, identity, immutability."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest

import twoqs
from twoqs import Model, chain
from twoqs.flows.rates import graph_of, rates_of

CHAIN = {"spin": 5000, "lattice": chain(100), "coupling": (0.5, -1.8, 0.0), "decay": 1.0}


def test_content_decides_identity():
    a, b = Model(**CHAIN), Model(**CHAIN)
    assert a == b
    assert hash(a) == hash(b)
    assert a.digest == b.digest
    assert a.digest == pickle.loads(pickle.dumps(a)).digest
    for change in (
        {"spin": 4999.5}, {"lattice": chain(99)}, {"lattice": chain(100, periodic=False)},
        {"coupling": (0.5, -1.8, 0.1)}, {"decay": 1.1}, {"gain": 0.1}, {"dephasing": 0.1},
        {"field": (0, 0, 1e-9)}, {"twist": (1, 0, 0)}, {"initial": "up"},
        {"initial": twoqs.coherent(1.0)},
    ):  # fmt: skip
        assert Model(**(CHAIN | change)).digest != a.digest, change


def test_identity_is_the_same_in_another_process():
    code = (
        "from twoqs import Model, chain;"
        "print(Model(spin=10, lattice=chain(4), coupling=(1, 2, [1, 2, 3, 4])).digest)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = Model(spin=10, lattice=chain(4), coupling=(1, 2, [1, 2, 3, 4])).digest
    assert other.stdout.strip() == here


def test_equal_values_are_one_model():
    one = Model(spin=10, lattice=chain(4), decay=0.5, field=(0, -0.0, 1))
    many = Model(spin=10.0, lattice=chain(4), decay=np.full(4, 0.5), field=(0, 0, [1, 1, 1, 1]))
    assert one == many
    assert one.digest == many.digest


def test_models_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Model(spin=1).spin = 2


def test_homogeneous():
    assert Model(**CHAIN).homogeneous
    assert not Model(**(CHAIN | {"lattice": chain(100, periodic=False)})).homogeneous
    assert not Model(spin=1, lattice=chain(4), field=(0, 0, [1, 2, 3, 4])).homogeneous
    staggered = twoqs.coherent([0.0, np.pi, 0.0, np.pi])
    assert not Model(spin=1, lattice=chain(4), initial=staggered).homogeneous
    assert not Model(spin=1, lattice=twoqs.from_edges([(0, 1)])).homogeneous


def test_rescaling_happens_once():
    model = Model(
        spin=50, lattice=twoqs.from_edges([(0, 1, 3.0), (1, 2, 1.0)]), field=(0.1, 0, 0),
        coupling=(0.7, 0, 0), twist=(0, 0.2, 0), decay=[1, 2, 3], gain=4, dephasing=5,
    )  # fmt: skip
    graph, rates = graph_of(model), rates_of(model)
    np.testing.assert_allclose(graph.x.field, 0.1)
    # dH/ds of g/(2S) s^2 is 2 g/(2S) s.
    np.testing.assert_allclose(graph.y.coupling, 0.2 / 50)
    assert graph.y.neighbour.tolist() == [0, 1, 2]
    assert graph.x.start.tolist() == [0, 1, 3, 4]
    assert graph.x.neighbour.tolist() == [1, 0, 2, 1]
    np.testing.assert_allclose(graph.x.coupling, np.array([2.1, 2.1, 0.7, 0.7]) / 100)
    assert graph.z.neighbour.size == 0
    np.testing.assert_allclose(rates.decay, [0.01, 0.02, 0.03])
    np.testing.assert_allclose(rates.gain, 0.04)
    np.testing.assert_allclose(rates.dephasing, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spin": 0.3}, "`spin` must be a positive multiple of 1/2, but got 0.3"),
        ({"spin": 0}, "`spin`"),
        ({"spin": -1}, "`spin`"),
        ({"spin": "10"}, "`spin` must be a number"),
        ({"spin": float("nan")}, "`spin` must be finite"),
        ({"spin": True}, "`spin` must be a number"),
        ({"lattice": 100}, "`lattice` must be a Lattice"),
        ({"decay": -1.0}, "`decay` must not be negative, but got -1.0"),
        ({"gain": [-1.0] * 100}, "`gain` must not be negative"),
        ({"dephasing": float("inf")}, "`dephasing` must be finite"),
        ({"decay": [1.0, 2.0]}, "`decay` must be one number or hold 100 numbers"),
        ({"decay": [[1.0]] * 100}, "`decay` must be a number, but got"),
        ({"field": 1.0}, "`field` must have three components"),
        ({"field": (1, 2)}, "`field` must have three components"),
        ({"field": (1, 2, "3")}, "`field.z` must be a number"),
        ({"coupling": (1, [1, 2], 0)}, "`coupling.y` must be one number or hold 100"),
        ({"lattice": twoqs.single()}, "`coupling` must be zero on a lattice without bonds"),
        ({"twist": (float("nan"), 0, 0)}, "`twist.x` must be finite"),
        ({"initial": "left"}, "`initial` must be \"down\""),
        ({"initial": 3}, "`initial`"),
        ({"initial": twoqs.coherent([1.0, 2.0])}, "`initial.theta` must be one number or hold 100"),
    ],
)  # fmt: skip
def test_refusals_name_the_argument(change, message):
    with pytest.raises(twoqs.ArgumentError, match=message):
        Model(**(CHAIN | change))


@pytest.mark.parametrize("theta", [-0.1, 3.2, float("nan"), "x"])
def test_angles_are_checked(theta):
    with pytest.raises(twoqs.ArgumentError, match="`theta`"):
        twoqs.coherent(theta)
