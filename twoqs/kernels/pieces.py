"""Spectra of pieces of output fields, by the transforms of `twoqs.kernels.fourier`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twoqs.kernels.amplitudes import (
    add_to_row,
    conjugated,
    load_halves,
    load_row,
    store_row,
    times_conjugate,
)
from twoqs.kernels.compile.jit import LANES, inlined, jit, lanes
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.fourier import transform
from twoqs.kernels.moments import GROUP
from twoqs.kernels.radices import FourierPlan, waves_of
from twoqs.model.arrays import Floats, Ints

ROW_LANES = GROUP // 2
"""Trajectories in a row of amplitudes."""


class PieceTransform(NamedTuple):
    """How pieces are transformed.

    Transforms have the sign of exp(+i omega t), as `RecordPieces`.
    """

    weights: Floats  # (bin,): the window, over the root of its length
    plan: FourierPlan
    places: Ints  # (omega,): of the frequencies that are kept, among the results
    scratch: Floats  # (row, GROUP)


def piece_transform(weights: Floats, plan: FourierPlan, kept: Ints) -> PieceTransform:
    """That of pieces with a window, shape (bin,), of which some frequencies are kept.

    Args:
        kept: their numbers as NumPy counts them, by rising frequency.
    """
    length = len(weights)
    place = np.argsort(waves_of(plan.radices.tolist()))
    return PieceTransform(
        weights / math.sqrt(length), plan, place[-kept % length], aligned((4 * length, GROUP))
    )


def piece_sums(transform: PieceTransform, parts: int) -> Floats:
    """Where `add_piece` puts its sums: rows of amplitudes, shape (part, row, omega, GROUP)."""
    return aligned((parts, LANES // ROW_LANES, len(transform.places), GROUP))


def by_lanes(sums: Floats) -> tuple[Floats, Floats]:
    """Real and imaginary parts of such sums, shape (part, omega, lane) each."""
    found = np.moveaxis(sums, 1, 2)
    flat = (*found.shape[:2], LANES)
    return found[..., :ROW_LANES].reshape(flat), found[..., ROW_LANES:].reshape(flat)


@lanes
def store_row_of_bin(values, scale, kept, total):
    """kept = scale values; total += kept."""
    for lane in range(LANES):
        value = scale * values[lane]
        kept[lane] = value
        total[lane] += value


@jit
def store_bins(fields, channels, scale, record, place, totals):
    """Put bins into a record, and add them to their sums over time.

    Args:
        fields: shape (bin, channel, 2, lane).
        channels: numbers of those that are recorded, shape (own,).
        record: shape (own, length, 2, lane), from `place` on; after its end from its beginning.
        totals: shape (own, 2, lane).
    """
    length = record.shape[1]
    for i in range(fields.shape[0]):
        here = (place + i) % length
        for c in range(len(channels)):
            for part in range(2):
                store_row_of_bin(
                    fields[i, channels[c], part], scale, record[c, here, part], totals[c, part]
                )


@inlined
def transformed(record, channel, first, lane, transforms, start):
    """Transform a piece that begins at `first` of a record; returns the row where it begins."""
    weights, plan, scratch = transforms.weights, transforms.plan, transforms.scratch
    length = len(weights)
    here, there = start, start + length
    for j in range(length):
        place = first + j if first + j < length else first + j - length
        half = ((channel * length + place) * 2 * LANES + lane) // ROW_LANES
        store_row(
            scratch, here + j, weights[j] * load_halves(record, half, half + LANES // ROW_LANES)
        )
    span, k = length, 0
    for i in range(len(plan.radices)):
        radix = plan.radices[i]
        transform(scratch, here, 1, scratch, there, length, span, radix, plan.twiddles, k)
        span //= radix
        k += (radix - 1) * span
        here, there = there, here
    return here


@jit
def add_piece(one, other, first, transforms, crossed, sums):
    """Add F_1^* F_2 of a piece to the first part of sums, F(omega) F(-omega) to a second one.

    Sums are over channels.

    Args:
        one, other: records as of `store_bins`, of which this piece is all, from `first` on.
        crossed: whether they differ.
        transforms: frequencies that are kept are symmetric about 0.
        sums: as of `piece_sums`.
    """
    places, scratch = transforms.places, transforms.scratch
    count, length = len(places), len(transforms.weights)
    for channel in range(one.shape[0]):
        for lane in range(0, LANES, ROW_LANES):
            here = there = transformed(one, channel, first, lane, transforms, 0)
            if crossed:
                there = transformed(other, channel, first, lane, transforms, 2 * length)
            row = lane // ROW_LANES * count
            for k in range(count):
                value = load_row(scratch, here + places[k])
                product = times_conjugate(value, load_row(scratch, there + places[k]))
                add_to_row(sums, row + k, product)
                if sums.shape[0] > 1:
                    opposite = load_row(scratch, here + places[count - 1 - k])
                    product = times_conjugate(conjugated(value), opposite)
                    add_to_row(sums, row + LANES // ROW_LANES * count + k, product)
