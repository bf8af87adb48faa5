"""Kinds of requests that are made of the records of detectors, by the regression theorem."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model
from twoqs.observe.coherence import G1, G2, Quanta, lag_sums
from twoqs.observe.homodyne import Homodyne
from twoqs.observe.output import bin_duration, bins_of
from twoqs.observe.pieces import RecordPieces
from twoqs.observe.spectrum import EmissionSpectrum
from twoqs.theory.exact.bins import Bins
from twoqs.theory.exact.channels import output_channels
from twoqs.theory.exact.emitted import Emitted, number_correlations
from twoqs.theory.exact.means import Values
from twoqs.theory.master_equation import AtRest
from twoqs.theory.superoperator import Superoperator


@dataclass(frozen=True, eq=False)
class SteadyOutput:
    """The output of a model at rest.

    Attributes:
        model: the model.
        numerics: resolved settings, with a window.
        found: its steady state.
    """

    model: Model
    numerics: Numerics
    found: AtRest

    @cached_property
    def bins(self) -> Bins:
        """Bins of the window."""
        generator = Superoperator.of(*self.found.generators, self.found.space.labels)
        vector = generator.vector(self.found.rho)
        return Bins(generator, vector, bin_duration(self.numerics))

    def channels(self, label: str) -> list[Emitted]:
        """What leaves through each channel of a jump."""
        channels = output_channels(self.model, self.found.space, label)
        return [Emitted.of(self.bins, one.operator) for one in channels]


def resolved(correlations: Complexes | Floats, pieces: RecordPieces) -> Complexes:
    """sum_l R_l C_l exp(i omega l D) over l >= 0, R the correlation of the window with itself.

    So a line has the width and the shape that the pieces of a record give it.
    """
    shares = lag_sums(pieces.weights, pieces.weights, pieces.length).real
    return np.asarray(scipy.fft.ifft(shares * correlations)[pieces.kept])


def spectrum(request: EmissionSpectrum, output: SteadyOutput) -> Values:
    """The incoherent spectrum with the resolution of the record, and the coherent line."""
    pieces = request.pieces(output.numerics)
    name, length = request.name, pieces.length
    pairs = list(zip(*(output.channels(label) for label in request.labels), strict=True))
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


def homodyne(request: Homodyne, output: SteadyOutput) -> Values:
    """1 beside normally and time-ordered correlations of the quadratures.

    <:XX':> and <:YY':> are 2 Re(N +- M), <:XY':> + <:YX':> is 4 Im M, of N = <a^+ a'> and
    M = <a' a>.
    """
    pieces = request.pieces(output.numerics)
    normal, anomalous = [], []
    for one in output.channels(request.homodyne):
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


def g1(request: G1, output: SteadyOutput) -> Values:
    """<a_k^+ a_(k+l)> over that at l = 0."""
    count = request.lags(output.numerics)
    channels = output.channels(request.g1)
    products = np.mean(
        [one.first_order(one, count) + abs(one.mean) ** 2 for one in channels], axis=0
    )
    values = products / products[0].real
    return {f"{request.name}_re": values.real, f"{request.name}_im": values.imag}


def g2(request: G2, output: SteadyOutput) -> Values:
    """<a_k^+ a_(k+l)^+ a_(k+l) a_k> over the square of <a^+a>."""
    count = request.lags(output.numerics)
    channels = output.channels(request.g2)
    number = np.mean([one.number for one in channels])
    products = np.mean([one.second_order(count).real for one in channels], axis=0)
    flux = number / bin_duration(output.numerics)
    return {f"{request.name}_flux": flux, request.name: products / number**2}


def quanta(request: Quanta, output: SteadyOutput) -> Values:
    """<N>, var N = <N> + the sum of all <: n_k n_l :> - <n>^2, and Q."""
    bins, channels = bins_of(output.numerics), output.channels(request.quanta)
    mean = bins * sum(one.number for one in channels)
    connected = number_correlations(channels, bins).real
    pairs = np.where(np.arange(bins) == 0, bins, 2 * (bins - np.arange(bins)))
    excess = float(pairs @ connected)
    name = request.name
    return {
        name: np.array(mean),
        f"{name}_var": np.array(mean + excess),
        f"{name}_mandel": np.array(excess / mean),
    }
