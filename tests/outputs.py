"""Records of output fields, and what QuTiP says of them."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import qutip

from twoqs import Model
from twoqs.methods.numerics import Numerics, resolve
from twoqs.observe.field import MeanOutput
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import Segment

FINE = 10
"""Times in a bin at which QuTiP tells means."""


def records(model, taps, times, blocks, seed=1, skip=0, **settings):
    """int dout over bins of equal length, and Bloch vectors at their ends.

    Args:
        times: ends of bins, from 0 on.
        skip: bins at the start that are left out.
        settings: others of `Numerics`.

    Returns:
        Fields of shape (bin, channel, lane), complex, and vectors of shape (bin, 3, site, lane).
    """
    requests = tuple(MeanOutput(label, label) for label in taps)
    numerics = resolve(model, Numerics(times=(float(times[-1]),), requests=requests, **settings))
    width = times[1] - times[0]
    steps = math.ceil(width / numerics.step)
    fields, vectors = [], []
    for one in np.random.SeedSequence(seed).spawn(blocks):
        block = TrajectoryBlock(model, numerics, one)
        kept = []
        for start in times[:-1].tolist():
            block.advance(Segment(start, (), steps, width / steps, True))
            block.measure()
            fields_of_bin = block.trajectories.memory.fields
            kept.append((fields_of_bin.copy(), block.bloch[:3].copy()))
            fields_of_bin[:] = 0.0
        fields.append(np.array([field for field, _ in kept[skip:]]))
        vectors.append(np.array([vector for _, vector in kept[skip:]]))
    joined = np.concatenate(fields, axis=-1)
    return joined[:, :, 0] + 1j * joined[:, :, 1], np.concatenate(vectors, axis=-1)


def operators(model, photons=None):
    """H and sqrt(2G) c of each jump."""
    return model.to_qutip(photons=photons)


def mean_fields(model, start, times, photons=None):
    """sqrt(2G) <c> of each jump, averaged over bins, shape (bin, jump)."""
    energy, jumps = operators(model, photons)
    fine = np.linspace(times[0], times[-1], FINE * (len(times) - 1) + 1)
    found = qutip.mesolve(energy, start, fine, c_ops=jumps, e_ops=jumps).expect
    inner = np.lib.stride_tricks.sliding_window_view(np.array(found), FINE + 1, axis=1)[:, ::FINE]
    return np.trapezoid(inner, dx=1 / FINE, axis=2).T


@lru_cache(maxsize=2)
def steady(model: Model):
    """The operators of a model with one jump, and its steady state."""
    energy, jumps = operators(model)
    return energy, jumps[0], qutip.steadystate(energy, jumps)


def steady_field(model):
    """sqrt(2G) <c> in the steady state."""
    _, jump, state = steady(model)
    return complex(qutip.expect(jump, state))


def steady_spectrum(model, omega):
    """int <dc^+(t) dc(0)> e^(-i omega t) dt of the incoherent part, for each omega."""
    energy, jump, state = steady(model)
    mean = qutip.expect(jump, state)
    return qutip.spectrum(energy, omega, [jump], jump.dag() - np.conj(mean), jump - mean)


def steady_flux(model, width):
    """The mean flux of a bin: int int <c^+(t) c(t')> dt dt' over its length squared."""
    energy, jump, state = steady(model)
    lags = np.linspace(0, width, 41)
    found = qutip.correlation_2op_1t(energy, state, lags, [jump], jump.dag(), jump).real
    return 2 * float(np.trapezoid((width - lags) * found, lags)) / width**2


def spectrum(field, width):
    """Angular frequencies, the power of records (bin, lane) without the vacuum, and its error.

    That of records less their mean over all bins and lanes, by a Hann window.
    """
    window = np.hanning(len(field))
    window /= np.sqrt(np.sum(window**2) * width)
    power = np.abs(np.fft.fft((field - field.mean()) * window[:, None], axis=0)) ** 2
    omega = 2 * np.pi * np.fft.fftfreq(len(field), width)
    return omega, power.mean(axis=1) - 0.5, power.std(axis=1) / math.sqrt(field.shape[1])


WINDOWED = 1.9
"""Variances of a mean over neighbouring frequencies grow by the overlap of a Hann window."""


def bands(omega, power, error, edges):
    """Means over bands of frequencies, both signs, and their errors: two rows of each."""
    found = []
    for sign in (1, -1):
        inside = [(sign * omega > a) & (sign * omega <= b) for a, b in pairwise(edges)]
        found.append([
            (power[k].mean(), math.sqrt(WINDOWED * np.sum(error[k] ** 2)) / np.sum(k))
            for k in inside
        ])  # fmt: skip
    return np.moveaxis(np.array(found), 2, 0)


def filtered(omega, width):
    """What bins of this length leave of a spectrum."""
    return np.sinc(omega * width / (2 * np.pi)) ** 2


def detected_apart(vectors, weight, rate, width, rng):
    """Negative control: records of s^- with a noise of their own, not that of the system."""
    lowering = weight * (vectors[:, 0] - 1j * vectors[:, 1])
    noise = rng.normal(size=(2, *lowering.shape)) * math.sqrt(width) / 2
    return math.sqrt(2 * rate) * lowering * width + noise[0] + 1j * noise[1]
