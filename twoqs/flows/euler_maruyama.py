"""The paper's Ito equations, literally, by the Euler-Maruyama method with Gaussian noise.

First order, and it lengthens a spin in a field B by B^2 step/4 per unit of time: the reference that
other schemes are judged by, not one to use.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.fields import local_field
from twoqs.flows.pda import spin_components
from twoqs.flows.random import ReferenceStream
from twoqs.flows.rates import Graph, Rates
from twoqs.model.arrays import Floats


def advance_euler_maruyama(
    state: Floats,
    graph: Graph,
    rates: Rates,
    k: int,
    steps: int,
    step: float,
    stream: ReferenceStream,
) -> tuple[Floats, Floats]:
    """The state after `steps` steps, and how often the diffusion was clipped.

    Arguments and results as in `twoqs.flows.pda.advance_pda`.
    """
    psi = np.stack([state[0] + 1j * state[1], state[2] + 1j * state[3]])
    clipped = np.zeros((2, state.shape[2]))
    for _ in range(steps):
        spins = spin_components(psi)
        bx, by, bz = (local_field(graph, axis, spins[axis]) for axis in range(3))
        change = (
            -0.5j
            * step
            * np.stack(
                [bz * psi[0] + (bx - 1j * by) * psi[1], (bx + 1j * by) * psi[0] - bz * psi[1]]
            )
        )
        for site in range(psi.shape[1]):
            here, into = psi[:, site], change[:, site]
            if rates.decay[site] > 0:
                into += _jumps(here, rates.decay[site], k, step, stream, clipped)
            if rates.gain[site] > 0:
                # Gain is decay with the two modes exchanged.
                into += _jumps(here[::-1], rates.gain[site], k, step, stream, clipped)[::-1]
            if rates.dephasing[site] > 0:
                into += dephase(here, rates.dephasing[site], step, stream)
        psi = psi + change
    return np.stack([psi[0].real, psi[0].imag, psi[1].real, psi[1].imag]), clipped


def _jumps(
    psi: NDArray, rate: float, k: int, step: float, stream: ReferenceStream, clipped: Floats
) -> NDArray:
    """Paper eqs. 22 and 23 for (alpha, beta) = psi."""
    plus, minus = (1 + k) / 2, (1 - k) / 2
    damping, pumping = abs(psi[1]) ** 2 + plus, abs(psi[0]) ** 2 - minus
    change = np.stack([-rate * step * damping * psi[0], rate * step * pumping * psi[1]])
    if k < 1:
        w1, w2 = stream.gaussian_pair()
        change[0] += np.sqrt(rate * minus * damping * step) * (w1 + 1j * w2)
    if k > -1:
        w3, w4 = stream.gaussian_pair()
        change[1] += np.sqrt(rate * plus * np.maximum(pumping, 0) * step) * (w3 + 1j * w4)
        clipped[0] += pumping < 0
        clipped[1] += 1
    return change


def dephase(psi: NDArray, rate: float, step: float, stream: ReferenceStream) -> NDArray:
    """Paper eqs. 27 and 28."""
    w1, w2 = stream.gaussian_pair()
    kick = 1j * np.sqrt(rate * step / 4) * (w1 - w2)
    return -rate * step / 4 * psi + np.stack([kick * psi[0], -kick * psi[1]])
