"""Products of a dense matrix with rows of trajectories, tile by tile of what registers hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from twoqs.kernels.compile.jit import LANES, inlined, like, processor_has
from twoqs.kernels.compile.llvm import FLAGS, VECTOR_BITS, Rows
from twoqs.model.arrays import Floats

PANEL = 4
"""Rows of the matrix in a tile; the matrix is stored panel by panel, columns of a panel in turn."""

VECTORS = 4 if processor_has("avx512f") else 1
"""Vectors of trajectories in a tile: with those of a panel, half of the registers."""

COLUMNS_AT_ONCE = 256
"""Columns that one row of tiles takes at once: their sources stay in the second cache."""


def panels(matrix: Floats) -> Floats:
    """A matrix panel by panel, the last filled with zeros, as `add_product` reads it."""
    rows, columns = matrix.shape
    filled = np.zeros((-(-rows // PANEL), PANEL, columns))
    filled.reshape(-1, columns)[:rows] = matrix
    return np.ascontiguousarray(filled.transpose(0, 2, 1)).ravel()


@intrinsic
def add_tile(
    typing: Any, fields: Any, first: Any, source: Any, along: Any, start: Any, matrix: Any,
    offset: Any, columns: Any, scale: Any, part: Any,
) -> Any:  # fmt: skip
    """fields[first + r] += scale * sum_k matrix[offset + PANEL k + r] source[along[start + k]].

    For r in a panel, k in the columns, and the lanes of one part of VECTORS vectors. Sums are in
    the order of k, whatever the tile.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds = signature.args
        row = Rows(context, builder, kinds[0].dtype)
        out, there, at, values = (row.array(kinds[i], given[i]) for i in (0, 2, 3, 5))
        lane = builder.mul(given[9], row.index(VECTORS * row.count))
        totals = [cgutils.alloca_once(builder, row.reals) for _ in range(PANEL * VECTORS)]
        for total in totals:
            builder.store(ir.Constant(row.reals, None), total)
        with cgutils.for_range(builder, given[7]) as loop:
            acting = builder.load(builder.gep(at, [builder.add(given[4], loop.index)]))
            begin = builder.add(builder.mul(acting, row.index(LANES)), lane)
            rows = builder.gep(there, [begin])
            place = builder.add(given[6], builder.mul(loop.index, row.index(PANEL)))
            sources = [row.load(rows, v * row.count) for v in range(VECTORS)]
            for r in range(PANEL):
                weight = builder.load(builder.gep(values, [builder.add(place, row.index(r))]))
                weight = context.cast(builder, weight, kinds[5].dtype, kinds[0].dtype)
                weights = row.filled(weight)
                for v, one in enumerate(sources):
                    total = totals[r * VECTORS + v]
                    product = builder.fmul(weights, one, FLAGS)
                    builder.store(builder.fadd(builder.load(total), product, FLAGS), total)
        scales = row.filled(given[8])
        for r in range(PANEL):
            begin = builder.mul(builder.add(given[1], row.index(r)), row.index(LANES))
            rows = builder.gep(out, [builder.add(begin, lane)])
            for v in range(VECTORS):
                product = builder.fmul(scales, builder.load(totals[r * VECTORS + v]), FLAGS)
                before = row.load(rows, v * row.count)
                row.store(builder.fadd(before, product, FLAGS), rows, v * row.count)
        return context.get_dummy_value()

    return types.void(
        fields, types.intp, source, along, types.intp, matrix, types.intp, types.intp, scale,
        types.intp,
    ), generate  # fmt: skip


@inlined
def add_product(fields, first, source, along, start, rows, columns, scale, matrix, offset):
    """fields += scale * sum_j M_ij source_j, for rows in panels, of which the last may be filled.

    Args:
        fields: (row, lane), of which those from `first` on are added to.
        source: rows (row, lane); that of column k is along[start + k].
        matrix: M from `offset` on, as `panels` has it.
    """
    size = like(scale, fields[0, 0])
    parts = LANES * fields.itemsize * 8 // (VECTORS * VECTOR_BITS)
    for begin in range(0, columns, COLUMNS_AT_ONCE):
        depth = min(COLUMNS_AT_ONCE, columns - begin)
        for row in range(0, rows, PANEL):
            for part in range(parts):
                add_tile(
                    fields, first + row, source, along, start + begin, matrix,
                    offset + row * columns + begin * PANEL, depth, size, part,
                )  # fmt: skip
