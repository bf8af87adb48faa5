"""How the couplings of a stage are evaluated: entry by entry, as dense blocks, or by Fourier.

The choice depends on the model alone, not on the machine: each way rounds differently. Estimates
are in nanoseconds for all trajectories of a block.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.flows.convolution import Convolution, convolution_of
from twoqs.flows.turn import Turn
from twoqs.kernels.convolution_plan import ConvolutionPlan, convolution_plan, rows_of_pass
from twoqs.kernels.dense import PANEL
from twoqs.model.arrays import Ints

Evaluation: TypeAlias = Literal["fastest", "sparse", "dense", "fourier"]
"""How blocks of many couplings are taken; all but the fastest are for comparisons."""

GridShape: TypeAlias = tuple[int, ...]

ENTRY = 6.0
"""Nanoseconds of a coupling in the table. These constants were measured with 64 trajectories in
double precision on one core with AVX-512 (benchmarks/power_law.py prints them anew)."""

DENSE_ENTRY = 2.4
"""Of a number of a dense matrix."""

PASS_ROW = 6.0
"""Of a row in a pass of a transform: it is read, turned and stored, for all trajectories."""

PASS = 35.0
"""Of a pass, whatever it does."""

FIELD_ROW = 15.0
"""Of a row whose field is summed apart from its angle."""

GAIN = 1.5
"""What another way than by entries has to gain: on another machine the constants are others, and
models that gain little should not depend on them."""

FEWEST_SITES = 64
"""Spins whose components fill the first cache, where entries are as fast as dense blocks. Members
of fewer spins have no blocks of their own; neighbours of that kind are one part."""

FEWEST_ENTRIES = 32
"""Couplings of a row in a block, below which no other way gains enough."""

MOST_PARTS = 32
"""Parts of a stage, above which they are one."""


class Block(NamedTuple):
    """A part of a matrix that is evaluated as a whole.

    Attributes:
        column: of the parameter.
        row, source: the first row, and the first of the rows that act.
        matrix: of all its couplings.
        plan: of the convolution that it is; None for a dense block.
    """

    column: int
    row: int
    source: int
    matrix: scipy.sparse.csr_array
    plan: ConvolutionPlan | None


class Part(NamedTuple):
    """Rows of a stage that follow one another.

    Attributes:
        begin, end: of the rows.
        grid: the grid whose sites they are; None if they are none.
    """

    begin: int
    end: int
    grid: GridShape | None


class Couplings(NamedTuple):
    """Couplings of a stage: matrices to be taken entry by entry, by column; and blocks."""

    entries: tuple[tuple[int, scipy.sparse.csr_array], ...]
    blocks: tuple[Block, ...]


def couplings_of(flow: Turn, grids: Sequence[GridShape], way: Evaluation = "fastest") -> Couplings:
    """The couplings of a stage, as they are evaluated.

    Args:
        grids: of all members of the model, in the order of their sites.
    """
    entries: list[tuple[int, scipy.sparse.csr_array]] = []
    blocks: list[Block] = []
    parts = parts_of(flow.sites, grids, FEWEST_SITES if way == "fastest" else 1)
    for column, matrix in flow.couplings:
        found = list(_blocks(column, matrix, parts, way))
        whole = Block(column, 0, 0, matrix, None)
        if way == "fastest" and found and _dense(matrix) < _cost(matrix, found):
            found = [whole]
        blocks += found
        entries.append((column, _without(matrix, found)))
    return Couplings(tuple(entries), tuple(blocks))


def parts_of(sites: Ints, grids: Sequence[GridShape], fewest: int) -> list[Part]:
    """The rows of a stage by members, those of fewer sites together."""
    ends = list(accumulate(math.prod(grid) for grid in grids))
    places = np.searchsorted(sites, [0, *ends]).tolist()
    parts: list[Part] = []
    for grid, begin, end in zip(grids, places, places[1:], strict=False):
        small = end - begin < fewest
        if small and parts and parts[-1].grid is None:
            parts[-1] = Part(parts[-1].begin, end, None)
        elif end > begin:
            whole = not small and end - begin == math.prod(grid)
            parts.append(Part(begin, end, grid if whole else None))
    return parts if len(parts) <= MOST_PARTS else [Part(0, len(sites), None)]


def _blocks(
    column: int, matrix: scipy.sparse.csr_array, parts: list[Part], way: Evaluation
) -> Iterator[Block]:
    """Blocks between two parts that are not taken entry by entry."""
    fewest = FEWEST_ENTRIES * FEWEST_SITES if way == "fastest" else 1
    if way == "sparse" or matrix.nnz < fewest:
        return
    for one in parts:
        rows = matrix[one.begin : one.end] if len(parts) > 1 else matrix
        for other in parts:
            block = rows[:, other.begin : other.end] if len(parts) > 1 else matrix
            if not block.nnz or (way == "fastest" and not _many(block)):
                continue
            plan = None if way == "dense" else _plan(block, one, other)
            found = Block(column, one.begin, other.begin, block, plan)
            if way == "fastest":
                found = min(found, found._replace(plan=None), key=cost_of)
                if GAIN * cost_of(found) > ENTRY * block.nnz:
                    continue
            if way != "fourier" or plan is not None:
                yield found


def _many(block: scipy.sparse.csr_array) -> bool:
    """Whether there are so many couplings that another way than by entries may gain."""
    rows, columns = block.shape
    return columns >= FEWEST_SITES and block.nnz >= FEWEST_ENTRIES * max(rows, FEWEST_SITES)


def _plan(block: scipy.sparse.csr_array, one: Part, other: Part) -> ConvolutionPlan | None:
    if one.grid is None or one.grid != other.grid:
        return None
    found: Convolution | None = convolution_of(block, one.grid)
    return None if found is None else convolution_plan(found)


def _fourier(plan: ConvolutionPlan | None, rows: int) -> float:
    """Nanoseconds of a convolution."""
    if plan is None:
        return math.inf
    passed = sum(rows_of_pass(one) for one in plan.passes.tolist())
    return FIELD_ROW * rows + PASS * len(plan.passes) + PASS_ROW * (passed + 2 * rows)


def _dense(block: scipy.sparse.csr_array) -> float:
    """Nanoseconds of a dense block."""
    rows, columns = block.shape
    return FIELD_ROW * rows + DENSE_ENTRY * -(-rows // PANEL) * PANEL * columns


def cost_of(block: Block) -> float:
    """Nanoseconds of a block, for all trajectories."""
    if block.plan is None:
        return _dense(block.matrix)
    return _fourier(block.plan, block.matrix.shape[0])


def _cost(matrix: scipy.sparse.csr_array, blocks: Sequence[Block]) -> float:
    """Nanoseconds of a matrix with some blocks."""
    left = matrix.nnz - sum(block.matrix.nnz for block in blocks)
    return ENTRY * left + sum(map(cost_of, blocks))


def _without(matrix: scipy.sparse.csr_array, blocks: Sequence[Block]) -> scipy.sparse.csr_array:
    """What no block has."""
    if not blocks:
        return matrix
    entries = matrix.tocoo()
    left = np.ones(len(entries.data), dtype=np.bool_)
    for block in blocks:
        rows, columns = block.matrix.shape
        row, column = entries.row - block.row, entries.col - block.source
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        if block.plan is not None:
            inside &= row != column  # a `Convolution` has no diagonal
        left &= ~inside
    kept = (entries.data[left], (entries.row[left], entries.col[left]))
    return scipy.sparse.csr_array(kept, shape=matrix.shape)
