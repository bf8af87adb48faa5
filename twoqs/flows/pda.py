"""The paper's equations (22, 23, 27, 28 and the spinor rotation of any H) in second order.

For a frozen other mode, the equation of each mode is linear, and its solution is known: the damped
mode is an Ornstein-Uhlenbeck process, the pumped one its growing mirror image. A palindrome of
these flows and of rotations has weak order two and no step-size instability.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.fields import local_field
from twoqs.flows.random import ReferenceStream, amplitude
from twoqs.flows.rates import Graph, Rates
from twoqs.flows.sequence import NO_AXIS, Stage, pda_stages, sequence_of, visits_of
from twoqs.flows.series import FINE_TERMS, cosine_series, exponential_less_one, sine_series
from twoqs.model.arrays import Floats

Noise = tuple[Floats | None, list[Any]]
"""Random numbers of one visit: one of a random turn, and three complex ones of each channel."""


def advance_pda(
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
    stages = pda_stages(graph, rates)
    if not stages:
        return state.copy(), clipped
    sequence = sequence_of(graph, stages)
    noise: dict[tuple[int, int, int], Noise] = {}
    for i, j, site in visits_of(sequence, steps):
        if i >= 0:
            noise[i, j, site] = _noise(stages[j], site, rates, stream)
    if sequence.split:
        _turn(psi, stages[-1].axis, graph, step / 2)
    for i in range(steps):
        for j, stage in enumerate(stages):
            drawn = [noise[i, j, site] for site in range(psi.shape[1])]
            share = 0.5 if stage.split and i == steps - 1 else stage.share
            if stage.axis != NO_AXIS:
                kick = _kick(psi, rates, share * step, [unit for unit, _ in drawn])
                _turn(psi, stage.axis, graph, share * step, kick)
            if stage.dissipates:
                _dissipate(psi, rates, step, k, [values for _, values in drawn], clipped)
    return np.stack([psi[0].real, psi[0].imag, psi[1].real, psi[1].imag]), clipped


def spin_components(psi: NDArray) -> Floats:
    """(s^x, s^y, s^z) of spinors of shape (2, ...), paper eq. 2."""
    plus = psi[0].conj() * psi[1]
    return np.stack([plus.real, plus.imag, (abs(psi[0]) ** 2 - abs(psi[1]) ** 2) / 2])


def _noise(stage: Stage, site: int, rates: Rates, stream: ReferenceStream) -> Noise:
    """The random numbers of one visit: a stage at one site."""
    unit = stream.four_point() if stage.axis == 2 and rates.dephasing[site] else None
    channels = _channels(rates) if stage.dissipates else []
    values = [stream.four_points(6) if rate[site] else None for _, _, rate in channels]
    return unit, [None if v is None else v[::2] + 1j * v[1::2] for v in values]


def _kick(psi: NDArray, rates: Rates, step: float, units: list[Floats | None]) -> Floats:
    """Random angles of dephasing, from noise of unit variance where there is any."""
    angle = np.zeros(psi.shape[1:])
    for site, unit in enumerate(units):
        if unit is not None:
            angle[site] = unit * amplitude(rates.dephasing[site] * step, math.cos)
    return angle


def _turn(psi: NDArray, axis: int, graph: Graph, step: float, kick: Floats | float = 0.0) -> None:
    """Turn all sites about their fields along an axis, and by a random angle."""
    _rotate(psi, axis, step * local_field(graph, axis, spin_components(psi)[axis]) + kick)


def _dissipate(
    psi: NDArray, rates: Rates, step: float, k: int, drawn: list[list[Any]], clipped: Floats
) -> None:
    """Decay and gain of all sites; `drawn` holds the noise of each site in each channel."""
    for channel, (lower, upper, rate) in enumerate(_channels(rates)):
        noise = np.zeros((3, *psi.shape[1:]), dtype=complex)
        for site, values in enumerate(drawn):
            if values[channel] is not None:
                noise[:, site] = values[channel]
        damp(psi, lower, upper, rate * step / 2, k, noise[0])
        pump(psi, upper, lower, rate * step, k, noise[1], clipped)
        damp(psi, lower, upper, rate * step / 2, k, noise[2])


def _channels(rates: Rates) -> list[tuple[int, int, Floats]]:
    """(mode that loses quanta, the other one, raw rate) of decay and gain, as a palindrome."""
    decay, gain = (0, 1, rates.decay), (1, 0, rates.gain)
    if not np.any(rates.gain):
        return [decay]
    if not np.any(rates.decay):
        return [gain]
    half = (0, 1, rates.decay / 2)
    return [half, gain, half]


def _rotate(psi: NDArray, axis: int, angle: Floats) -> None:
    """exp(-i angle sigma/2)."""
    cos, sin = cosine_series(angle / 2, FINE_TERMS), sine_series(angle / 2, FINE_TERMS)
    a, b = psi.copy()
    if axis == 0:
        psi[0], psi[1] = cos * a - 1j * sin * b, cos * b - 1j * sin * a
    elif axis == 1:
        psi[0], psi[1] = cos * a - sin * b, cos * b + sin * a
    else:
        psi[0], psi[1] = (cos - 1j * sin) * a, (cos + 1j * sin) * b


def damp(psi: NDArray, mode: int, driver: int, rate: Floats, k: int, noise: NDArray) -> None:
    """Eq. 22: d a = -l a dt + sqrt(l (1-k)/2) (dW1 + i dW2), l = G (|b|^2 + (1+k)/2).

    Args:
        rate: raw rate times step, shape (site,).
        noise: complex noise, 2 in its square on average, shape (site, lane).
    """
    growth = exponential_less_one(-rate[:, None] * (abs(psi[driver]) ** 2 + (1 + k) / 2))
    variance = (1 - k) / 4 * -growth * (2 + growth)
    psi[mode] += growth * psi[mode] + np.sqrt(variance) * noise


def pump(
    psi: NDArray, mode: int, driver: int, rate: Floats, k: int, noise: NDArray, clipped: Floats
) -> None:
    """Eq. 23: d b = m b dt + sqrt(m (1+k)/2) (dW3 + i dW4), m = G (|a|^2 - (1-k)/2).

    Where m is negative, so is the diffusion: it is set to zero and, for k = 0, counted.
    """
    excess = abs(psi[driver]) ** 2 - (1 - k) / 2
    growth = exponential_less_one(rate[:, None] * excess)
    variance = (1 + k) / 4 * np.maximum(growth * (2 + growth), 0)
    psi[mode] += growth * psi[mode] + np.sqrt(variance) * noise
    if k > -1:
        clipped[0] += np.sum((excess < 0)[rate > 0], axis=0)
        clipped[1] += np.count_nonzero(rate)
