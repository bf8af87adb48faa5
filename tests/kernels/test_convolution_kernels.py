"""The compiled convolution against plain sums."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from twoqs.flows.convolution import Convolution, convolved
from twoqs.kernels.compile.jit import LANES, jit
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.convolution import add_convolution, run_passes
from twoqs.kernels.convolution_plan import (
    EXPAND,
    FIRST_ROW,
    FORWARD,
    INVERSE,
    MULTIPLY,
    SHRINK,
    convolution_plan,
    joined_plans,
    rows_needed,
)
from twoqs.kernels.moments import GROUP

ROUNDING = 1e-13
"""Relative to the largest value: transforms of some hundred sites."""

SINGLE_ROUNDING = 3e-7
"""The same of numbers in single precision; the transform itself is in double."""


@jit
def run(fields, first, source, along, start, sites, scale, plan, begin, end, waves):
    add_convolution(fields, first, source, along, start, sites, scale, plan, begin, end, waves)


def random_convolution(shape: tuple[int, ...], periodic: tuple[bool, ...]) -> Convolution:
    """A kernel without any symmetry."""
    weights = np.random.default_rng(1).normal(size=[2 * n - 1 for n in shape])
    for axis, (sites, closed) in enumerate(zip(shape, periodic, strict=True)):
        along = np.moveaxis(weights, axis, 0)
        if closed:
            along[sites:] = along[1:sites]
    return Convolution(shape, periodic, weights)


def directly(convolution: Convolution, p: np.ndarray) -> np.ndarray:
    """sum_d K(d) p_(i-d), displacement by displacement."""
    grid = p.reshape(*convolution.shape, -1)
    total = np.zeros_like(grid)
    sides = [
        range(n) if closed else range(1 - n, n)
        for n, closed in zip(convolution.shape, convolution.periodic, strict=True)
    ]
    for d in product(*sides):
        shifted = np.roll(grid, d, tuple(range(len(d))))
        for axis, (step, closed) in enumerate(zip(d, convolution.periodic, strict=True)):
            gone = np.moveaxis(shifted, axis, 0)
            if not closed:
                gone[slice(step) if step >= 0 else slice(step, None)] = 0
        total += convolution.weights[d] * shifted
    return total.reshape(p.shape)


def result(convolutions: list[Convolution], source: np.ndarray, scale: float) -> np.ndarray:
    """The last of some convolutions, whose plans are one; with memory around it."""
    plan, passes = joined_plans([convolution_plan(one) for one in convolutions])
    plan = plan._replace(address=run_passes.address)
    n = len(source)
    fields, waves = aligned((n + 2, LANES), source.dtype), aligned((rows_needed(plan) + 1, GROUP))
    fields[:] = 1.0
    waves[FIRST_ROW:] = np.nan
    begin, end = passes[-2:].tolist()
    # Sources in another order, and not from the first on.
    order = np.random.default_rng(2).permutation(n)
    mixed = aligned((n, LANES), source.dtype)
    mixed[order] = source
    along = np.r_[99, order]
    run(fields, 1, mixed, along, 1, n, scale, plan, begin, end, waves)
    assert np.all(waves[0] == 0)
    assert np.all(np.isnan(waves[-1]))
    assert np.all(fields[[0, -1]] == 1)
    return fields[1:-1] - 1


CASES = [
    ((n,), (closed,))
    for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 30, 49, 60, 64, 97, 100, 128, 250, 600)
    for closed in (False, True)
] + [
    ((4, 5), (True, True)), ((4, 5), (False, False)), ((4, 5), (True, False)),
    ((7, 6), (False, True)), ((16, 16), (True, True)), ((15, 20), (False, False)),
    ((11, 3), (True, True)), ((3, 4, 5), (True, True, True)), ((3, 4, 5), (False, False, False)),
    ((2, 7, 3), (True, False, True)), ((5, 4, 4), (False, True, False)), ((6, 5, 2), (True,) * 3),
    ((1, 9), (True, False)), ((9, 1, 2), (False, True, False)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("shape", "periodic"), CASES, ids=str)
def test_convolutions(shape: tuple[int, ...], periodic: tuple[bool, ...], dtype: type) -> None:
    convolution = random_convolution(shape, periodic)
    sites = int(np.prod(shape))
    source = np.random.default_rng(3).normal(size=(sites, LANES)).astype(dtype)
    expected = directly(convolution, source.astype(float))
    others = [random_convolution((5,), (False,)), convolution]
    found = result(others, source, 0.7)
    size = np.abs(expected).max()
    tolerance = ROUNDING if dtype == np.float64 else SINGLE_ROUNDING
    assert np.abs(found - 0.7 * expected).max() < tolerance * size
    assert np.abs(convolved(convolution, source.astype(float)) - expected).max() < ROUNDING * size


@pytest.mark.parametrize("shape", [(8,), (10,), (4, 6), (3, 3, 4)], ids=str)
def test_open_ends_need_their_padding(shape: tuple[int, ...]) -> None:
    """Negative control: the same weights on a grid that closes on itself, by mistake."""
    convolution = random_convolution(shape, (False,) * len(shape))
    closed = Convolution(shape, (True,) * len(shape), convolution.weights)
    source = np.random.default_rng(3).normal(size=(int(np.prod(shape)), LANES))
    expected = directly(convolution, source)
    assert np.abs(result([closed], source, 1.0) - expected).max() > 0.1


def test_trajectories_do_not_mix() -> None:
    """Two share one complex number: what one holds is not seen by the other."""
    convolution = random_convolution((60,), (False,))
    source = np.random.default_rng(3).normal(size=(60, LANES))
    changed = source.copy()
    changed[:, 5] *= 1e3
    found, other = (result([convolution], s, 1.0) for s in (source, changed))
    same = np.arange(LANES) != 5
    # To rounding of the larger one.
    assert np.abs(found - other)[:, same].max() < 1e-10
    assert np.abs(found - other)[:, 5].max() > 1


@pytest.mark.parametrize(("shape", "periodic"), CASES, ids=str)
def test_passes_undo_each_other(shape: tuple[int, ...], periodic: tuple[bool, ...]) -> None:
    """Every forward pass has its inverse, and every wave is multiplied once."""
    plan = convolution_plan(random_convolution(shape, periodic))
    kinds = plan.passes[:, 0]
    for one, other in ((FORWARD, INVERSE), (EXPAND, SHRINK)):
        assert np.sum(kinds == one) == np.sum(kinds == other)
    multiplied = plan.passes[kinds == MULTIPLY]
    assert np.array_equal(np.cumsum(multiplied[:, 3]) - multiplied[:, 3], multiplied[:, 7])
    assert multiplied[:, 3].sum() == len(plan.spectrum)
