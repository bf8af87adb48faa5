"""Spectra of pieces by the kernel, against NumPy's transforms of the whole record."""

from __future__ import annotations

import numpy as np
import pytest

from twoqs.kernels.compile.jit import LANES
from twoqs.methods.request import SamplesOfCall
from twoqs.observe.piece_sums import PieceSums
from twoqs.observe.pieces import RecordPieces
from twoqs.observe.spectrum import EmissionSpectrum

ROUNDING = 1e-11
"""Of sums of some hundred numbers of 1e-16 each."""


def samples_of(fields, first, end):
    count = end - first
    finite = np.ones((count, LANES))
    finite[:, 3] = 0.0
    return SamplesOfCall(first, (0.0,) * count, (0,) * count, fields, finite, fields[first:end])


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize(
    ("length", "bins", "window"), [(8, 50, "hann"), (30, 200, "hann"), (160, 400, "none")]
)
def test_sums_are_those_of_the_record(length, bins, window, crossed):
    pieces = RecordPieces(bins, 0.1, length, window)
    channels = [np.array([2, 0]), np.array([1, 3])][: 1 + crossed]
    fields = np.random.default_rng(1).normal(size=(bins + 1, 4, 2, LANES))
    fields[30:, :, :, 3] = np.nan
    found = []
    sums = PieceSums(pieces, channels, 2, found.append)
    for first, end in ((0, 7), (7, 20), (20, 41), (41, bins + 1)):
        sums.add_all(samples_of(fields, first, end))
    sums.finish()
    fields[:, :, :, 3] = 0.0
    records = [(fields[1:, own, 0] + 1j * fields[1:, own, 1]) / np.sqrt(0.1) for own in channels]
    one, other = (_transforms(pieces, record) for record in (records[0], records[-1]))
    normal = (np.conj(one) * other).sum(axis=(0, 2))[pieces.kept]
    anomalous = (one * one[:, -np.arange(length) % length]).sum(axis=(0, 2))[pieces.kept]
    scale = np.abs(normal).max()
    for k, expected in enumerate((normal, anomalous)):
        assert np.abs(found[0].real[k] + 1j * found[0].imag[k] - expected).max() < ROUNDING * scale
    for mean, record in zip(found[0].means, records, strict=True):
        assert np.abs(mean[:, 0] + 1j * mean[:, 1] - record.mean(axis=0)).max() < ROUNDING


def _transforms(pieces, record):
    cut = [record[start : start + pieces.length] for start in pieces.starts]
    weighted = np.array(cut) * pieces.weights[:, None, None]
    return np.fft.ifft(weighted, axis=1, norm="ortho")


def test_lengths_have_fast_transforms():
    """31 and 97 bins would take as many numbers each for each frequency."""
    assert EmissionSpectrum("light", "decay").pieces_of(250, 0.1).length == 30
    whole = EmissionSpectrum("light", "decay", resolution=2 * np.pi / (97 * 0.1), window="none")
    assert whole.pieces_of(97, 0.1).length == 96
