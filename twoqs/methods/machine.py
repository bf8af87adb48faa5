"""Spins, modes and ensembles, by the conserving method: the program of a step, and its run.

It runs what keywords cannot say, and models of so many couplings that they are taken in blocks.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.plan import Plan
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.machine_program import Memory, Program, new_scratch
from twoqs.kernels.samples import machine_samples, measure_vectors
from twoqs.methods.couplings import FEWEST_ENTRIES, FEWEST_SITES
from twoqs.methods.method import Kernels
from twoqs.methods.program import arrays_of, program_of
from twoqs.model.model import Model

KERNELS = Kernels(machine_samples, measure_vectors)

NANOSECONDS = 4.0
"""Rough cost of a spin in a flow, for one trajectory. The size of a batch rests on it."""


@lru_cache(maxsize=16)
def program(plan: Plan, step: float, peaks: tuple[float, ...]) -> Program:
    """A step of a plan; kept, as the blocks of a model follow one another.

    Args:
        peaks: largest size of each parameter, which its values are until `Method.work` says others.
    """
    return program_of(plan, step, np.array([peaks]))


def new_memory(plan: Plan, state: NDArray[Any]) -> Memory:
    """For a block of trajectories."""
    scratch = new_scratch(program(plan, 1.0, (1.0,) * plan.parameters), state.dtype)
    fields = np.zeros((plan.taps, 2, LANES))
    return Memory(_rows(state), scratch, np.zeros(1, np.int64), fields)


def cost(plan: Plan) -> float:
    """Rough nanoseconds of a step of all spins of one trajectory."""
    visits = [visit.flow for visit in plan.inner]
    visits += [] if plan.outer is None else [plan.outer]
    spins = NANOSECONDS * max(1, sum(len(plan.flows[flow].sites) for flow in visits))
    return spins + float(np.sum(arrays_of(plan, "fastest").nanoseconds[visits])) / LANES


def may_run(model: Model) -> bool:
    """Whether a model has to be run here, or has so many couplings that it may be."""
    lattice, n = model.lattice, model.n_sites
    many = 2 * lattice.n_edges >= FEWEST_ENTRIES * n and n >= FEWEST_SITES
    if model.general or not many or all(strength == 0.0 for strength in model.coupling):
        return model.general
    # Where all pairs are alike, keyword models take the sum over all spins.
    return lattice.n_edges < n * (n - 1) // 2 or bool(np.ptp(lattice.weights) > 0)


def has_blocks(plan: Plan) -> bool:
    """Whether any couplings are taken in blocks."""
    return bool(np.any(arrays_of(plan, "fastest").nanoseconds))


def _rows(state: NDArray[Any]) -> NDArray[Any]:
    """All rows of the state as `planes` lays them, with those between its components."""
    count, row = state.strides[0] // state.strides[1] * len(state), state.strides[1:]
    return np.lib.stride_tricks.as_strided(state, (count, LANES), row)
