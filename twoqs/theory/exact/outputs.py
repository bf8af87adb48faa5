"""Kinds of requests that are made of the records of detectors, by the regression theorem."""

from __future__ import annotations

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.model.arrays import Floats
from twoqs.model.language.pieces import Complexes
from twoqs.observe.coherence import G1, G2, Quanta
from twoqs.observe.homodyne import Homodyne
from twoqs.observe.output import bin_duration, bins_of
from twoqs.observe.pieces import RecordPieces
from twoqs.observe.segments import lag_sums
from twoqs.observe.spectrum import EmissionSpectrum
from twoqs.theory.exact.emitted import number_correlations
from twoqs.theory.exact.means import ExactValues
from twoqs.theory.exact.window import SteadyWindow

DARK = 1e-14
"""Quanta in a bin, below which there are none but for rounding."""


def resolved(correlations: Complexes | Floats, pieces: RecordPieces) -> Complexes:
    """sum_l R_l C_l exp(i omega l D) over l >= 0, R the correlation of the window with itself.

    So a line has the width and the shape that the pieces of a record give it.
    """
    shares = lag_sums(pieces.weights, pieces.weights, pieces.length).real
    return np.asarray(scipy.fft.ifft(shares * correlations)[pieces.kept])


def exact_spectrum(request: EmissionSpectrum, window: SteadyWindow) -> ExactValues:
    """The incoherent spectrum with the resolution of the record, and the coherent line."""
    pieces = request.pieces(window.numerics)
    name, length = request.name, pieces.length
    pairs = list(zip(*(window.channels(label) for label in request.labels), strict=True))
    found = []
    for pair in pairs:
        one, other = pair[0], pair[-1]
        ahead = one.first_order(other, length)
        behind = other.first_order(one, length) if request.crossed else ahead.copy()
        behind[0] = 0.0  # counted ahead
        found.append(resolved(ahead, pieces) + np.conj(resolved(behind, pieces)))
    values = np.mean(found, axis=0) / pieces.attenuation
    if request.crossed:
        return {f"{name}_re": values.real, f"{name}_im": values.imag}
    line = np.mean([abs(one.mean) ** 2 for one, *_ in pairs]) / pieces.step
    flux = pieces.resolution / (2 * np.pi) * values.real.sum()
    return {name: values.real, f"{name}_coherent": line, f"{name}_incoherent": flux}


def exact_homodyne(request: Homodyne, window: SteadyWindow) -> ExactValues:
    """1 beside normally and time-ordered correlations of the quadratures.

    <:XX':> and <:YY':> are 2 Re(N +- M), <:XY':> + <:YX':> is 4 Im M, of N = <a^+ a'> and
    M = <a' a>.
    """
    pieces = request.pieces(window.numerics)
    normal, anomalous = [], []
    for one in window.channels(request.homodyne):
        normal.append(one.first_order(one, pieces.length).real)
        anomalous.append(one.anomalous(pieces.length))
    n, m_re, m_im = (
        _even(np.mean(part, axis=0), pieces)
        for part in (normal, np.real(anomalous), np.imag(anomalous))
    )
    return {request.name: request.turned(1 + 2 * (n + m_re), 1 + 2 * (n - m_re), 2 * m_im)}


def _even(correlations: Floats, pieces: RecordPieces) -> Floats:
    """The transform of what is the same at negative lags, before the integration over bins."""
    twice = 2 * correlations
    twice[0] /= 2
    return np.asarray(resolved(twice, pieces).real / pieces.attenuation)


def exact_g1(request: G1, window: SteadyWindow) -> ExactValues:
    """<a_k^+ a_(k+l)> over that at l = 0."""
    count = request.lags(window.numerics)
    channels = window.channels(request.g1)
    products = np.mean(
        [one.first_order(one, count) + abs(one.mean) ** 2 for one in channels], axis=0
    )
    values = products / (products[0].real if products[0].real > DARK else np.nan)
    return {f"{request.name}_re": values.real, f"{request.name}_im": values.imag}


def exact_g2(request: G2, window: SteadyWindow) -> ExactValues:
    """<a_k^+ a_(k+l)^+ a_(k+l) a_k> over the square of <a^+a>; NaN where nothing is emitted."""
    count = request.lags(window.numerics)
    channels = window.channels(request.g2)
    number = np.mean([one.number for one in channels])
    products = np.mean([one.second_order(count).real for one in channels], axis=0)
    flux = number / bin_duration(window.numerics)
    square = (number if number > DARK else np.nan) ** 2
    return {f"{request.name}_flux": flux, request.name: products / square}


def exact_quanta(request: Quanta, window: SteadyWindow) -> ExactValues:
    """<N>, var N = <N> + the sum of all <: n_k n_l :> - <n>^2, and Q."""
    bins, channels = bins_of(window.numerics), window.channels(request.quanta)
    mean = bins * sum(one.number for one in channels)
    connected = number_correlations(channels, bins).real
    pairs = np.where(np.arange(bins) == 0, bins, 2 * (bins - np.arange(bins)))
    excess = float(pairs @ connected)
    name = request.name
    return {
        name: np.array(mean),
        f"{name}_var": np.array(mean + excess),
        f"{name}_mandel": np.array(excess / (mean if mean > bins * DARK else np.nan)),
    }
