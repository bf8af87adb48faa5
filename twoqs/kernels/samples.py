"""Samples of a block, many in one call: a call takes longer than the steps of a single spin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.core.types import UniTuple

from twoqs.kernels.compile.jit import LANES, by_type, glued, inlined, jit, lanes
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.conserving import conserving_steps, tapped_steps
from twoqs.kernels.euler_maruyama import euler_maruyama_steps
from twoqs.kernels.fourier import add_power
from twoqs.kernels.machine import machine_steps
from twoqs.kernels.moments import (
    GROUP,
    QUANTITIES,
    ROWS,
    accumulate,
    bloch_of_spinors,
    bloch_of_vectors,
    store_sums,
)
from twoqs.kernels.pda import pda_steps
from twoqs.kernels.radices import FourierPlan, fourier_plan, scratch_rows
from twoqs.model.arrays import Floats, Ints


class BlockSums(NamedTuple):
    """Sums over the samples of a block since they were last stored."""

    lengths: Floats  # (site,): expected spin lengths
    group_start: Ints  # (group + 1,): sites that are averaged over together
    sums: Floats  # (group, quantity, lane)
    counts: Floats  # (2, lane): finite samples, and others
    plan: FourierPlan  # of the transform for correlations
    scratch: Floats
    power: Floats  # (component, row, wave): spectra; no component if none are wanted


class RowSums(NamedTuple):
    """Parts of a record: where sums of rows go, see `twoqs.measure.records`."""

    sums: Floats  # (row, time, quantity, group)
    counted: Floats  # (row, time)
    diverged: Floats
    clipped: Floats  # (row, time, 2)


class History(NamedTuple):
    """Samples of a call one by one, as far as it is long; of no length if nobody asks for them."""

    bloch: Floats  # (sample, 4, site, lane), or no sample if nobody asks for vectors
    finite: Floats  # (sample, lane)
    fields: Floats  # (sample, channel, 2, lane): output fields since the sample before


def nowhere() -> tuple[BlockSums, RowSums]:
    """Where samples go that nobody wants: no sums, of the types of others."""
    plan = fourier_plan(1, padded=False)
    sums = BlockSums(
        lengths=np.zeros(0),
        group_start=np.zeros(1, np.int64),
        sums=aligned((0, len(QUANTITIES), LANES)),
        counts=aligned((2, LANES)),
        plan=plan,
        scratch=aligned((scratch_rows(plan), GROUP)),
        power=np.zeros((0, ROWS, 1)),
    )
    # Parts of records are not contiguous, and kernels are compiled for that.
    return sums, RowSums(*(np.zeros((2,) * axes)[..., :1] for axes in (4, 2, 2, 3)))


@inlined
def keep_nothing(work, fields):
    """What a method leaves of output fields that has none."""


@lanes
def move_row(row, to):
    """to = row; row = 0."""
    for lane in range(LANES):
        to[lane] = row[lane]
        row[lane] = 0.0


@inlined
def keep_fields(work, fields):
    """Take the output fields out of the memory of the steps."""
    kept = work.memory.fields
    for channel in range(fields.shape[0]):
        for part in range(2):
            move_row(kept[channel, part], fields[channel, part])


@inlined
def keep_vectors(bloch, kept):
    """Copy the vectors of a sample."""
    for part in range(4):
        for site in range(bloch.shape[1]):
            for lane in range(LANES):
                kept[part, site, lane] = bloch[part, site, lane]


@glued
def add_sample(bloch, finite, sums, clipped, rows, saved):
    """Add a sample to the sums, and store them at the time `saved` unless that is negative."""
    accumulate(bloch, finite, sums.lengths, sums.group_start, sums.sums)
    for lane in range(LANES):
        sums.counts[0, lane] += finite[lane]
        sums.counts[1, lane] += 1.0 - finite[lane]
    add_power(bloch, sums.plan, sums.scratch, sums.power)
    if saved >= 0:
        store_sums(
            sums.sums, sums.counts, clipped, rows.sums[:, saved], rows.counted[:, saved],
            rows.diverged[:, saved], rows.clipped[:, saved],
        )  # fmt: skip


def advance(take_steps, work, steps):
    """Take steps; of two works so many of each, one after the other."""
    raise TypeError(f"No kernel takes steps of a {type(work).__name__}.")


def first_work(work):
    """What holds the state: the work, or the first of two."""
    raise TypeError(f"No kernel takes steps of a {type(work).__name__}.")


@by_type(advance)
def _advance(take_steps, work, steps):
    return _advance_two if isinstance(work, UniTuple) else _advance_one


def _advance_one(take_steps, work, steps):
    take_steps(work, steps)


def _advance_two(take_steps, work, steps):
    for part in range(2):
        take_steps(work[part], steps[part])


@by_type(first_work)
def _first_work(work):
    return _first if isinstance(work, UniTuple) else _itself


def _first(work):
    return work[0]


def _itself(work):
    return work


@glued
def take_samples(take_steps, bloch_of, keep, work, steps, measured, sums, rows, saved, count):
    """Take `count` samples, each after some steps.

    Args:
        work, steps: what they work on, and how many; or two of each, of one state, in turns.
        take_steps: of (work, steps), those of a method.
        bloch_of: `bloch_of_vectors` or `bloch_of_spinors`.
        keep: of (work, fields), takes output fields.
        measured: (bloch, finite) as of these, and the history of the call.
        saved: the time at which the first sample is stored; negative if none is.
    """
    bloch, finite, history = measured
    held = first_work(work)
    for i in range(count):
        advance(take_steps, work, steps)
        bloch_of(held.state, bloch, finite)
        add_sample(bloch, finite, sums, held.clipped, rows, saved + i if saved >= 0 else saved)
        if i < history.finite.shape[0]:
            if i < history.bloch.shape[0]:
                keep_vectors(bloch, history.bloch[i])
            for lane in range(LANES):
                history.finite[i, lane] = finite[lane]
            keep(held, history.fields[i])


@jit
def conserving_samples(work, steps, measured, sums, rows, saved, count):
    """`take_samples` by the steps of `conserving`."""
    take_samples(
        conserving_steps, bloch_of_vectors, keep_nothing, work, steps, measured, sums, rows, saved,
        count,
    )  # fmt: skip


@jit
def tapped_samples(work, steps, measured, sums, rows, saved, count):
    """`take_samples` by the same steps with taps."""
    take_samples(
        tapped_steps, bloch_of_vectors, keep_fields, work, steps, measured, sums, rows, saved, count
    )


@jit
def machine_samples(work, steps, measured, sums, rows, saved, count):
    """`take_samples` by the steps of the machine."""
    take_samples(
        machine_steps, bloch_of_vectors, keep_fields, work, steps, measured, sums, rows, saved,
        count,
    )  # fmt: skip


@jit
def pda_samples(work, steps, measured, sums, rows, saved, count):
    """`take_samples` by the steps of `pda`."""
    take_samples(
        pda_steps, bloch_of_spinors, keep_nothing, work, steps, measured, sums, rows, saved, count
    )


@jit
def euler_maruyama_samples(work, steps, measured, sums, rows, saved, count):
    """`take_samples` by the steps of `euler-maruyama`."""
    take_samples(
        euler_maruyama_steps, bloch_of_spinors, keep_nothing, work, steps, measured, sums, rows,
        saved, count,
    )  # fmt: skip


@jit
def measure_vectors(state, bloch, finite):
    """`bloch_of_vectors` for callers in Python."""
    bloch_of_vectors(state, bloch, finite)


@jit
def measure_spinors(state, bloch, finite):
    """`bloch_of_spinors` for callers in Python."""
    bloch_of_spinors(state, bloch, finite)
