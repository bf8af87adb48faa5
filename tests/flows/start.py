"""Initial states of spins that may differ, products of coherent states; and how to step them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from one_block import take_steps

from twoqs.errors import require
from twoqs.flows.fastest import fastest_turn
from twoqs.flows.generators import Generators
from twoqs.flows.length import concentration, spin_length
from twoqs.flows.mode import quanta
from twoqs.flows.plan import plan_of
from twoqs.flows.random import ReferenceStream
from twoqs.flows.step import advance
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.machine_program import Memory, Program, Scratch, State, new_scratch, stride_of
from twoqs.kernels.pipeline import Work
from twoqs.kernels.random import Stream, new_stream
from twoqs.kernels.samples import machine_samples
from twoqs.methods.conserving import Conserving
from twoqs.methods.initial import stratified
from twoqs.methods.modes import mode_vectors
from twoqs.methods.program import program_of
from twoqs.model.arguments import number
from twoqs.model.mode_states import vacuum

Floats = NDArray[np.float64]


def machine_work(
    state: State,
    program: Program,
    scratch: Scratch,
    clock: NDArray[np.int64],
    stream: Stream,
    fields: Floats | None = None,
) -> Work:
    """What the small machine steps; `fields` of tapped channels."""
    fields = np.zeros((0, 2, LANES)) if fields is None else fields
    memory = Memory(state.rows, scratch, clock, fields)
    return Work(state[:3], program, memory, 0, stream, scratch.work, np.zeros((2, LANES)))


def coherent(
    generators: Generators, theta: Floats, phi: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """Samples of coherent states, shape (3, site, lane).

    Args:
        theta, phi: polar angles and azimuths of the directions, shape (site,); for modes the first
            is their complex amplitude.
        lanes: trajectories, a multiple of 16.
    """
    modes = generators.modes
    vectors = np.empty((3, generators.n_sites, lanes))
    turned = theta[~modes].real, phi[~modes]
    vectors[:, ~modes] = coherent_spins(generators.spins[~modes], *turned, rng, lanes)
    if np.any(modes):
        covariance = np.tile(vacuum().covariance, (np.count_nonzero(modes), 1, 1))
        vectors[:, modes] = mode_vectors(theta[modes] + 0j, covariance, rng, lanes)
    return vectors


def coherent_spins(
    spins: Floats, theta: Floats, phi: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """Bloch vectors of length L = sqrt(S(S+1)) about directions, shape (3, site, lane).

    Drawn as by `twoqs.methods.sphere.sample_bloch`: the transverse variances are S/2 each.

    Args:
        spins: S of each site, shape (site,).
        theta, phi: polar angles and azimuths of the directions, shape (site,).
        lanes: trajectories, a multiple of 16.
    """
    length = np.array([spin_length(spin) for spin in spins.tolist()])[:, None]
    kappa = np.array([concentration(spin) for spin in spins.tolist()])[:, None]
    size = (len(spins), lanes)
    # 1 - cos(polar angle) is exponential with the rate kappa, cut off at 2.
    deficit = -np.log1p(stratified(rng, size) * np.expm1(-2 * kappa)) / kappa
    across = length * np.sqrt(deficit * (2 - deficit))
    azimuth = 2 * np.pi * stratified(rng, size)
    x, y, z = across * np.cos(azimuth), across * np.sin(azimuth), length * (1 - deficit)
    cos, sin = np.cos(theta)[:, None], np.sin(theta)[:, None]
    x, z = cos * x + sin * z, cos * z - sin * x
    cos, sin = np.cos(phi)[:, None], np.sin(phi)[:, None]
    return np.stack([cos * x - sin * y, sin * x + cos * y, z])


def new_state(vectors: NDArray[Any], dtype: DTypeLike = np.float64) -> State:
    """A `State` of Bloch vectors of shape (3, site, lane)."""
    sites = vectors.shape[1]
    stride = stride_of(sites)
    rows = aligned((3 * stride, LANES), dtype)
    x, y, z = (rows[a * stride : a * stride + sites] for a in range(3))
    x[:], y[:], z[:] = vectors
    return State(x, y, z, rows)


def deviation(generators, values, step, runs, seed=1, dtype=np.float64, way="fastest"):
    """Largest difference of the machine from NumPy, relative to the state, after runs of so many
    steps."""
    rng = np.random.default_rng(seed)
    start = random_vectors(generators, rng, LANES)
    plan = plan_of(generators)
    program = program_of(plan, step, values, way)
    state = new_state(start, dtype)
    expected = np.stack([state.x, state.y, state.z]).astype(float)
    single = dtype == np.float32
    stream = new_stream(np.random.SeedSequence(seed), single)
    reference = ReferenceStream(stream.state, bits=32 if single else 64)
    scratch = new_scratch(program, dtype)
    clock, done, clipped = np.zeros(1, np.int64), 0, np.zeros((2, LANES))
    kept, fields = np.zeros((2, plan.taps, 2, LANES))
    for steps in runs:
        rows = values[done : done + steps]
        expected = advance(expected, plan, rows, step, reference, program.fine, clipped, kept)
        work = machine_work(state, program, scratch, clock, stream, fields)
        take_steps(machine_samples, work, steps)
        clipped -= work.clipped
        done += steps
    assert clock[0] == done
    assert single or not np.any(clipped)
    found = np.stack([state.x, state.y, state.z])
    off = max(np.abs(found - expected).max(), np.abs(fields - kept).max(initial=0.0))
    return float(off / max(1.0, generators.lengths.max()))


def random_vectors(generators: Generators, rng: np.random.Generator, lanes: int) -> Floats:
    """Bloch vectors in all directions, and amplitudes of modes of order one; (3, site, lane)."""
    vectors = rng.normal(size=(3, generators.n_sites, lanes))
    modes = generators.modes
    amplitudes = vectors[:, modes]
    vectors *= generators.lengths[:, None] / np.linalg.norm(vectors, axis=0)
    vectors[:2, modes], vectors[2, modes] = amplitudes[:2], quanta(amplitudes)
    return vectors


def step_of(
    generators: Generators, step: float | None = None, peaks: Floats | None = None
) -> float:
    """The step, or 0.05 over the fastest rate if it is None; infinity where nothing moves.

    Raises:
        ArgumentError: for a step above 0.5 over the fastest rate, or not above zero.
    """
    rate = fastest_turn(generators, peaks)
    if step is None:
        return Conserving.default_step / rate if rate else math.inf
    step = number("step", step)
    require(step > 0, "step", "be above zero", step)
    largest = Conserving.largest_step / rate if rate else math.inf
    wanted = f"be at most {largest:.3g}: the fastest rate of this model is {rate:.3g}"
    require(step * rate <= Conserving.largest_step, "step", wanted, step)
    return step
