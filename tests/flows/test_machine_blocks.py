"""Couplings of many spins in the machine, in every way, against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from start import deviation, step_of

import twoqs
from twoqs.flows.generators import Bonds, Generators
from twoqs.flows.lowered import generators_of
from twoqs.flows.plan import plan_of
from twoqs.methods.program import arrays_of

ROUNDING = 1e-12
"""Relative to the spins: some hundred products in any order, for three steps."""

SINGLE_ROUNDING = 3e-5
"""The same of 6e-8 each."""

DIAGONAL, MIXED = np.diag([0.3, -0.2, 0.1]), np.array([[0, 0.2, 0], [-0.1, 0, 0.3], [0.1, 0, 0]])


def on(base: twoqs.Lattice, *others: twoqs.Spin) -> Generators:
    """Power laws about x and y and decay; other spins are coupled to the first site alone."""
    law = twoqs.power_law(base, 3)
    s = twoqs.Sites(twoqs.Spin(10), law, name="s")
    energy = 0.02 * twoqs.bonds(s.x, s.x) + 0.03 * twoqs.bonds(s.y, s.y) + 0.01 * s[0].z ** 2
    for other in others:
        energy = energy + 0.1 * s[0].x * other.x
    return generators_of(
        twoqs.Model(
            hamiltonian=energy, jumps=[twoqs.jump(twoqs.each(s.minus), 0.05)],
            members=[*others[:1], s, *others[1:]],
        )
    )  # fmt: skip


def tensors(tensor: np.ndarray, n: int = 70) -> Generators:
    """All pairs with one tensor and weights that are no convolution."""
    rng = np.random.default_rng(1)
    pairs = np.stack(np.triu_indices(n, 1), axis=1)
    weights = rng.normal(size=len(pairs)) / n
    return Generators(
        rng.integers(2, 12, n) / 2, bonds=[Bonds(pairs, weights[:, None, None] * tensor)]
    )


OTHERS = twoqs.Spin(3, name="a"), twoqs.Spin(2, name="z")

MODELS = {
    "ring": on(twoqs.chain(40)),
    "ring without a fast transform": on(twoqs.chain(67)),
    "open chain": on(twoqs.chain(33, periodic=False)),
    "square": on(twoqs.square(6, 8)),
    "open square": on(twoqs.square(5, 7, periodic=False)),
    "cubic": on(twoqs.cubic(3, 4, 5)),
    "open cubic": on(twoqs.cubic(3, 4, 3, periodic=False)),
    "honeycomb": on(twoqs.honeycomb(3, 4)),
    "one member among several": on(twoqs.chain(70), *OTHERS),
    "no convolution": on(twoqs.kagome(3, 3)),
    "diagonal tensors": tensors(DIAGONAL),
    "tensors that mix axes": tensors(MIXED),
    "general axes": tensors(MIXED + MIXED.T + DIAGONAL),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("way", ["sparse", "dense", "fourier", "fastest"])
@pytest.mark.parametrize("name", MODELS)
def test_every_way_is_that_of_numpy(name: str, way: str, dtype: type) -> None:
    generators = MODELS[name]
    tolerance = ROUNDING if dtype == np.float64 else SINGLE_ROUNDING
    step = step_of(generators)
    assert deviation(generators, np.ones((3, 1)), step, [3], 1, dtype, way) < tolerance


@pytest.mark.parametrize("name", MODELS)
def test_the_ways_are_taken(name: str) -> None:
    """Negative control of the one above: it compares what it says."""
    plan = plan_of(MODELS[name])
    sparse, dense, fourier = (arrays_of(plan, way) for way in ("sparse", "dense", "fourier"))
    assert not sparse.products.start[-1]
    assert dense.products.start[-1]
    assert not dense.products.passes.any()
    assert not len(dense.couplings.value)
    convolution = "tensors" not in name and name not in ("no convolution", "general axes")
    assert np.any(fourier.products.passes) == convolution
    assert len(fourier.couplings.value) == (0 if convolution else len(sparse.couplings.value)) or (
        len(fourier.couplings.value) < 10  # of single sites
    )


def ladder(n: int = 70) -> Generators:
    """Two chains of spins of different length; all pairs between them, opposite sites as well."""
    i, j = (a.ravel() for a in np.meshgrid(range(n), range(n), indexing="ij"))
    weights = 1 / (1.5 + np.abs(i - j + 0.3)) ** 2
    across = Bonds(np.stack([i, n + j], axis=1), 0.02 * weights[:, None, None] * np.diag([1, 0, 0]))
    return Generators(np.repeat([5, 2], n), bonds=[across], grids=[(n,), (n,)])


@pytest.mark.parametrize("way", ["sparse", "dense", "fourier", "fastest"])
def test_couplings_between_members(way: str) -> None:
    """Convolutions without symmetry, in both directions, of which sites opposite are a part."""
    generators = ladder()
    assert deviation(generators, np.ones((3, 1)), 0.05, [3], way=way) < ROUNDING
    arrays = arrays_of(plan_of(generators), way)
    assert np.count_nonzero(arrays.products.passes) == (2 if way in ("fourier", "fastest") else 0)


def test_parameters_multiply_blocks() -> None:
    """Those of two parameters, one of which changes from step to step."""
    law = twoqs.power_law(twoqs.chain(64), 2)
    couplings = law.weights[:, None, None] * np.diag([0.01, 0, 0])
    generators = Generators(
        np.full(64, 4.0), bonds=[Bonds(law.edges, couplings), Bonds(law.edges, couplings, 1)]
    )
    values = np.column_stack([np.ones(4), [0.5, 1.0, -2.0, 0.0]])
    for way in ("dense", "fourier", "fastest"):
        assert deviation(generators, values, 0.05, [4], way=way) < ROUNDING
    assert len(arrays_of(plan_of(generators), "fastest").products.column) == 2
