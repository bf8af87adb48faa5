"""Samples of a block, many in one call: a call takes longer than the steps of a single spin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels import conserving, euler_maruyama, machine, moments, pda
from twoqs.kernels.compile.jit import LANES, inlined, jit
from twoqs.kernels.fourier import add_power
from twoqs.kernels.radices import FourierPlan
from twoqs.model.arrays import Floats


class BlockSums(NamedTuple):
    """Sums over the samples of a block since they were last stored."""

    lengths: Floats  # (site,): expected spin lengths
    group_start: NDArray[np.int64]  # (group + 1,): sites that are averaged over together
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


@inlined
def add_sample(bloch, finite, sums, clipped, rows, saved):
    """Add a sample to the sums, and store them at the time `saved` unless that is negative."""
    moments.accumulate(bloch, finite, sums.lengths, sums.group_start, sums.sums)
    for lane in range(LANES):
        sums.counts[0, lane] += finite[lane]
        sums.counts[1, lane] += 1.0 - finite[lane]
    add_power(bloch, sums.plan, sums.scratch, sums.power)
    if saved >= 0:
        moments.store_sums(
            sums.sums, sums.counts, clipped, rows.sums[:, saved], rows.counted[:, saved],
            rows.diverged[:, saved], rows.clipped[:, saved],
        )  # fmt: skip


@jit
def conserving_samples(scheme, bloch, finite, clipped, sums, rows, saved, count):
    """Take `count` samples, each after some steps.

    Args:
        scheme: arguments of `take_steps` of the scheme; the state is the first of them.
        bloch, finite: see `moments.bloch_of_vectors`.
        saved: the time at which the first sample is stored; negative if none is.
    """
    for i in range(count):
        conserving.conserving_steps(*scheme)
        moments.bloch_of_vectors(scheme[0], bloch, finite)
        add_sample(bloch, finite, sums, clipped, rows, saved + i if saved >= 0 else saved)


@jit
def machine_samples(scheme, bloch, finite, clipped, sums, rows, saved, count):
    """Take `count` samples as `conserving_samples`, by the steps of the machine."""
    for i in range(count):
        machine.take_steps(*scheme)
        moments.bloch_of_vectors(scheme[0], bloch, finite)
        add_sample(bloch, finite, sums, clipped, rows, saved + i if saved >= 0 else saved)


@jit
def pda_samples(scheme, bloch, finite, clipped, sums, rows, saved, count):
    """Take `count` samples as `conserving_samples`, by the steps of `pda`."""
    for i in range(count):
        pda.pda_steps(*scheme)
        moments.bloch_of_spinors(scheme[0], bloch, finite)
        add_sample(bloch, finite, sums, clipped, rows, saved + i if saved >= 0 else saved)


@jit
def euler_maruyama_samples(scheme, bloch, finite, clipped, sums, rows, saved, count):
    """Take `count` samples as `conserving_samples`, by the steps of `euler-maruyama`."""
    for i in range(count):
        euler_maruyama.euler_maruyama_steps(*scheme)
        moments.bloch_of_spinors(scheme[0], bloch, finite)
        add_sample(bloch, finite, sums, clipped, rows, saved + i if saved >= 0 else saved)


@jit
def measure_vectors(state, bloch, finite):
    """`moments.bloch_of_vectors` for callers in Python."""
    moments.bloch_of_vectors(state, bloch, finite)


@jit
def measure_spinors(state, bloch, finite):
    """`moments.bloch_of_spinors` for callers in Python."""
    moments.bloch_of_spinors(state, bloch, finite)
