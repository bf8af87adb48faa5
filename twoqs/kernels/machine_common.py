"""A flow of a channel in the small machine; `twoqs.flows.common` has the formula."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.compile.jit import inlined, like
from twoqs.kernels.fields import add_row
from twoqs.kernels.machine_modes import translate_along
from twoqs.kernels.machine_program import amount, component
from twoqs.kernels.machine_rows import (
    add_arc,
    add_far_arc,
    circle,
    circle_about,
    clear,
    predict_angle,
    set_circle,
    set_kick,
    set_shears,
    set_unit_circle,
    shear,
)
from twoqs.kernels.machine_taps import set_integral, tap, tap_angle
from twoqs.kernels.random import LARGE, SMALL, take


@inlined
def add_member(sums, rows, stride, site, drags, row, half, values, group):
    """Add the share of a member to the constant, the cosine and the sine of its group."""
    for place in range(9):
        weight = half * component(drags, row, place, values)
        if weight != 0.0:  # most forms have one component
            total = sums[0 if place < 3 else place // 3 + 2 * group]
            add_row(total, like(weight, total[0]), rows[np.uint64(stride * (place % 3) + site)])


@inlined
def add_friction(angle, now, predicted, ratios, start, end, fine, sums, slope):
    """Add the friction of the sums, and of modes by their slope, to the angle, which is noise."""
    one = like(1, angle[0])
    clear(now)
    for group in range(start, end):
        add_row(now, one, sums[1 + 2 * (group - start)])
    add_row(now, one, sums[0])
    predict_angle(angle, now, predicted)
    add_row(angle, one, sums[0])
    if slope != 0.0:
        add_row(angle, like(slope, angle[0]), predicted)
    for group in range(start, end):
        ratio, place = like(ratios[group], angle[0]), 1 + 2 * (group - start)
        if fine:
            add_far_arc(angle, sums[place], sums[place + 1], predicted, ratio)
        else:
            add_arc(angle, sums[place], sums[place + 1], predicted, ratio)


@inlined
def turn_member(rows, u, v, one, other, fine):
    """Turn a member about x, y or z by what `set_shears` or `set_circle` made."""
    if fine:
        circle(rows[u], rows[v], one, other)
    else:
        shear(rows[u], rows[v], one, other)


@inlined
def turn_group(state, program, row, end, fine, one, other, ratio, angle):
    """Turn the members of a group; modes with their axis in the plane are translated."""
    real = one[0]
    for member in range(row, end):
        if program.u[member] >= 0:
            u, v = np.uint64(program.u[member]), np.uint64(program.v[member])
            turn_member(state.rows, u, v, one, other, fine)
        elif program.translated[member]:
            site = np.uint64(program.site[member])
            translate_along(
                state.x[site], state.y[site], state.z[site], program.axis, member, ratio, angle
            )
        else:
            site = np.uint64(program.site[member])
            circle_about(
                state.x[site], state.y[site], state.z[site], like(program.axis[member, 0], real),
                like(program.axis[member, 1], real), like(program.axis[member, 2], real),
                one, other,
            )  # fmt: skip


@inlined
def set_sums_of_groups(state, program, table, flow, half, values, sums):
    """Forms of all members along the flow, group by group, times half the time."""
    row, start, end = program.first[flow], program.groups[flow], program.groups[flow + 1]
    for entry in range(1 + 2 * (end - start)):
        clear(sums[entry])
    for group in range(start, end):
        for member in range(row, program.group_end[group]):
            add_member(
                sums, state.rows, program.stride, program.site[member], table, member, half,
                values, group - start,
            )  # fmt: skip
        row = program.group_end[group]


@inlined
def keep_field(state, program, flow, duration, values, stream, place, scratch, fields):
    """What leaves through the channel; `scratch.work[2]` is the angle as it was predicted."""
    sums, integral, predicted = scratch.sums, scratch.work[1], scratch.work[2]
    half, taps = 0.5 * duration, program.taps
    set_sums_of_groups(state, program, program.tapped, flow, half, values, sums)
    set_integral(
        integral, sums, program.ratio, program.groups[flow], program.groups[flow + 1],
        program.fine[flow], predicted, half * taps.slope[flow],
    )  # fmt: skip
    tap(fields, taps, flow, duration, values, integral, stream, place)


@inlined
def run_common(state, program, flow, duration, values, stream, scratch, fields):
    """All members of a channel: two passes, by one angle; a third if its field is kept."""
    angle, one, other = scratch.work[0], scratch.work[1], scratch.work[2]
    sums, real, fine = scratch.sums, scratch.work[0, 0], program.fine[flow]
    first, start, end = program.first[flow], program.groups[flow], program.groups[flow + 1]
    noises = amount(program.noises, first, values)
    size = math.sqrt(2.0 * duration * noises)
    place = take(stream, 1)
    inner, outer = like(size * SMALL, real), like(size * LARGE, real)
    set_kick(angle, stream.word, stream.pair, place, inner, outer)
    tapped, direct = program.taps.channel[flow] >= 0, program.taps.share[flow] != 0.0
    if tapped and not direct:  # where there is no friction
        clear(other)
        add_row(other, like(1, real), angle)
    if program.drags.start[first] < program.drags.start[program.first[flow + 1]]:
        set_sums_of_groups(state, program, program.drags, flow, 0.5 * duration, values, sums)
        slope = 0.5 * duration * amount(program.slopes, first, values)
        add_friction(angle, one, other, program.ratio, start, end, fine, sums, slope)
    if tapped and direct:
        tap_angle(fields, program.taps, flow, duration, values, noises, angle, stream, place)
    elif tapped:
        keep_field(state, program, flow, duration, values, stream, place, scratch, fields)
    row = first
    for group in range(start, end):
        ratio = like(program.ratio[group], real)
        if ratio != like(0, real):
            if program.free[flow]:
                set_unit_circle(one, other, angle, ratio)
            elif fine:
                set_circle(one, other, angle, ratio)
            else:
                set_shears(one, other, angle, ratio)
            end_row = program.group_end[group]
            turn_group(state, program, row, end_row, fine, one, other, program.ratio[group], angle)
        row = program.group_end[group]
