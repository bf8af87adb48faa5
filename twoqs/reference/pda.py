"""The paper's equations (22, 23, 27, 28 and the spinor rotation of any H) in second order.

For a frozen other mode, the equation of each mode is linear, and its solution is known: the damped
mode is an Ornstein-Uhlenbeck process, the pumped one its growing mirror image. A palindrome of
these flows and of rotations has weak order two and no step-size instability.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twoqs.rates import Graph, Rates, turns_about_z
from twoqs.reference.fields import local_field
from twoqs.reference.random import ReferenceStream, amplitude
from twoqs.reference.series import SPINOR_TERMS, cosine, exponential, sine

WEAK_ORDER = 2

Floats = NDArray[np.float64]


def advance(
    state: Floats,
    graph: Graph,
    rates: Rates,
    k: int,
    steps: int,
    step: float,
    stream: ReferenceStream,
) -> tuple[Floats, Floats]:
    """The state after `steps` steps, and how often the diffusion was clipped.

    Args:
        state: spinors of shape (4, site, lane): Re alpha, Im alpha, Re beta, Im beta.
        k: +1 (P), 0 (Wigner) or -1 (Q).

    Returns:
        The state, and an array of shape (2, lane): clipped updates, all updates with noise.
    """
    psi = np.stack([state[0] + 1j * state[1], state[2] + 1j * state[3]])
    clipped = np.zeros((2, state.shape[2]))
    none = np.zeros(state.shape[1])
    about_z = turns_about_z(graph, rates)
    _rotate(psi, 0, graph, none, step / 2, stream)
    for number in range(steps):
        _rotate(psi, 1, graph, none, step / 2, stream)
        if about_z:
            _rotate(psi, 2, graph, rates.dephasing, step / 2, stream)
        _dissipate(psi, rates, k, step, stream, clipped)
        if about_z:
            _rotate(psi, 2, graph, rates.dephasing, step / 2, stream)
        _rotate(psi, 1, graph, none, step / 2, stream)
        _rotate(psi, 0, graph, none, step / 2 if number == steps - 1 else step, stream)
    return np.stack([psi[0].real, psi[0].imag, psi[1].real, psi[1].imag]), clipped


def spin_components(psi: NDArray) -> Floats:
    """(s^x, s^y, s^z) of spinors of shape (2, ...), paper eq. 2."""
    plus = psi[0].conj() * psi[1]
    return np.stack([plus.real, plus.imag, (abs(psi[0]) ** 2 - abs(psi[1]) ** 2) / 2])


def _rotate(
    psi: NDArray, axis: int, graph: Graph, rate: Floats, step: float, stream: ReferenceStream
) -> None:
    """exp(-i angle sigma/2) with the angle from the field and from noise of the same axis."""
    angle = step * local_field(graph, axis, spin_components(psi)[axis])
    for site in np.flatnonzero(rate):
        angle[site] += amplitude(rate[site] * step, math.cos) * stream.four_point()
    cos, sin = cosine(angle / 2, SPINOR_TERMS), sine(angle / 2, SPINOR_TERMS)
    a, b = psi.copy()
    if axis == 0:
        psi[0], psi[1] = cos * a - 1j * sin * b, cos * b - 1j * sin * a
    elif axis == 1:
        psi[0], psi[1] = cos * a - sin * b, cos * b + sin * a
    else:
        psi[0], psi[1] = (cos - 1j * sin) * a, (cos + 1j * sin) * b


def _dissipate(
    psi: NDArray, rates: Rates, k: int, step: float, stream: ReferenceStream, clipped: Floats
) -> None:
    """A palindrome of the four single-mode flows; those without a rate are left out."""
    parts = []
    if np.any(rates.decay):
        parts += [(_damp, 0, 1, rates.decay), (_pump, 1, 0, rates.decay)]
    if np.any(rates.gain):
        parts += [(_damp, 1, 0, rates.gain), (_pump, 0, 1, rates.gain)]
    for number, (flow, mode, driver, rate) in enumerate(parts + parts[-2::-1]):
        part_step = step if number == len(parts) - 1 else step / 2
        flow(psi, mode, driver, rate, k, part_step, stream, clipped)


def _complex(stream: ReferenceStream) -> NDArray:
    first, second = stream.four_point_pair()
    return first + 1j * second


def _damp(
    psi: NDArray,
    mode: int,
    driver: int,
    rate: Floats,
    k: int,
    step: float,
    stream: ReferenceStream,
    clipped: Floats,
) -> None:
    """Eq. 22: d a = -l a dt + sqrt(l (1-k)/2) (dW1 + i dW2), l = G (|b|^2 + (1+k)/2)."""
    for site in np.flatnonzero(rate):
        noise = _complex(stream) if k < 1 else 0.0
        decay = rate[site] * (abs(psi[driver, site]) ** 2 + (1 + k) / 2)
        factor = exponential(-decay * step)
        psi[mode, site] *= factor
        psi[mode, site] += np.sqrt((1 - k) / 4 * (1 - factor**2)) * noise


def _pump(
    psi: NDArray,
    mode: int,
    driver: int,
    rate: Floats,
    k: int,
    step: float,
    stream: ReferenceStream,
    clipped: Floats,
) -> None:
    """Eq. 23: d b = m b dt + sqrt(m (1+k)/2) (dW3 + i dW4), m = G (|a|^2 - (1-k)/2).

    Where m is negative, so is the diffusion: it is set to zero and counted.
    """
    for site in np.flatnonzero(rate):
        noise = _complex(stream) if k > -1 else 0.0
        growth = rate[site] * (abs(psi[driver, site]) ** 2 - (1 - k) / 2)
        factor = exponential(growth * step)
        psi[mode, site] *= factor
        if k > -1:
            psi[mode, site] += np.sqrt((1 + k) / 4 * np.maximum(factor**2 - 1, 0)) * noise
            clipped[0] += growth < 0
            clipped[1] += 1
