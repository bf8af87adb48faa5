"""Plans as programs of the small machine: the same numbers in arrays, flow after flow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.angles import series_of
from twoqs.flows.common import CommonTurn
from twoqs.flows.friction import arc_forms
from twoqs.flows.plan import Flow, Plan
from twoqs.flows.rotation import plane_of
from twoqs.flows.turn import Parts, Turn
from twoqs.kernels.machine_program import Program, Squares, Table, stride_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def program_of(plan: Plan, step: float, values: Floats) -> Program:
    """A plan for steps of one length, and for these values of the parameters (step, parameter)."""
    stride = stride_of(len(plan.lengths))
    flows = [_in_groups(flow) for flow in plan.flows]
    sites = _joined([flow.sites for flow in flows], np.int64)
    axes = np.concatenate([np.zeros((0, 3)), *(flow.axes for flow in flows)])
    planes = plane_of(axes)
    general = planes[:, 0] < 0
    projected = np.array([_needs_projections(flow) for flow in flows], dtype=np.bool_)
    along = [
        np.arange(len(flow.sites)) if by_axis else _component(flow.axes) * stride + flow.sites
        for flow, by_axis in zip(flows, projected, strict=True)
    ]
    couplings, source = _couplings(flows, along)
    groups, group_end, ratio = _groups(flows)
    frame = np.column_stack([_component(axes), planes])
    p, u, v = (np.where(general, -1, part * stride + sites) for part in frame.T)
    return Program(
        step=float(step),
        outer=-1 if plan.outer is None else plan.outer,
        inner=np.array([visit.flow for visit in plan.inner], dtype=np.int64),
        share=np.array([visit.share for visit in plan.inner]),
        fine=series_of(plan, step, values),
        common=np.array([isinstance(flow, CommonTurn) for flow in flows], dtype=np.bool_),
        projected=projected,
        first=_starts([len(flow.sites) for flow in flows]),
        site=sites,
        along=_joined(along, np.int64),
        p=p,
        u=u,
        v=v,
        axis=axes,
        fields=_table([_parts(flow, "fields") for flow in flows]),
        couplings=couplings,
        source=source,
        drags=_table([_drags(flow) for flow in flows], (9,)),
        noises=_table([_noises(flow) for flow in flows]),
        squares=_squares(flows),
        groups=groups,
        group_end=group_end,
        ratio=ratio,
        lengths=plan.lengths,
        stride=stride,
    )


def _in_groups(flow: Flow) -> Flow:
    """The same with the members of a channel in the order of their ratios."""
    if isinstance(flow, Turn):
        return flow
    order = np.argsort(flow.ratios, kind="stable")
    drags = tuple((column, f[order]) for column, f in flow.drags)
    return CommonTurn(flow.sites[order], flow.axes[order], flow.ratios[order], drags, flow.noises)


def _needs_projections(flow: Flow) -> bool:
    if isinstance(flow, CommonTurn):
        return False
    acts = bool(flow.couplings or flow.squares)
    return acts and bool(np.any(plane_of(flow.axes) < 0))


def _component(axes: Floats) -> Ints:
    """0, 1 or 2 for axes along x, y or z; any for others."""
    return np.argmax(np.abs(axes), axis=1).astype(np.int64)


# --- Tables ---------------------------------------------------------------------------------------


def _starts(counts: Sequence[int] | Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _joined(arrays: Sequence[NDArray[np.generic]], dtype: type) -> NDArray[np.generic]:
    return np.concatenate([np.zeros(0, dtype), *arrays])


def _parts(flow: Flow, name: str) -> tuple[int, Parts]:
    """Number of rows, and parts for them; channels have none of what only stages have."""
    return len(flow.sites), getattr(flow, name, ())


def _noises(flow: Flow) -> tuple[int, Parts]:
    """Those of a channel at its first row."""
    if isinstance(flow, Turn):
        return _parts(flow, "noises")
    first = np.arange(len(flow.sites)) == 0
    return len(flow.sites), tuple((column, first * n) for column, n in flow.noises)


def _drags(flow: Flow) -> tuple[int, Parts]:
    """Forms f of rows as those of their constant, cosine and sine, shape (row, 9).

    In stages, about x, y or z, as f in the frame of the axis, and six numbers that are not used.
    """
    found = []
    planes = plane_of(flow.axes)
    frame = np.column_stack([_component(flow.axes), planes])
    framed = planes[:, 0] >= 0 if isinstance(flow, Turn) else np.zeros(len(planes), np.bool_)
    for column, f in flow.drags:
        forms = np.concatenate(arc_forms(f, flow.axes), axis=1)
        forms[framed, :3] = np.take_along_axis(f[framed], frame[framed], axis=1)
        found.append((column, forms))
    return len(flow.sites), tuple(found)


def _table(flows: Sequence[tuple[int, Parts]], of: tuple[int, ...] = ()) -> Table:
    """What is not zero of some parts of each flow, by rows."""
    rows, values, columns, before = [], [], [], 0
    for count, parts in flows:
        for column, part in parts:
            used = np.flatnonzero(part if not of else np.any(part != 0, axis=1))
            rows.append(used + before)
            values.append(part[used])
            columns.append(np.full(len(used), column))
        before += count
    row = _joined(rows, np.int64)
    order = np.argsort(row, kind="stable")
    return Table(
        _starts(np.bincount(row, minlength=before)),
        np.concatenate([np.zeros((0, *of)), *values])[order],
        _joined(columns, np.int64)[order],
    )


def _couplings(flows: Sequence[Flow], along: Sequence[Ints]) -> tuple[Table, Ints]:
    """Couplings of all rows, and the rows that hold what acts."""
    rows, values, columns, sources, before = [], [], [], [], 0
    for flow, at in zip(flows, along, strict=True):
        for column, matrix in flow.couplings if isinstance(flow, Turn) else ():
            entries = matrix.tocoo()
            rows.append(entries.row.astype(np.int64) + before)
            values.append(entries.data)
            columns.append(np.full(len(entries.data), column))
            sources.append(at[entries.col])
        before += len(flow.sites)
    row = _joined(rows, np.int64)
    order = np.argsort(row, kind="stable")
    table = Table(
        _starts(np.bincount(row, minlength=before)),
        _joined(values, np.float64)[order],
        _joined(columns, np.int64)[order],
    )
    return table, _joined(sources, np.int64)[order]


def _squares(flows: Sequence[Flow]) -> Squares:
    counts, offsets, entries, before = [], [], 0, 0
    squares = []
    for flow in flows:
        of_flow = flow.squares if isinstance(flow, Turn) else ()
        counts.append(len(of_flow))
        for square in of_flow:
            squares.append(square)
            offsets.append(entries - before)
            entries += len(flow.sites)
        before += len(flow.sites)
    return Squares(
        start=_starts(counts),
        strength=np.array([strength for _, strength, _, _ in squares]),
        column=np.array([column for column, _, _, _ in squares], dtype=np.int64),
        offset=np.array(offsets, dtype=np.int64),
        form=_joined([form for _, _, form, _ in squares], np.float64),
        divided=_joined([divided for _, _, _, divided in squares], np.float64),
    )


def _groups(flows: Sequence[Flow]) -> tuple[Ints, Ints, Floats]:
    """Start of the groups of each flow, end of their rows, and their ratios."""
    counts, ends, ratios, before = [], [], [], 0
    for flow in flows:
        of_flow, sizes = np.zeros(0), np.zeros(0, np.int64)
        if isinstance(flow, CommonTurn):
            of_flow, sizes = np.unique(flow.ratios, return_counts=True)
        counts.append(len(of_flow))
        ends.append(before + np.cumsum(sizes))
        ratios.append(of_flow)
        before += len(flow.sites)
    return _starts(counts), _joined(ends, np.int64), _joined(ratios, np.float64)
