"""The emission spectrum of a driven spin, from its output field, against QuTiP's regression.

Deviations are printed (-s), of bands of frequencies of both signs, with standard errors. The line
of the coherent field is left out: records are taken less their mean.
"""

from __future__ import annotations

import numpy as np
import pytest
from outputs import (
    bands,
    detected_apart,
    filtered,
    records,
    spectrum,
    steady_field,
    steady_flux,
    steady_spectrum,
)

from twoqs import Model, Spin, jump
from twoqs.flows.length import mean_weight

pytestmark = pytest.mark.timeout(1200)

EDGES = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0)

WIDTH = 0.1

SPIN, RATE = 10.0, 1 / 20

TOLERANCE, OF_FLUX = 0.07, 0.01
"""Of a band, and of the flux, relative to the regression."""


def test_spectrum_of_a_driven_spin() -> None:
    """Beyond three standard errors within the tolerance; a detector apart is not."""
    one = Spin(SPIN, "a")
    model = Model(hamiltonian=1.5 * one.x, jumps=[jump(one.minus, RATE, label="out")])
    times = np.arange(0, 150, WIDTH)
    fields, vectors = records(model, ("out",), times, blocks=64, skip=300)
    field = fields[:, 0]
    print(f"mean {field.mean() / WIDTH:.4f}, exact {steady_field(model):.4f}")
    omega, power, error = spectrum(field, WIDTH)
    exact = steady_spectrum(model, np.abs(omega)) * filtered(omega, WIDTH)
    expected, _ = bands(omega, exact, error, EDGES)
    found, errors = bands(omega, power, error, EDGES)
    off, sizes = found / expected - 1, errors / expected
    for edge, row, of_row in zip(EDGES, off.T, sizes.T, strict=False):
        pairs = zip(row, of_row, strict=True)
        print(f"  from {edge:.1f}:", *(f"{o:+.3f}({e:.3f})" for o, e in pairs))
    assert np.all(np.abs(off) < TOLERANCE + 3 * sizes)
    flux = np.mean(np.abs(field) ** 2) / WIDTH**2 - 0.5 / WIDTH
    print(f"  flux {flux:.4f}, exact {steady_flux(model, WIDTH):.4f}")
    assert flux == pytest.approx(steady_flux(model, WIDTH), rel=OF_FLUX)
    rng = np.random.default_rng(1)
    apart = detected_apart(vectors[:, :, 0], mean_weight(SPIN), RATE, WIDTH, rng)
    others, _ = bands(*spectrum(apart, WIDTH), EDGES)
    print(f"  apart: off by {np.max(np.abs(others / expected - 1)):.2f}")
    assert np.any(np.abs(others / expected - 1) > 2 * TOLERANCE + 3 * sizes)
