"""Power and spectra of what leaves through a jump, against textbooks and QuTiP's regression."""

from __future__ import annotations

import math

import numpy as np
from outputs import bands, detected_apart, filtered, records, spectrum, steady_spectrum

from twoqs import Mode, Model, Spin, jump
from twoqs.flows.length import mean_weight

A, C = Spin(10, "a"), Mode("c")
RATE = 1 / 20


def test_light_of_a_thermal_mode():
    """2G <c^+ c> of both jumps of a bath: n = 0.3/(0.8 - 0.3), the modes' moments exact."""
    jumps = [jump(C.a, 0.8, label="down"), jump(C.adag, 0.3, label="up")]
    width = 0.1
    fields, _ = records(Model(jumps=jumps), ("down", "up"), np.arange(0, 40, width), 32, skip=100)
    flux = np.mean(np.abs(fields) ** 2, axis=0) / width**2 - 0.5 / width
    error = flux.std(axis=-1) / math.sqrt(flux.shape[-1])
    # int int g1 over a bin, g1 = exp(-0.5 |t|): 1 - 0.5 width/3
    exact = np.array([2 * 0.8 * 0.6, 2 * 0.3 * 1.6]) * (1 - 0.5 * width / 3)
    assert np.all(np.abs(flux.mean(axis=-1) - exact) < 0.002 + 3 * error)
    assert np.all(error < 0.03)


def test_squeezing_of_a_parametric_mode():
    """Spectra of both quadratures of the field, half below threshold, against the textbook.

    H = i e (a^+2 - a^2)/2 and the loss G: 1 +- 4 G e/((G -+ e)^2 + omega^2) of the vacuum's.
    """
    loss, e, width = 0.5, 0.25, 0.2
    energy = 0.5j * e * (C.adag**2 - C.a**2)
    model = Model(hamiltonian=energy, jumps=[jump(C.a, loss, label="out")])
    fields, _ = records(model, ("out",), np.arange(0, 80, width), blocks=16, skip=100)
    for quadrature, sign in ((fields.real, 1), (fields.imag, -1)):
        omega, power, error = spectrum(quadrature[:, 0], width)
        found, errors = bands(omega, 4 * (power + 0.5), 4 * error, (0.3, 0.6, 1.0, 2.0, 4.0))
        light = sign * 4 * loss * e / ((loss - sign * e) ** 2 + omega**2)
        exact, _ = bands(omega, 1 + light * filtered(omega, width), error, (0.3, 0.6, 1, 2, 4))
        assert np.all(np.abs(found - exact) < 0.02 * exact + 3 * errors)
        assert np.all(errors < 0.03 * exact)


DRIVEN = Model(hamiltonian=1.5 * A.x, jumps=[jump(A.minus, RATE, label="out")])

EDGES = (0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)


def test_emission_spectrum_of_the_driven_spin():
    """Within 7 % of QuTiP's regression, both signs, whatever the spin's own error."""
    model, width = DRIVEN, 0.1
    fields, vectors = records(model, ("out",), np.arange(0, 110, width), 16, skip=200)
    omega, power, error = spectrum(fields[:, 0], width)
    exact = steady_spectrum(model, np.abs(omega)) * filtered(omega, width)
    expected, _ = bands(omega, exact, error, EDGES)
    found, errors = bands(omega, power, error, EDGES)
    assert np.all(np.abs(found - expected) < 0.07 * expected + 3 * errors)
    assert np.all(errors[:, :6] < 0.05 * expected[:, :6])
    # Negative control: a detector with noise of its own.
    rng = np.random.default_rng(1)
    apart = detected_apart(vectors[:, :, 0], mean_weight(10.0), RATE, width, rng)
    others, _ = bands(*spectrum(apart, width), EDGES)
    assert np.any(np.abs(others - expected) > 2 * (0.07 * expected + 3 * errors))
