"""Relaxation of modes and ensembles in the small machine; `twoqs.flows.relaxation` has the formula.

Moments of a class are nine rows, three means and six covariances, of four numbers, those of
(1, x, y, z): its rates, its step, and the terms of the series that leads from one to the other.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.relaxation import FLOOR, N_MOMENTS
from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.machine_modes import set_quanta
from twoqs.kernels.random import PIECE_BITS, four_point, take
from twoqs.model.arrays import Floats, Ints

NUMBERS = 36
"""Of a class."""

MOST_TERMS = 40
"""Of the series, which ends as soon as a term is rounding: about the twelfth for steps of 0.1 over
the rates."""

LAST_TERM = 1e-18

SINGLE_FLOOR = 1e-6
"""`FLOOR` in single precision."""


class Relaxations(NamedTuple):
    """Classes of rows that relax alike."""

    start: Ints  # (flow + 1,): those of a flow are start[flow] to start[flow + 1]
    of_row: Ints  # (row,): of rows of other flows 0
    mode: NDArray[np.bool_]  # (row,)
    used: NDArray[np.bool_]  # (flow, parameter): values that enter
    frames: Floats  # (class, 3, 3): rotations to the frames of rates
    framed: NDArray[np.bool_]  # (class,): those that are not the identity
    entries: Ints  # (class + 1,)
    rates: Floats  # (entry, NUMBERS)
    column: Ints  # (entry,): of the values


class StepMoments(NamedTuple):
    """Moments of a step for the values and the duration that a flow had last."""

    steps: NDArray[Any]  # (class, lane): NUMBERS of them
    last: Floats  # (flow, 1 + parameter): duration and values
    series: Floats  # (4, NUMBERS): rates, term, next term and sum
    whole: Floats  # (N_MOMENTS, N_MOMENTS): rates of the moments from one another


@inlined
def place(a, b):
    """Row of the covariance of two components."""
    first, second = min(a, b), max(a, b)
    return 3 + first * (5 - first) // 2 + second


@inlined
def set_whole(whole, rates):
    """Rates of the nine moments from one another: means as they are, C by A C + C A^T and D_c."""
    for row in range(N_MOMENTS):
        for column in range(N_MOMENTS):
            whole[row, column] = rates[4 * row + 1 + column] if column < 3 else 0.0
    for a in range(3):
        for b in range(a, 3):
            for c in range(3):
                whole[place(a, b), place(c, b)] += rates[4 * a + 1 + c]
                whole[place(a, b), place(a, c)] += rates[4 * b + 1 + c]


@inlined
def set_next_term(whole, term, after, scale):
    """after = scale whole term; returns the largest of its numbers."""
    largest = 0.0
    for row in range(N_MOMENTS):
        first = second = third = fourth = 0.0
        for j in range(N_MOMENTS):
            rate = scale * whole[row, j]
            first += rate * term[4 * j]
            second += rate * term[4 * j + 1]
            third += rate * term[4 * j + 2]
            fourth += rate * term[4 * j + 3]
        after[4 * row], after[4 * row + 1] = first, second
        after[4 * row + 2], after[4 * row + 3] = third, fourth
        largest = max(largest, max(abs(first), abs(second)), max(abs(third), abs(fourth)))
    return largest


@inlined
def set_step(step, moments, duration):
    """Moments of a step from the rates in series[0]: exp(duration whole), by its series."""
    series, whole = moments.series, moments.whole
    rates, total = series[0], series[3]
    set_whole(whole, rates)
    for number in range(NUMBERS):
        series[1, number] = total[number] = 0.0
    for a in range(3):
        series[1, 5 * a + 1] = total[5 * a + 1] = 1.0
    term, after, most = 1, 2, 0.0
    for number in range(1, MOST_TERMS):
        size = set_next_term(whole, series[term], series[after], duration / number)
        if number == 1:  # what does not depend on the state
            for row in range(N_MOMENTS):
                series[after, 4 * row] += duration * rates[4 * row]
                size = max(size, abs(series[after, 4 * row]))
        for entry in range(NUMBERS):
            total[entry] += series[after, entry]
        term, after = after, term
        most = max(most, size)
        if size <= LAST_TERM * most:
            break
    for entry in range(NUMBERS):
        step[entry] = total[entry]


@inlined
def set_steps(relaxations, moments, flow, duration, values):
    """Moments of all classes of a flow, unless they are there."""
    last = moments.last[flow]
    same = last[0] == duration
    for column in range(values.shape[0]):
        if relaxations.used[flow, column] and last[1 + column] != values[column]:
            same = False
    if same:
        return
    last[0] = duration
    for column in range(values.shape[0]):
        last[1 + column] = values[column]
    for one in range(relaxations.start[flow], relaxations.start[flow + 1]):
        rates = moments.series[0]
        for number in range(NUMBERS):
            rates[number] = 0.0
            for entry in range(relaxations.entries[one], relaxations.entries[one + 1]):
                value = values[relaxations.column[entry]]
                rates[number] += value * relaxations.rates[entry, number]
        set_step(moments.steps[one], moments, duration)


@inlined
def above(pivot, floor):
    """The pivot, 0 if it is not above the floor."""
    return pivot if pivot > floor else like(0, pivot)


@inlined
def over_root(root):
    """1/root, 0 if the root is."""
    zero, one = like(0, root), like(1, root)
    return (one if root > zero else zero) / (root if root > zero else one)


@lanes
def relax_plane(x, y, m, word, pair, bit, floor):
    """x and y of a mode, whose covariance does not depend on it."""
    xx = math.sqrt(above(m[12], floor))
    xy = m[16] * over_root(xx)
    yy = math.sqrt(above(m[24] - xy * xy, floor))
    kept = m[1]
    for lane in range(LANES):
        p = four_point(word[lane], pair[lane], bit, kept)
        q = four_point(word[lane], pair[lane], bit + PIECE_BITS, kept)
        x[lane] = kept * x[lane] + xx * p
        y[lane] = kept * y[lane] + xy * p + yy * q


@lanes
def relax_axial(x, y, z, m, word, pair, bit, floor, clipped):
    """`relax_vector` where the covariance of x and y is constant, as without jumps across z."""
    zero = like(0, floor)
    root = math.sqrt(above(m[12], floor * abs(m[12] + m[24])))
    over = over_root(root)
    xy = m[16] * over
    second_root = math.sqrt(above(m[24] - xy * xy, floor * abs(m[12] + m[24])))
    second_over = over_root(second_root)
    for lane in range(LANES):
        a, b, c = x[lane], y[lane], z[lane]
        xz = over * (m[20] + m[21] * a + m[22] * b + m[23] * c)
        yz = second_over * (m[28] + m[29] * a + m[30] * b + m[31] * c - xy * xz)
        zz = m[32] + m[33] * a + m[34] * b + m[35] * c
        least = floor * abs(m[12] + m[24] + zz)
        zz -= xz * xz + yz * yz
        p = four_point(word[lane], pair[lane], bit, zero)
        q = four_point(word[lane], pair[lane], bit + PIECE_BITS, zero)
        r = four_point(word[lane], pair[lane], bit + 2 * PIECE_BITS, zero)
        x[lane] = m[0] + m[1] * a + m[2] * b + m[3] * c + root * p
        y[lane] = m[4] + m[5] * a + m[6] * b + m[7] * c + xy * p + second_root * q
        noise = xz * p + yz * q + math.sqrt(above(zz, least)) * r
        z[lane] = m[8] + m[9] * a + m[10] * b + m[11] * c + noise
        clipped[0, lane] += 1.0 if zz < -least else 0.0
        clipped[1, lane] += 1.0


@lanes
def relax_vector(x, y, z, m, word, pair, bit, floor, clipped):
    """The vector of an ensemble; steps where a pivot is negative are counted, and all of them."""
    zero = like(0, floor)
    for lane in range(LANES):
        a, b, c = x[lane], y[lane], z[lane]
        xx = m[12] + m[13] * a + m[14] * b + m[15] * c
        xy = m[16] + m[17] * a + m[18] * b + m[19] * c
        xz = m[20] + m[21] * a + m[22] * b + m[23] * c
        yy = m[24] + m[25] * a + m[26] * b + m[27] * c
        yz = m[28] + m[29] * a + m[30] * b + m[31] * c
        zz = m[32] + m[33] * a + m[34] * b + m[35] * c
        least = floor * abs(xx + yy + zz)
        root = math.sqrt(above(xx, least))
        over = over_root(root)
        xy, xz = over * xy, over * xz
        yy -= xy * xy
        second_root = math.sqrt(above(yy, least))
        yz = over_root(second_root) * (yz - xy * xz)
        zz -= xz * xz + yz * yz
        p = four_point(word[lane], pair[lane], bit, zero)
        q = four_point(word[lane], pair[lane], bit + PIECE_BITS, zero)
        r = four_point(word[lane], pair[lane], bit + 2 * PIECE_BITS, zero)
        x[lane] = m[0] + m[1] * a + m[2] * b + m[3] * c + root * p
        y[lane] = m[4] + m[5] * a + m[6] * b + m[7] * c + xy * p + second_root * q
        noise = xz * p + yz * q + math.sqrt(above(zz, least)) * r
        z[lane] = m[8] + m[9] * a + m[10] * b + m[11] * c + noise
        below = (xx < -least) | (yy < -least) | (zz < -least)
        clipped[0, lane] += 1.0 if below else 0.0
        clipped[1, lane] += 1.0


@lanes
def to_frame(x, y, z, m, u, v, w):
    """(u, v, w) = m (x, y, z), of which both may be the same rows."""
    for lane in range(LANES):
        a, b, c = x[lane], y[lane], z[lane]
        u[lane] = m[0] * a + m[1] * b + m[2] * c
        v[lane] = m[3] * a + m[4] * b + m[5] * c
        w[lane] = m[6] * a + m[7] * b + m[8] * c


@inlined
def set_frame(numbers, frame, back):
    """Nine numbers of a rotation, or of the one back."""
    for row in range(3):
        for column in range(3):
            entry = frame[column, row] if back else frame[row, column]
            numbers[3 * row + column] = like(entry, numbers[0])


@inlined
def is_axial(m):
    """Whether the covariance of x and y does not depend on the state."""
    for row in (3, 4, 6):
        for column in range(1, 4):
            if m[4 * row + column] != like(0, m[0]):
                return False
    return True


@inlined
def run_relaxation(state, program, flow, duration, values, stream, scratch, clipped):
    """All sites of the flow, one after the other."""
    relaxations, steps = program.relaxations, scratch.moments.steps
    set_steps(relaxations, scratch.moments, flow, duration, values)
    floor = like(FLOOR if steps.itemsize == 8 else SINGLE_FLOOR, steps[0, 0])
    for row in range(program.first[flow], program.first[flow + 1]):
        kind = np.uint64(relaxations.of_row[row])
        site, step, framed = np.uint64(program.site[row]), steps[kind], relaxations.framed[kind]
        x, y, z = state.x[site], state.y[site], state.z[site]
        word, pair = stream.word, stream.pair
        if relaxations.mode[row]:
            bit = take(stream, 2)
            relax_plane(x, y, step, word, pair, bit, floor * (step[12] + step[24]))
            set_quanta(x, y, z)
            continue
        bit = take(stream, 3)
        if framed:
            set_frame(scratch.work[0], relaxations.frames[kind], False)
            to_frame(x, y, z, scratch.work[0], x, y, z)
        if is_axial(step):
            relax_axial(x, y, z, step, word, pair, bit, floor, clipped)
        else:
            relax_vector(x, y, z, step, word, pair, bit, floor, clipped)
        if framed:
            set_frame(scratch.work[0], relaxations.frames[kind], True)
            to_frame(x, y, z, scratch.work[0], x, y, z)
