"""The output field of a channel in the small machine; `twoqs.flows.tap` has the formula."""

from __future__ import annotations

import math
from typing import NamedTuple

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.fields import add_row
from twoqs.kernels.machine_rows import add_arc, add_far_arc, clear
from twoqs.kernels.random import LARGE, SMALL, kick
from twoqs.model.arrays import Floats, Ints


class TapArrays(NamedTuple):
    """What flows add to the fields of channels."""

    channel: Ints  # (flow,): -1 for none
    way: Floats  # (flow, 2): what multiplies it in the real and the imaginary part
    rate: Floats  # (flow,)
    column: Ints  # (flow,): of the values, which multiply the rate
    slope: Floats  # (flow,)
    share: Floats  # (flow,): form over drags where that is one number, else 0


@lanes
def add_field(
    real, imaginary, to_real, to_imaginary, root, integral, word, pair, place, inner, outer
):
    """Add the noise of one piece of a word, and what the integral stands for."""
    for lane in range(LANES):
        noise = kick(word[lane], pair[lane], place, inner, outer)
        field = noise + root * integral[lane]
        real[lane] += to_real * field
        imaginary[lane] += to_imaginary * field


@lanes
def add_field_of_angle(
    real, imaginary, to_real, to_imaginary, factor, ratio, angle, word, pair, place, inner, outer
):
    """The same where the integral is a multiple of what friction has added to the angle."""
    for lane in range(LANES):
        noise = kick(word[lane], pair[lane], place, inner, outer)
        field = noise + factor * (angle[lane] - ratio * noise)
        real[lane] += to_real * field
        imaginary[lane] += to_imaginary * field


@inlined
def set_integral(integral, sums, ratios, start, end, fine, predicted, slope):
    """The sums along a flow, whose factor is half the time; `slope` has it, too."""
    one = like(1, integral[0])
    clear(integral)
    add_row(integral, like(2, integral[0]), sums[0])
    for group in range(start, end):
        ratio, place = like(ratios[group], integral[0]), 1 + 2 * (group - start)
        add_row(integral, one, sums[place])
        if fine:
            add_far_arc(integral, sums[place], sums[place + 1], predicted, ratio)
        else:
            add_arc(integral, sums[place], sums[place + 1], predicted, ratio)
    if slope != 0.0:
        add_row(integral, like(slope, integral[0]), predicted)


@inlined
def tap_angle(fields, taps, flow, duration, values, noises, angle, stream, place):
    """Add to the field of a channel, by its angle with friction; kicks have the variance 2 n dt."""
    channel, value = taps.channel[flow], values[taps.column[flow]]
    root = math.sqrt(2.0 * taps.rate[flow] * value)
    factor = root * taps.share[flow] / value if value > 0.0 else 0.0
    size, real = 0.5 * math.sqrt(duration), angle[0]
    add_field_of_angle(
        fields[channel, 0], fields[channel, 1], taps.way[flow, 0], taps.way[flow, 1],
        like(factor, real), like(2.0 * math.sqrt(2.0 * noises), real), angle, stream.word,
        stream.pair, place, like(size * SMALL, real), like(size * LARGE, real),
    )  # fmt: skip


@inlined
def tap(fields, taps, flow, duration, values, integral, stream, place):
    """Add to the field of a channel; `place` is where its flow took the noise."""
    channel = taps.channel[flow]
    root = math.sqrt(2.0 * taps.rate[flow] * values[taps.column[flow]])
    size, real = 0.5 * math.sqrt(duration), integral[0]
    add_field(
        fields[channel, 0], fields[channel, 1], taps.way[flow, 0], taps.way[flow, 1],
        like(root, real), integral, stream.word, stream.pair, place, like(size * SMALL, real),
        like(size * LARGE, real),
    )  # fmt: skip
