"""A stage of the small machine; `twoqs.flows.turn` has the formula."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.compile.jit import inlined, like
from twoqs.kernels.compile.llvm import set_pair_and_kick
from twoqs.kernels.fields import add_pair, add_row, set_pair
from twoqs.kernels.machine_modes import translate_along
from twoqs.kernels.machine_products import set_fields
from twoqs.kernels.machine_program import amount, component
from twoqs.kernels.machine_rows import (
    circle_about,
    clear,
    drag,
    drag_about,
    drag_far,
    project,
    set_unit_circle,
    turn_about,
    turn_far,
    turn_plane,
    turn_unit,
)
from twoqs.kernels.random import LARGE, SMALL, take


@inlined
def set_projections(source, state, site, axis, first, last):
    """Components along the axes of all rows of a flow."""
    real = source[0, 0]
    for row in range(first, last):
        here = np.uint64(site[row])
        project(
            source[row - first], state.x[here], state.y[here], state.z[here],
            like(axis[row, 0], real), like(axis[row, 1], real), like(axis[row, 2], real),
        )  # fmt: skip


@inlined
def set_sums(source, along, squares, flow, first, last, sums):
    """The sum of each square, over the rows of the flow."""
    for square in range(squares.start[flow], squares.start[flow + 1]):
        total = sums[square - squares.start[flow]]
        clear(total)
        for row in range(first, last):
            weight = squares.divided[squares.offset[square] + row]
            add_row(total, like(weight, total[0]), source[np.uint64(along[row])])


@inlined
def coefficient(couplings, entry, duration, values):
    """What a spin adds to the angle of another one, over its component."""
    return duration * couplings.value[entry] * values[couplings.column[entry]]


@inlined
def set_angle(
    angle, constant, own, couplings, acting, noises, row, duration, values, source, stream
):
    """Angle of one spin by its field, its neighbours and its noise; `own` is its row of source."""
    real = angle[0]
    entry, end = couplings.start[row], couplings.start[row + 1]
    # Unsigned, as signed indices are tested for counting from the end.
    first = second = own
    a = b = like(0, real)
    if entry < end:
        first = np.uint64(acting[entry])
        a = like(coefficient(couplings, entry, duration, values), real)
    if entry + 1 < end:
        second = np.uint64(acting[entry + 1])
        b = like(coefficient(couplings, entry + 1, duration, values), real)
    if noises.start[row] < noises.start[row + 1]:
        size = math.sqrt(2.0 * duration * amount(noises, row, values))
        place = take(stream, 1)
        set_pair_and_kick(
            angle, constant, source, first, a, second, b, stream.word, stream.pair, place,
            like(size * SMALL, real), like(size * LARGE, real),
        )  # fmt: skip
    else:
        set_pair(angle, constant, source, first, a, second, b)
    for pair in range(entry + 2, end, 2):
        first = second = np.uint64(acting[pair])
        a, b = like(coefficient(couplings, pair, duration, values), real), like(0, real)
        if pair + 1 < end:
            second = np.uint64(acting[pair + 1])
            b = like(coefficient(couplings, pair + 1, duration, values), real)
        add_pair(angle, source, first, a, second, b)


@inlined
def add_squares(angle, squares, flow, row, duration, values, sums):
    """Add the field of the sums."""
    for square in range(squares.start[flow], squares.start[flow + 1]):
        weight = squares.strength[square] * squares.form[squares.offset[square] + row]
        weight *= duration * values[squares.column[square]]
        add_row(angle, like(weight, angle[0]), sums[square - squares.start[flow]])


@inlined
def turn_along(angle, p, u, v, drags, row, half, fine, free, values):
    """Friction and rotation of a spin whose axis is x, y or z."""
    if drags.start[row] < drags.start[row + 1]:
        along = like(half * component(drags, row, 0, values), angle[0])
        first = like(half * component(drags, row, 1, values), angle[0])
        second = like(half * component(drags, row, 2, values), angle[0])
        if fine:
            drag_far(angle, p, u, v, along, first, second)
        else:
            drag(angle, p, u, v, along, first, second)
    if free:
        turn_unit(u, v, angle)
    elif fine:
        turn_far(u, v, angle)
    else:
        turn_plane(u, v, angle)


@inlined
def turn_around(angle, x, y, z, axis, drags, row, half, free, values, forms, other):
    """The same about any axis, with fine series."""
    real = angle[0]
    if drags.start[row] < drags.start[row + 1]:
        for place in range(9):
            forms[place] = like(half * component(drags, row, place, values), real)
        drag_about(angle, x, y, z, forms)
    ax, ay, az = like(axis[row, 0], real), like(axis[row, 1], real), like(axis[row, 2], real)
    if free:
        set_unit_circle(forms, other, angle, like(1, real))
        circle_about(x, y, z, ax, ay, az, forms, other)
    else:
        turn_about(x, y, z, ax, ay, az, angle)


@inlined
def run_turn(state, program, flow, duration, values, stream, scratch):
    """All spins of a stage, one after the other: what acts on them is constant meanwhile."""
    rows, angle, real = state.rows, scratch.work[0], scratch.work[0, 0]
    first, last, fine = program.first[flow], program.first[flow + 1], program.fine[flow]
    free, one, other = program.free[flow], scratch.work[1], scratch.work[2]
    source = rows
    if program.projected[flow]:
        source = scratch.projections
        set_projections(source, state, program.site, program.axis, first, last)
    set_sums(source, program.along, program.squares, flow, first, last, scratch.sums)
    far = program.products.start[flow] < program.products.start[flow + 1]
    if far:
        set_fields(
            scratch.fields, source, program.along, program.products, flow, last - first, duration,
            values, scratch.waves,
        )  # fmt: skip
    for row in range(first, last):
        constant = like(duration * amount(program.fields, row, values), real)
        set_angle(
            angle, constant, np.uint64(program.along[row]), program.couplings, program.source,
            program.noises, row, duration, values, source, stream,
        )  # fmt: skip
        if far:
            add_row(angle, like(1, real), scratch.fields[row - first])
        add_squares(angle, program.squares, flow, row, duration, values, scratch.sums)
        if program.u[row] >= 0:
            turn_along(
                angle, rows[np.uint64(program.p[row])], rows[np.uint64(program.u[row])],
                rows[np.uint64(program.v[row])], program.drags, row, 0.5 * duration, fine, free,
                values,
            )  # fmt: skip
        elif program.translated[row]:
            site = np.uint64(program.site[row])
            translate_along(
                state.x[site], state.y[site], state.z[site], program.axis, row, 1.0, angle
            )
        else:
            site = np.uint64(program.site[row])
            turn_around(
                angle, state.x[site], state.y[site], state.z[site], program.axis, program.drags,
                row, 0.5 * duration, free, values, one, other,
            )  # fmt: skip
