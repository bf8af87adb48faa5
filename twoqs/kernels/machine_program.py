"""A step of any model as numbers in arrays, which the small machine reads."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from twoqs.flows.relaxation import N_MOMENTS
from twoqs.kernels.compile.jit import LANES, inlined
from twoqs.kernels.compile.memory import aligned, planes
from twoqs.kernels.convolution_plan import rows_needed
from twoqs.kernels.dense import PANEL
from twoqs.kernels.machine_products import Products
from twoqs.kernels.machine_relaxation import NUMBERS, Relaxations, StepMoments
from twoqs.kernels.machine_taps import TapArrays
from twoqs.kernels.moments import GROUP
from twoqs.model.arrays import Floats, Ints


class Table(NamedTuple):
    """Some coefficients of each row, each times the value of a parameter."""

    start: Ints  # (row + 1,): those of a row are start[row] to start[row + 1]
    value: Floats  # (entry,), of drags (entry, 9)
    column: Ints  # (entry,): of the values


class Squares(NamedTuple):
    """Couplings of all rows of a flow by one sum."""

    start: Ints  # (flow + 1,)
    strength: Floats  # (square,)
    column: Ints  # (square,)
    offset: Ints  # (square,): its rows in the arrays below, less those of the flows before
    form: Floats  # (entry,)
    divided: Floats  # (entry,): form over the weights of partners


TURN, COMMON, RELAXATION, REDRAW = 0, 1, 2, 3
"""Kinds of flows."""


class Program(NamedTuple):
    """Flows and their rows, each of which is a site that they move; see `twoqs.flows.plan`.

    Rows of the state are counted as in `State.rows`. Flows of channels have their rows in groups
    that turn by the same multiple of their angle.
    """

    step: float
    values: Floats  # (step, parameter): the last step's hold on after it
    outer: int  # flow that steps begin and end with; -1 for none
    inner: Ints  # (visit,): flows between
    share: Floats  # (visit,): of the step
    fine: NDArray[np.bool_]  # (flow,): takes fine series
    free: NDArray[np.bool_]  # (flow,): has sites whose length is not restored
    kind: Ints  # (flow,)
    projected: NDArray[np.bool_]  # (flow,): needs components along general axes
    first: Ints  # (flow + 1,): row
    site: Ints  # (row,)
    along: Ints  # (row,): row of the state, or of projections, that is the component p
    p: Ints  # (row,): the same of the state; -1 for general axes, as the next two are
    u: Ints  # (row,): rows of the state that turn into one another; -1 for translations, too
    v: Ints
    translated: NDArray[np.bool_]  # (row,): a mode with its axis in the plane
    axis: Floats  # (row, 3)
    fields: Table
    couplings: Table
    source: Ints  # (coupling,): like `along`, of the spin that acts
    products: Products  # couplings that are not in the table
    drags: Table  # of three forms of (x, y, z): constant, cosine, sine; or one of (p, u, v)
    noises: Table  # of channels at their first row
    slopes: Table  # of channels at their first row
    decays: Table  # rates of jumps of spins 1/2
    pumps: Table
    squares: Squares
    groups: Ints  # (flow + 1,)
    group_end: Ints  # (group,): row
    ratio: Floats  # (group,)
    relaxations: Relaxations
    taps: TapArrays
    tapped: Table  # of forms as `drags` of channels has them, which are kept as fields
    lengths: Floats  # (site,): 0 where it is not restored
    stride: int  # rows of the state from one component of a spin to the next


class State(NamedTuple):
    """Bloch vectors: components of shape (site, lane), and all of them as rows (row, lane).

    Component a of site i is the row a stride + i.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    z: NDArray[Any]
    rows: NDArray[Any]


class Scratch(NamedTuple):
    """Rows that a step needs for itself, each (row, lane)."""

    work: NDArray[Any]
    projections: NDArray[Any]
    sums: NDArray[Any]
    fields: NDArray[Any]
    waves: Floats  # (row, GROUP)
    moments: StepMoments
    means: Floats  # (parameter,): values between two steps
    bits: NDArray[np.uint64]  # (lane,): words of jumps ...
    drawn: Floats  # (lane,): ... and the same memory as numbers


class Memory(NamedTuple):
    """What the machine keeps beside the components of the spins."""

    rows: NDArray[Any]  # as of `State`
    scratch: Scratch
    clock: Ints  # (1,): steps taken so far, of those that the program has values for; moved on
    fields: Floats  # (channel, 2, lane): output fields since they were read


def stride_of(sites: int) -> int:
    """Rows from one component to the next, such that caches hold all three of a site."""
    plane, row, _ = planes(3, sites).strides
    return plane // row


def new_scratch(program: Program, dtype: DTypeLike = np.float64) -> Scratch:
    """What `machine.machine_steps` needs for a program."""
    rows = np.diff(program.first)[program.projected].max(initial=1)
    groups = np.diff(program.groups).max(initial=0)
    sums = max(1 + 2 * groups, np.diff(program.squares.start).max(initial=1))
    far = np.diff(program.products.start) > 0
    fields = np.diff(program.first)[far].max(initial=1) + PANEL - 1
    work, projections, totals, found = (
        aligned((int(n), LANES), dtype) for n in (3, rows, sums, fields)
    )
    waves = aligned((rows_needed(program.products.convolutions), GROUP))
    count, parameters = len(program.kind), program.values.shape[1]
    moments = StepMoments(
        aligned((int(program.relaxations.start[-1]), LANES), dtype),
        np.full((count, 1 + parameters), np.nan),
        np.zeros((4, NUMBERS)),
        np.zeros((N_MOMENTS, N_MOMENTS)),
    )
    means, bits = np.zeros(parameters), aligned(LANES, np.uint64)
    return Scratch(
        work, projections, totals, found, waves, moments, means, bits, bits.view(np.float64)
    )


@inlined
def amount(table, row, values):
    """Sum of the coefficients of a row, each times its value."""
    total = 0.0
    for entry in range(table.start[row], table.start[row + 1]):
        total += table.value[entry] * values[table.column[entry]]
    return total


@inlined
def component(table, row, place, values):
    """The same of one of several coefficients."""
    total = 0.0
    for entry in range(table.start[row], table.start[row + 1]):
        total += table.value[entry, place] * values[table.column[entry]]
    return total
