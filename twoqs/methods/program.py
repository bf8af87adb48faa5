"""Plans as programs of the small machine: the same numbers in arrays, flow after flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.angles import series_of
from twoqs.flows.common import CommonTurn
from twoqs.flows.friction import arc_forms
from twoqs.flows.plan import Flow, Plan
from twoqs.flows.redraw import Redraw
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.rotation import plane_of
from twoqs.flows.turn import Parts, Turn
from twoqs.kernels.convolution import run_passes
from twoqs.kernels.machine_program import (
    COMMON,
    REDRAW,
    RELAXATION,
    TURN,
    Program,
    Squares,
    Table,
    stride_of,
)
from twoqs.methods.coupling_arrays import CouplingArrays, coupling_arrays
from twoqs.methods.couplings import Evaluation
from twoqs.methods.relaxation_arrays import relaxation_arrays
from twoqs.methods.tap_arrays import tap_arrays
from twoqs.model.arrays import Floats, Ints, starts_of


def program_of(plan: Plan, step: float, values: Floats, way: Evaluation = "fastest") -> Program:
    """A plan for steps of one length.

    Args:
        values: of the parameters, shape (step, parameter).
        way: how many couplings together are evaluated.
    """
    stride = stride_of(len(plan.lengths))
    flows = [_in_groups(flow) for flow in plan.flows]
    sites = _ints([flow.sites for flow in flows])
    axes = np.concatenate([np.zeros((0, 3)), *map(_axes, flows)])
    translated = np.concatenate([np.zeros(0, np.bool_), *map(_translated, flows)])
    frame = np.where(translated[:, None] & [False, True, True], -1, _frame(axes))
    p, u, v = (np.where(frame[:, 1] < 0, -1, part * stride + sites) for part in frame.T)
    couplings, source, products, _ = arrays_of(plan, way)
    if np.any(products.passes):
        convolutions = products.convolutions._replace(address=run_passes.address)
        products = products._replace(convolutions=convolutions)
    groups, group_end, ratio = _groups(flows)
    return Program(
        step=float(step),
        values=np.ascontiguousarray(values, dtype=np.float64),
        outer=-1 if plan.outer is None else plan.outer,
        inner=np.array([visit.flow for visit in plan.inner], dtype=np.int64),
        share=np.array([visit.share for visit in plan.inner]),
        fine=series_of(plan, step, values),
        free=np.array([getattr(flow, "free", False) for flow in flows], dtype=np.bool_),
        kind=_ints([np.array([KIND_OF_FLOW[type(flow)]]) for flow in flows]),
        projected=np.array([_needs_projections(flow) for flow in flows], dtype=np.bool_),
        first=starts_of([len(flow.sites) for flow in flows]),
        site=sites,
        along=_ints(_along(flows, len(plan.lengths))),
        p=p,
        u=u,
        v=v,
        translated=translated,
        axis=axes,
        fields=_table(flows, [flow.fields if isinstance(flow, Turn) else () for flow in flows]),
        couplings=couplings,
        source=source,
        products=products,
        drags=_table(flows, [_drags(flow) for flow in flows], (9,)),
        noises=_table(flows, [_noises(flow) for flow in flows]),
        slopes=_table(flows, [_slopes(flow) for flow in flows]),
        decays=_table(flows, [f.decays if isinstance(f, Redraw) else () for f in flows]),
        pumps=_table(flows, [f.pumps if isinstance(f, Redraw) else () for f in flows]),
        squares=_squares(flows),
        groups=groups,
        group_end=group_end,
        ratio=ratio,
        relaxations=relaxation_arrays(flows, plan.parameters),
        taps=tap_arrays(flows),
        tapped=_table(flows, [_tapped(flow) for flow in flows], (9,)),
        lengths=plan.lengths,
        stride=stride,
    )


# --- Flows ----------------------------------------------------------------------------------------


KIND_OF_FLOW = {Turn: TURN, CommonTurn: COMMON, Relaxation: RELAXATION, Redraw: REDRAW}


def _in_groups(flow: Flow) -> Flow:
    """A flow with the members of its channel in the order of their ratios."""
    if not isinstance(flow, CommonTurn):
        return flow
    order = np.argsort(flow.ratios, kind="stable")
    return replace(
        flow,
        sites=flow.sites[order],
        axes=flow.axes[order],
        ratios=flow.ratios[order],
        translated=flow.translated[order],
        drags=tuple((column, f[order]) for column, f in flow.drags),
        tap=None if flow.tap is None else replace(flow.tap, form=flow.tap.form[order]),
    )


def _axes(flow: Flow) -> Floats:
    """Of each row, shape (row, 3); zero where nothing turns."""
    if isinstance(flow, Turn | CommonTurn):
        return flow.axes
    return np.zeros((len(flow.sites), 3))


def _translated(flow: Flow) -> NDArray[np.bool_]:
    if isinstance(flow, Turn | CommonTurn):
        return flow.translated
    return np.zeros(len(flow.sites), dtype=np.bool_)


def _along(flows: Sequence[Flow], sites: int) -> list[Ints]:
    """Rows of the state, or of projections, that hold the component along each axis."""
    stride = stride_of(sites)
    return [
        np.arange(len(flow.sites))
        if _needs_projections(flow)
        else _frame(_axes(flow))[:, 0] * stride + flow.sites
        for flow in flows
    ]


def _needs_projections(flow: Flow) -> bool:
    """Whether something acts along axes that are not x, y or z."""
    if not isinstance(flow, Turn) or not (flow.couplings or flow.squares):
        return False
    return bool(np.any(plane_of(flow.axes) < 0))


def _frame(axes: Floats) -> Ints:
    """Components (p, u, v), shape (row, 3); u and v are -1 for general axes."""
    along = np.argmax(np.abs(axes), axis=1)
    return np.column_stack([along, plane_of(axes)]).astype(np.int64)


def _noises(flow: Flow) -> Parts:
    """Noises of a flow, that of a channel at its first row."""
    match flow:
        case Turn():
            return flow.noises
        case CommonTurn():
            return _at_first_row(flow, flow.noises)
        case _:
            return ()


def _at_first_row(flow: CommonTurn, parts: Parts) -> Parts:
    """Numbers of a channel as parts of its rows."""
    first = np.arange(len(flow.sites)) == 0
    return tuple((column, first * number) for column, number in parts)


def _slopes(flow: Flow) -> Parts:
    """At the first row, too."""
    return _at_first_row(flow, flow.slopes) if isinstance(flow, CommonTurn) else ()


def _drags(flow: Flow) -> Parts:
    """Forms f of rows as those of their constant, cosine and sine, shape (row, 9).

    In stages, about x, y or z, as f in the frame of the axis, and six numbers that are not used.
    """
    if isinstance(flow, Relaxation | Redraw):
        return ()
    found = []
    frame = _frame(flow.axes)
    framed = frame[:, 1] >= 0 if isinstance(flow, Turn) else np.zeros(len(frame), np.bool_)
    for column, f in flow.drags:
        forms = np.concatenate(arc_forms(f, flow.axes, flow.translated), axis=1)
        forms[framed, :3] = np.take_along_axis(f[framed], frame[framed], axis=1)
        found.append((column, forms))
    return tuple(found)


def _tapped(flow: Flow) -> Parts:
    """The form of a field along a channel, likewise; column 0 is 1."""
    if not isinstance(flow, CommonTurn) or flow.tap is None:
        return ()
    arcs = arc_forms(flow.tap.form, flow.axes, flow.translated)
    return ((0, np.concatenate(arcs, axis=1)),)


# --- Arrays ---------------------------------------------------------------------------------------


def _ints(arrays: Sequence[NDArray[Any]]) -> Ints:
    return np.concatenate([np.zeros(0), *arrays]).astype(np.int64)


def _floats(arrays: Sequence[NDArray[Any]], of: tuple[int, ...] = ()) -> Floats:
    return np.concatenate([np.zeros((0, *of)), *arrays])


def _table(flows: Sequence[Flow], parts: Sequence[Parts], of: tuple[int, ...] = ()) -> Table:
    """What is not zero of some parts of each flow, by rows."""
    rows, values, columns, before = [], [], [], 0
    for flow, of_flow in zip(flows, parts, strict=True):
        for column, part in of_flow:
            used = np.flatnonzero(np.any(part.reshape(len(part), -1) != 0, axis=1))
            rows.append(used + before)
            values.append(part[used])
            columns.append(np.full(len(used), column))
        before += len(flow.sites)
    row = _ints(rows)
    order = np.argsort(row, kind="stable")
    start = starts_of(np.bincount(row, minlength=before))
    return Table(start, _floats(values, of)[order], _ints(columns)[order])


@lru_cache(maxsize=4)
def arrays_of(plan: Plan, way: Evaluation) -> CouplingArrays:
    """The couplings of a plan; kept for steps of other lengths, as many of them take long."""
    return coupling_arrays(plan.flows, _along(plan.flows, len(plan.lengths)), plan.grids, way)


def _squares(flows: Sequence[Flow]) -> Squares:
    counts, offsets, entries, before = [], [], 0, 0
    squares: list[tuple[int, float, Floats, Floats]] = []
    for flow in flows:
        of_flow = flow.squares if isinstance(flow, Turn) else ()
        counts.append(len(of_flow))
        squares += of_flow
        for _ in of_flow:
            offsets.append(entries - before)
            entries += len(flow.sites)
        before += len(flow.sites)
    return Squares(
        start=starts_of(counts),
        strength=np.array([strength for _, strength, _, _ in squares], dtype=np.float64),
        column=np.array([column for column, _, _, _ in squares], dtype=np.int64),
        offset=np.array(offsets, dtype=np.int64),
        form=_floats([form for _, _, form, _ in squares]),
        divided=_floats([divided for _, _, _, divided in squares]),
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
    return starts_of(counts), _ints(ends), _floats(ratios)
