"""Initial samples on the sphere of Bloch vectors (s^x, s^y, s^z) of fixed length."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from twoqs.flows.length import concentration, height_spread, mean_weight, of_each, spin_length
from twoqs.methods.independent import independent_vectors
from twoqs.methods.initial import stratified
from twoqs.methods.modes import mode_vectors
from twoqs.model.arrays import Floats, Ints
from twoqs.model.initial import Initial, parts
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.language.members import Member
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.states import Dicke, InitialState, Mixed, Mixture, SpinState, Squeezed, Thermal
from twoqs.model.values import Value, per_site

Sampler: TypeAlias = Callable[[SpinState, Floats, np.random.Generator, int], Floats]
"""Samples of a state of some spins: of (state, S of each, random numbers, lanes)."""


def sample_bloch(model: Model, rng: np.random.Generator, lanes: int, first: int = 0) -> Floats:
    """Initial Bloch vectors of length L = sqrt(S(S+1)).

    Averages of vectors times `mean_weight`, and those of products as they are, are the means and
    the symmetrised second moments of the state.

    Args:
        first: number of the first of these trajectories.

    Returns:
        Array of shape (3, site, lane).
    """
    if isinstance(model.initial, Samples):
        return model.initial.vectors[:, :, first : first + lanes]
    assert isinstance(model.initial, Initial)
    vectors = [
        _of_modes(state, sum(member.n_sites for member in members), rng, lanes)
        if isinstance(state, ModeState)
        else _vectors(kinds_of_members(members), state, spins_of(members), rng, lanes)
        for state, members in parts(model.initial, model.members)
    ]
    return np.concatenate(vectors, axis=1)


def spins_of(members: Sequence[Member]) -> Floats:
    """S of every spin of some members, shape (site,)."""
    return np.concatenate([np.full(member.n_sites, member.spin) for member in members])


def _of_modes(state: ModeState, sites: int, rng: np.random.Generator, lanes: int) -> Floats:
    """Samples of so many modes that have the state."""
    covariance = np.tile(state.covariance, (sites, 1, 1))
    return mode_vectors(np.full(sites, state.alpha), covariance, rng, lanes)


def kinds_of_members(members: Sequence[Member]) -> Ints:
    """What every site of some members is, shape (site,)."""
    return np.concatenate([np.full(member.n_sites, member.kind) for member in members])


def _vectors(
    kinds: Ints, state: SpinState, spins: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """Samples of a state of these spins, shape (3, site, lane)."""
    loose = kinds == ENSEMBLE
    if np.any(loose) and isinstance(state, Thermal | Mixed):
        vectors = np.empty((3, len(spins), lanes))
        if not np.all(loose):
            vectors[:, ~loose] = _vectors(kinds[~loose], state, spins[~loose], rng, lanes)
        vectors[:, loose] = _of_members(state, spins[loose], rng, lanes)
        return vectors
    match state:
        case InitialState():
            return directed(coherent_vectors(spins, rng, lanes), state.theta, state.phi)
        case Dicke():
            m = np.full((len(spins), lanes), state.m)
            return directed(ring(heights(m, spins, rng), spins, rng), state.theta, state.phi)
        case Thermal():
            m = thermal_levels(state.beta, spins, rng, lanes)
            return directed(ring(heights(m, spins, rng), spins, rng), state.theta, state.phi)
        case Mixed():
            place = 2 * stratified(rng, (len(spins), lanes)) - 1
            return ring(place * of_each(spin_length, spins)[:, None], spins, rng)
        case Squeezed():
            vectors = squeezed_vectors(state, spins, rng, lanes)
            return directed(vectors, state.theta, state.phi)
        case Mixture():
            return drawn(partial(_vectors, kinds), state, spins, rng, lanes)
        case Samples():
            raise AssertionError("samples are of all spins together")


def _of_members(
    state: Thermal | Mixed, spins: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """Samples of ensembles each member of which has the state."""
    if isinstance(state, Mixed):
        return independent_vectors(0.0, spins, rng, lanes)
    return directed(independent_vectors(state.beta, spins, rng, lanes), state.theta, state.phi)


def drawn(
    sample: Sampler, state: Mixture, spins: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """One of the states of a mixture for each trajectory, of all spins or of each.

    Args:
        sample: of one of its states, spins, random numbers and lanes.
    """
    weights = np.array([weight for weight, _ in state.states])
    uniform = stratified(rng, (len(spins) if state.each else 1, lanes))
    ends = np.cumsum(weights)[:-1] / weights.sum()
    choice = np.searchsorted(ends, uniform, side="right")
    samples = [sample(one, spins, rng, lanes) for _, one in state.states]
    return np.choose(np.broadcast_to(choice, samples[0].shape), samples)


def coherent_vectors(spins: Floats, rng: np.random.Generator, lanes: int) -> Floats:
    """Vectors of coherent states along z: their Wigner function.

    Drawn from the Gaussian of the sphere, exp(kappa s.n/L) with n along the state (von Mises and
    Fisher), kappa such that the transverse variances are S/2 each; then the longitudinal square is
    S^2, as it should be, too. The mean is S - 1/(8S), which `mean_weight` makes up for.

    Returns:
        Array of shape (3, site, lane), as of all functions here.
    """
    length, kappa, largest = (
        of_each(function, spins)[:, None]
        for function in (spin_length, concentration, lambda s: math.expm1(-2 * concentration(s)))
    )
    size = (len(spins), lanes)
    # 1 - cos(polar angle) is exponential with the rate kappa, cut off at 2.
    deficit = -np.log1p(stratified(rng, size) * largest) / kappa
    transverse = length * np.sqrt(deficit * (2 - deficit))
    azimuth = 2 * np.pi * stratified(rng, size)
    return np.stack(
        [transverse * np.cos(azimuth), transverse * np.sin(azimuth), length * (1 - deficit)]
    )


def squeezed_vectors(
    state: Squeezed, spins: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """Vectors of squeezed states along z: those of coherent ones, stretched across it.

    What is longer than the sphere is wide becomes as long.
    """
    length = of_each(spin_length, spins)[:, None]
    x, y, z = coherent_vectors(spins, rng, lanes)
    x, y = math.sqrt(state.variances[0]) * x, math.sqrt(state.variances[1]) * y
    x, y = (
        math.cos(state.angle) * x - math.sin(state.angle) * y,
        math.sin(state.angle) * x + math.cos(state.angle) * y,
    )
    across = np.hypot(x, y)
    shrunk = np.minimum(1.0, length / across)
    along = np.copysign(np.sqrt(np.maximum(0.0, (length - across) * (length + across))), z)
    return np.stack([shrunk * x, shrunk * y, along])


def thermal_levels(beta: float, spins: Floats, rng: np.random.Generator, lanes: int) -> Floats:
    """m = -S..S with the weights exp(-beta m), shape (site, lane)."""
    levels = 2 * spins[:, None] + 1
    uniform = stratified(rng, (len(spins), lanes))
    if beta == 0.0:
        steps = uniform * levels
    else:
        rate = abs(beta)
        steps = -np.log1p(uniform * np.expm1(-rate * levels)) / rate
    m = np.clip(np.floor(steps), 0, levels - 1) - spins[:, None]
    return -m if beta < 0 else m


def heights(m: Floats, spins: Floats, rng: np.random.Generator) -> Floats:
    """Heights of rings for the eigenvalues m of S^z, shape (site, lane).

    Two for each m, half of the trajectories at each, with the mean m over `mean_weight` and the
    mean square m^2: so that <S^z> = m, and the variance is zero.
    """
    weight, spread = (of_each(f, spins)[:, None] for f in (mean_weight, height_spread))
    side = np.where(stratified(rng, (len(spins), m.shape[1])) < 0.5, -1.0, 1.0)
    return np.asarray(m / weight + side * spread * m)


def ring(height: Floats, spins: Floats, rng: np.random.Generator) -> Floats:
    """Vectors of these heights along z, with uniform azimuth."""
    length = of_each(spin_length, spins)[:, None]
    z = np.clip(height, -length, length)  # which m = S reaches, to rounding
    across = np.sqrt((length - z) * (length + z))
    azimuth = 2 * np.pi * stratified(rng, (len(spins), height.shape[1]))
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), z])


def directed(vectors: Floats, theta: Value, phi: Value) -> Floats:
    """Vectors turned from z to the directions (theta, phi), one or one for each site."""
    x, y, z = vectors
    polar, azimuth = (per_site(angle, len(x))[:, None] for angle in (theta, phi))
    x, z = np.cos(polar) * x + np.sin(polar) * z, np.cos(polar) * z - np.sin(polar) * x
    x, y = np.cos(azimuth) * x - np.sin(azimuth) * y, np.sin(azimuth) * x + np.cos(azimuth) * y
    return np.stack([x, y, z])
