"""Stages of a step behind one another over the sites: the loop that methods of stages share.

Functions come as arguments: numba compiles each method's into a loop of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.sequence import BEFORE, RESTORED_AFTER
from twoqs.kernels.compile.jit import glued, inlined
from twoqs.kernels.random import Stream
from twoqs.model.arrays import Floats


class Work(NamedTuple):
    """What the steps of any method work on."""

    state: tuple[NDArray[Any], ...]  # components, each (site, lane)
    constants: Any  # of the method, for the length of its steps
    memory: Any  # what the method keeps beside the state, if anything
    k: int  # +1 (P), 0 (Wigner) or -1 (Q)
    stream: Stream
    scratch: NDArray[Any]  # (12, lane)
    clipped: Floats  # (2, lane): updates with clipped diffusion so far, and all with diffusion


@inlined
def nothing(work, site):
    """What a method does that needs nothing before the first stage, or after the last."""


@inlined
def run_together(prepare, visit, finish, work, done, together, ends, finishes):
    """One run of some steps; functions as in `run_steps`.

    Args:
        done, together: steps of the runs before, and of this one.
        ends: whether the last stage, if split, ends with its half.
        finishes: whether `finish` follows it.
    """
    sequence = work.constants.sequence
    sites, stages, lag = work.state[0].shape[0], sequence.stages, sequence.lag
    # Only the first run prepares the first stage, and takes half of a split one before it.
    preparing = BEFORE - 2 if sequence.split else BEFORE - 1
    first, end = BEFORE if done > 0 else preparing, BEFORE + together * stages
    last = end if finishes else end - 1
    halved = end - 1 if ends and sequence.split else end
    before = done * stages
    for front in range(lag[first], sites + lag[last]):
        for entry in range(first, last + 1):
            position = front - lag[entry]
            if position < 0:
                break
            if position >= sites:
                first = entry + 1
                continue
            site = np.uint64(sequence.order[position])
            stage = stages
            if entry < BEFORE:
                if entry == preparing:
                    prepare(work, site)
                    continue
            elif entry == end:
                finish(work, site)
                continue
            elif entry != halved:
                stage = sequence.stage_of[entry]
            visit(work, stage, before + entry, position, site)


@glued
def run_steps(prepare, visit, finish, work, steps):
    """Advance `work.state` by some steps.

    Args:
        prepare: of (work, site), once before the first stage.
        visit: of (work, stage, number, position, site): one stage at one site, the first of its
            sites if the position is 0; numbers count the stages of all steps from BEFORE on, and
            that of the half before them is BEFORE - 1.
        finish: of (work, site), every RESTORED_AFTER steps and after the last.
    """
    sequence, done = work.constants.sequence, 0
    while done < steps and sequence.stages > 0:
        together = min(sequence.steps, steps - done)
        after = done + together
        ends = after == steps
        finishes = ends or after % RESTORED_AFTER == 0
        run_together(prepare, visit, finish, work, done, together, ends, finishes)
        done = after
