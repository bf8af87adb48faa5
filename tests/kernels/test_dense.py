"""Products of dense matrices, tile by tile."""

from __future__ import annotations

import numpy as np
import pytest

from twoqs.kernels.compile.jit import LANES, jit
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.dense import COLUMNS_AT_ONCE, PANEL, add_product, panels

TOLERANCE = {np.float64: 1e-14, np.float32: 1e-5}
"""Relative to the largest value: sums of some hundred products."""

SIZES = [
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    33,
    64,
    COLUMNS_AT_ONCE - 1,
    COLUMNS_AT_ONCE,
    COLUMNS_AT_ONCE + 1,
    2 * COLUMNS_AT_ONCE + 3,
]


@jit
def run(fields, first, source, along, start, rows, columns, scale, matrix, offset):
    add_product(fields, first, source, along, start, rows, columns, scale, matrix, offset)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("columns", SIZES)
@pytest.mark.parametrize("rows", [1, 4, 6, 37])
def test_products(rows: int, columns: int, dtype: type) -> None:
    rng = np.random.default_rng(1)
    matrix, source = rng.normal(size=(rows, columns)), aligned((columns, LANES), dtype)
    source[:] = rng.normal(size=source.shape)
    order = rng.permutation(columns)
    fields = aligned((rows + PANEL + 1, LANES), dtype)
    fields[:] = 1.0
    stored = np.r_[np.full(3, np.nan), panels(matrix), np.full(3, np.nan)]
    along = np.r_[99, order]
    run(fields, 2, source, along, 1, rows, columns, 0.7, stored, 3)
    expected = 0.7 * matrix @ source[order].astype(float)
    size = np.abs(expected).max()
    assert np.abs(fields[2 : 2 + rows] - 1 - expected).max() < TOLERANCE[dtype] * size
    assert np.all(fields[:2] == 1)  # the last panel is filled with zeros
    assert np.all(fields[2 + rows :] == 1)
