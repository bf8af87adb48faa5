"""Our own Fourier transform: correlations against direct sums, spectra against NumPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from twoqs.kernels import fourier, moments
from twoqs.kernels.compile.jit import LANES, jit
from twoqs.kernels.compile.memory import ALIGNMENT, aligned
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.kernels.radices import fourier_plan, scratch_rows, waves_of
from twoqs.model.lattice import Lattice
from twoqs.simulation.spectrum import Spectrum

CHAINS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 25, 30, 49, 60, 97, 100, 101]
SHAPES = [(n,) for n in CHAINS] + [(3, 4), (5, 2), (10, 3, 2)]

ROUNDING = 1e-13
"""Relative to the largest value."""


@njit
def add_power(spins, plan, scratch, power):
    fourier.add_power(spins, plan, scratch, power)


@njit
def bloch_of_vectors(state, bloch, finite):
    moments.bloch_of_vectors(state, bloch, finite)


def add(spectrum, spins):
    """Add one sample of shape (3 or more, site, lane)."""
    add_power(spins, spectrum.plan, spectrum.scratch, spectrum.power)


def lattice(shape, periodic):
    """Without bonds, and so of any size: lattices with bonds have no rings of one or two sites."""
    kind = ("chain", "square", "cubic")[len(shape) - 1]
    return Lattice(kind, shape, periodic, np.empty((0, 2), np.int64), np.empty(0))


def sample(sites, seed=0, real=np.float64):
    """Components and length of the spins; a mean keeps correlations away from zero."""
    spins = aligned((4, sites, LANES), real)
    spins[:] = np.random.default_rng(seed).normal(0.5, 1.0, spins.shape)
    return spins


def directly(spins, lattice):
    """Sums of products at all distances, shape (row, 3, distance)."""
    n = lattice.shape[0]
    s = spins[:3].astype(np.float64).reshape(3, n, -1, ROWS, GROUP)
    sums = []
    for distance in lattice.distances:
        products = s * np.roll(s, -distance, axis=1)
        kept = products if lattice.periodic else products[:, : n - distance]
        sums.append(kept.sum(axis=(1, 2, 4)).T)
    return np.stack(sums, axis=2)


def deviation(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def power_of(spins, plan):
    power = np.zeros((3, ROWS, math.prod(plan.radices)))
    add_power(spins, plan, aligned((scratch_rows(plan), GROUP)), power)
    return power


def power_by_numpy(spins, plan):
    """Sums of squares, shape (component, row, wave)."""
    s = spins[:3].astype(np.float64).reshape(3, plan.sites, -1, ROWS, GROUP)
    pairs = s[..., : GROUP // 2] + 1j * s[..., GROUP // 2 :]
    squares = np.abs(np.fft.fft(pairs, n=math.prod(plan.radices), axis=1)) ** 2
    return np.moveaxis(squares.sum(axis=(2, 4)), 1, 2)


@pytest.mark.parametrize("real", [np.float64, np.float32])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_correlations_are_the_direct_sums(shape, periodic, real):
    grid = lattice(shape, periodic)
    spectrum, expected = Spectrum(grid), 0.0
    for seed in range(2):
        spins = sample(grid.n_sites, seed, real)
        add(spectrum, spins)
        expected = expected + directly(spins, grid)
    found = spectrum.take()
    assert found.shape == (ROWS, 3, len(grid.distances))
    assert deviation(found, expected) < ROUNDING
    # Taken is taken.
    assert not spectrum.take().any()


@pytest.mark.parametrize("shape", [(10,), (11,), (100,), (101,), (6, 5)], ids=str)
def test_other_correlations_are_seen(shape):
    """Negative control: open ends are told from periodic ones, and one changed spin is seen."""
    ring, strip = lattice(shape, True), lattice(shape, False)
    spins = sample(ring.n_sites)
    spectrum = Spectrum(ring)
    add(spectrum, spins)
    found = spectrum.take()
    assert deviation(found, directly(spins, strip)[:, :, : found.shape[2]]) > 1e-3
    spins[1, -1, -1] += 1e-6
    assert deviation(found, directly(spins, ring)) > ROUNDING


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("sites", [*CHAINS, 32, 81, 125, 600, 1000, 1024])
def test_spectra_are_those_of_numpy(sites, padded):
    plan, spins = fourier_plan(sites, padded), sample(sites)
    found, expected = power_of(spins, plan), power_by_numpy(spins, plan)
    assert deviation(found, expected[:, :, waves_of(plan.radices.tolist())]) < ROUNDING
    # Negative control: the order matters, but that one site has the same at all waves.
    assert sites == 1 or deviation(found, expected) > 1e-3


@pytest.mark.parametrize("sites", range(1, 200))
def test_plans_are_long_enough(sites):
    for padded in (False, True):
        plan = fourier_plan(sites, padded)
        length = math.prod(plan.radices)
        assert len(plan.radices) >= 2
        assert sorted(waves_of(plan.radices.tolist())) == list(range(length))
        if padded or length != sites:
            assert plan.radices[0] == 2
            assert length >= 2 * sites


def test_diverged_trajectories_count_as_zero():
    ring = lattice((11,), True)
    state = sample(11)
    finite = state.copy()
    state[0, 3, 5] = np.nan
    state[2, 7, 40] = np.inf
    finite[:, :, [5, 40]] = 0.0
    bloch, mask = aligned((4, 11, LANES)), np.empty(LANES)
    bloch_of_vectors(state[:3], bloch, mask)
    spectrum = Spectrum(ring)
    add(spectrum, bloch)
    assert np.count_nonzero(mask) == LANES - 2
    assert deviation(spectrum.take(), directly(finite, ring)) < ROUNDING


def test_scratch_may_hold_anything():
    for sites, padded in [(100, False), (7, True), (97, True)]:
        plan, spins, powers = fourier_plan(sites, padded), sample(sites), []
        for content in (0.0, np.nan):
            power = np.zeros((3, ROWS, math.prod(plan.radices)))
            add_power(spins, plan, np.full((scratch_rows(plan), GROUP), content), power)
            powers.append(power)
        np.testing.assert_array_equal(*powers)


def test_memory_around_is_left_alone():
    """The kernel calculates addresses by itself."""
    for sites, padded in [(1, True), (4, True), (97, True), (100, False), (1000, False)]:
        plan, spins = fourier_plan(sites, padded), sample(sites)
        rows, waves = scratch_rows(plan), math.prod(plan.radices)
        scratch, power = np.full((rows + 2, GROUP), 7.0), np.full((5, ROWS, waves), 7.0)
        before = spins.copy()
        power[1:4] = 0.0
        add_power(spins, plan, scratch[1:-1], power[1:4])
        assert (scratch[[0, -1]] == 7.0).all()
        assert (power[[0, -1]] == 7.0).all()
        np.testing.assert_array_equal(spins, before)


@jit
def two_samples(first, second, plan, scratch, power):
    fourier.add_power(first, plan, scratch, power)
    fourier.add_power(second, plan, scratch, power)


def test_other_kernels_can_call_it():
    plan, first, second = fourier_plan(30, False), sample(30, 1), sample(30, 2)
    power = np.zeros((3, ROWS, 30))
    two_samples(first, second, plan, aligned((scratch_rows(plan), GROUP)), power)
    assert deviation(power, power_of(first, plan) + power_of(second, plan)) < ROUNDING


def test_only_contiguous_rows_of_real_numbers_are_taken():
    plan, spins = fourier_plan(10, False), sample(20)
    with pytest.raises(TypingError, match="contiguous"):
        power_of(spins[:, ::2], plan)
    with pytest.raises(TypingError, match="real numbers"):
        power_of(spins[:, :10].astype(np.int64), plan)


@pytest.mark.parametrize("real", [np.float64, np.float32])
def test_aligned_arrays(real):
    for sites in (1, 3, 1000):
        array = aligned((4, sites, LANES), real)
        assert array.shape == (4, sites, LANES)
        assert array.dtype == real
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.ctypes.data % ALIGNMENT == 0
