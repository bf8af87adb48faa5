"""The couplings of all flows of a program as arrays: a table of entries, and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from twoqs.flows.plan import Flow
from twoqs.flows.turn import Turn
from twoqs.kernels.convolution_plan import joined_plans
from twoqs.kernels.dense import panels
from twoqs.kernels.machine_products import Products
from twoqs.kernels.machine_program import Table
from twoqs.methods.couplings import Block, Couplings, Evaluation, GridShape, cost_of, couplings_of
from twoqs.model.arrays import Floats, Ints, starts_of


class CouplingArrays(NamedTuple):
    """Attributes as those of a `Program`, and the nanoseconds that the blocks of a flow take."""

    couplings: Table
    source: Ints
    products: Products
    nanoseconds: Floats  # (flow,), for all trajectories of a block


def coupling_arrays(
    flows: Sequence[Flow], along: Sequence[Ints], grids: Sequence[GridShape], way: Evaluation
) -> CouplingArrays:
    """The couplings of all flows.

    Args:
        along: of each flow, the rows of the state, or of projections, that hold the components p.
        grids: of all members of the model.
        way: how many couplings together are evaluated.
    """
    none = Couplings((), ())
    found = [couplings_of(flow, grids, way) if isinstance(flow, Turn) else none for flow in flows]
    table, source = _entries(found, along)
    nanoseconds = np.array([sum(map(cost_of, couplings.blocks)) for couplings in found])
    return CouplingArrays(
        table, source, _products(found, [len(at) for at in along]), nanoseconds.astype(np.float64)
    )


def _entries(found: Sequence[Couplings], along: Sequence[Ints]) -> tuple[Table, Ints]:
    """Couplings of all rows one after the other, and the rows that hold what acts."""
    rows, columns, sources = ([np.zeros(0, np.int64)] for _ in range(3))
    values, before = [np.zeros(0)], 0
    for couplings, at in zip(found, along, strict=True):
        for column, matrix in couplings.entries:
            entries = matrix.tocoo()
            rows.append(entries.row + before)
            values.append(entries.data)
            columns.append(np.full(len(entries.data), column))
            sources.append(at[entries.col])
        before += len(at)
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    start = starts_of(np.bincount(row, minlength=before))
    table = Table(start, np.concatenate(values)[order], np.concatenate(columns)[order])
    return table, np.concatenate(sources)[order]


def _products(found: Sequence[Couplings], rows: Sequence[int]) -> Products:
    """Blocks of all flows; their sources are counted from the first row of the first flow."""
    blocks = [block for couplings in found for block in couplings.blocks]
    flow = np.repeat(np.arange(len(found)), [len(couplings.blocks) for couplings in found])
    plans = [block.plan for block in blocks if block.plan is not None]
    plan, passes = joined_plans(plans)
    first, matrices, convolutions, numbers = [], [np.zeros(0)], 0, 0
    for block in blocks:
        if block.plan is None:
            matrices.append(panels(block.matrix.toarray()))
            first.append(numbers)
            numbers += len(matrices[-1])
        else:
            first.append(int(passes[convolutions]))
            convolutions += 1
    before = starts_of(rows)[flow]
    return Products(
        start=starts_of([len(couplings.blocks) for couplings in found]),
        column=_whole([block.column for block in blocks]),
        row=_whole([block.row for block in blocks]),
        rows=_whole([block.matrix.shape[0] for block in blocks]),
        source=_whole([block.source for block in blocks]) + before,
        columns=_whole([block.matrix.shape[1] for block in blocks]),
        first=_whole(first),
        passes=_whole([_passes(block) for block in blocks]),
        matrix=np.concatenate(matrices),
        convolutions=plan,
    )


def _passes(block: Block) -> int:
    return 0 if block.plan is None else len(block.plan.passes)


def _whole(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)
