"""Initial states of spins that may differ, products of coherent states; and how to step them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.length import concentration, spin_length
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.machine_program import Memory, Program, Scratch, State
from twoqs.kernels.pipeline import Work
from twoqs.kernels.random import Stream
from twoqs.methods.initial import stratified

Floats = NDArray[np.float64]


def machine_work(
    state: State, program: Program, scratch: Scratch, clock: NDArray[np.int64], stream: Stream
) -> Work:
    """What the small machine steps."""
    memory = Memory(state.rows, scratch, clock)
    return Work(state[:3], program, memory, 0, stream, scratch.work, np.zeros((2, LANES)))


def coherent(
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
