"""Couplings of many spins to many in a stage of the small machine, as products of matrices.

What acts along the axis of each row is sum_j M_ij p_j; `twoqs.methods.couplings` chooses which
blocks of M are not taken entry by entry.
"""

from __future__ import annotations

from typing import NamedTuple

from twoqs.kernels.compile.jit import inlined
from twoqs.kernels.convolution import add_convolution
from twoqs.kernels.convolution_plan import ConvolutionPlan
from twoqs.kernels.dense import add_product
from twoqs.kernels.machine_rows import clear
from twoqs.model.arrays import Floats, Ints


class Products(NamedTuple):
    """Blocks of the matrices of each flow: dense ones, and convolutions over a grid."""

    start: Ints  # (flow + 1,): those of a flow are start[flow] to start[flow + 1]
    column: Ints  # (product,): of the values
    row: Ints  # (product,): the first, counted from the first of the flow
    rows: Ints  # (product,)
    source: Ints  # (product,): place in `Program.along` of the first spin that acts
    columns: Ints  # (product,)
    first: Ints  # (product,): of its passes, or of the numbers of its matrix
    passes: Ints  # (product,): 0 for a dense one
    matrix: Floats  # those of all dense blocks, as `panels` stores them
    convolutions: ConvolutionPlan  # all of them


@inlined
def set_fields(fields, source, along, products, flow, rows, duration, values, waves):
    """The share of the products in the angles of all rows of a flow."""
    for row in range(rows):
        clear(fields[row])
    for product in range(products.start[flow], products.start[flow + 1]):
        scale = duration * values[products.column[product]]
        first, start = products.row[product], products.source[product]
        count, place = products.rows[product], products.first[product]
        if products.passes[product] > 0:
            add_convolution(
                fields, first, source, along, start, count, scale, products.convolutions,
                place, place + products.passes[product], waves,
            )  # fmt: skip
        else:
            add_product(
                fields, first, source, along, start, count, products.columns[product], scale,
                products.matrix, place,
            )  # fmt: skip
