"""Kinds of requests that are about two times of a steady state, by the regression theorem."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.language.pieces import Complexes
from twoqs.observe.dynamic_structure import DynamicStructure
from twoqs.observe.fluctuation_dissipation import (
    FluctuationDissipation,
    dissipation,
    inner,
    temperature,
)
from twoqs.observe.memory import integrated_time
from twoqs.observe.power import PowerSpectrum
from twoqs.observe.response import Response
from twoqs.observe.segments import Segments
from twoqs.observe.two_times import TwoTimes
from twoqs.theory.exact.means import ExactValues
from twoqs.theory.exact.pairs import phases_of
from twoqs.theory.exact.window import SteadyWindow


def exact_two_times(request: TwoTimes, window: SteadyWindow) -> ExactValues:
    """Re <{A(t + tau), B(t)}>/2."""
    a, b = window.matrices(request.texts)
    name, numerics = request.name, window.numerics
    (lags,) = (len(own.values) for own in request.coordinates(window.model, numerics).values())
    connected = window.symmetrised([a], b, lags)[:, 0].real
    product = (window.mean(a) * window.mean(b)).real
    found = {name: connected + product, f"{name}_connected": connected}
    if lags > 1 and request.pair(window.model, numerics).alike:
        found |= _memory(name, integrated_time(connected, window.bins.duration), numerics)
    return found


def exact_power(request: PowerSpectrum, window: SteadyWindow) -> ExactValues:
    """The spectrum of connected correlations, with the resolution of segments."""
    segments, name = request.segments_of(window.numerics), request.name
    a, b = window.matrices(request.texts)
    ahead = window.symmetrised([a], b, segments.length)[:, 0]
    behind = window.symmetrised([b], a, segments.length)[:, 0]
    whole = tapered(ahead.real, behind.real, segments)
    spectrum = whole[: segments.length // 2 + 1]
    if not request.pair(window.model, window.numerics).alike:
        return {name: spectrum.real, f"{name}_imag": spectrum.imag}
    memory = segments.length * segments.step * spectrum[0].real / (2 * whole.real.sum())
    return {name: spectrum.real, **_memory(name, memory, window.numerics)}


def exact_dynamic_structure(request: DynamicStructure, window: SteadyWindow) -> ExactValues:
    """S^ab(q, omega) from the correlations of all pairs of sites."""
    model, segments = window.model, request.segments_of(window.numerics)
    region, waves = request.region(model), request.waves(model)
    phases = phases_of(waves, len(region.sites))
    spins = [window.found.space.components[i] for i in region.sites.tolist()]

    @cache
    def along(a: int, b: int) -> Complexes:
        """<{S_q^a(t + l D), S_-q^b(t)}>/2, shape (lag, q)."""
        later = [one[a] for one in spins]
        columns = [window.symmetrised(later, one[b], segments.length).real for one in spins]
        pairs = np.stack(columns, axis=2)  # (lag, later site, first site)
        return np.asarray(np.einsum("qi,lij,qj->lq", phases, pairs, phases.conj()))

    found = [tapered(along(a, b), along(b, a).conj(), segments) for a, b in request.pairs]
    spectra = np.fft.fftshift(np.array(found), axes=1) / len(spins)
    values = {request.name: waves.ordered(spectra.real)}
    if request.crossed:
        values[f"{request.name}_imag"] = waves.ordered(spectra.imag)
    return values


def exact_response(request: Response, window: SteadyWindow) -> ExactValues:
    """i <[A(t + tau), B(t)]>."""
    a, b = window.matrices(request.texts)
    (lags,) = (
        len(own.values) for own in request.coordinates(window.model, window.numerics).values()
    )
    return {request.name: -window.commuted(a, b, lags).imag}


def exact_fluctuation_dissipation(
    request: FluctuationDissipation, window: SteadyWindow
) -> ExactValues:
    """Of the exact spectrum and the exact response."""
    name, (power, response) = request.name, request.parts(window.numerics)
    segments = power.segments_of(window.numerics)
    spectrum = exact_power(power, window)[power.name][inner(segments)]
    lost = dissipation(exact_response(response, window)[response.name], segments)
    (own,) = request.coordinates(window.model, window.numerics).values()
    with np.errstate(divide="ignore"):  # without dissipation both are infinite
        ratio = spectrum / lost
        warm = temperature(ratio, own.values)
    return {f"{name}_dissipation": lost, name: ratio, f"{name}_temperature": warm}


def tapered(ahead: Complexes | Floats, behind: Complexes | Floats, segments: Segments) -> Complexes:
    """int d tau exp(i omega tau) C(tau), as the taper of segments shows it.

    Args:
        ahead, behind: C at lags from 0 on, and at those down from 0, shape (lag, ...).

    Returns:
        At frequencies in the order of a transform, shape (omega, ...).
    """
    shares = segments.lag_weights.reshape(-1, *[1] * (ahead.ndim - 1))
    both_signs = segments.length * scipy.fft.ifft(shares * ahead, axis=0)
    earlier = shares * behind
    earlier[0] = 0.0  # counted ahead
    return np.asarray(both_signs + scipy.fft.fft(earlier, axis=0))


def _memory(name: str, time: float | Floats, numerics: Numerics) -> ExactValues:
    """The autocorrelation time, and independent samples of the window."""
    assert numerics.average is not None
    start, end = numerics.average
    return {
        f"{name}_autocorrelation_time": np.asarray(time),
        f"{name}_effective_samples": np.asarray((end - start) / (2 * time)),
    }
