"""Initial states as density matrices; the basis of each spin starts at m = +S, as QuTiP's."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, reduce

import numpy as np
import qutip
from scipy import optimize

from twoqs.errors import ArgumentError, TwoqsError
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.mode_states import ModeState
from twoqs.model.samples import Samples
from twoqs.model.states import AnyState, Dicke, InitialState, Mixture, PureState, Squeezed, Thermal
from twoqs.model.values import Value, per_site
from twoqs.theory.decay import coherent_populations
from twoqs.theory.exponential import Matrix
from twoqs.theory.factors import EnsembleFactor, Factor, SpinFactor

OFF_DIAGONAL = 1e-12
"""Elements of a diagonal matrix off the diagonal: of cos(pi/2), which is not zero in floats."""


def density(state: AnyState, factors: Sequence[Factor]) -> Matrix:
    """The density matrix of a state of some sites, shape (d, d).

    That of an ensemble with processes of its members is the state of a spin N/2.

    Raises:
        ArgumentError: for samples.
        TwoqsError: for a squeezed state with variances that no matrix of its form has.
    """
    if isinstance(state, Samples):
        raise ArgumentError.of("initial", "be no samples for a density matrix", state)
    if isinstance(state, ModeState):
        return tensor_product(gaussian_density(state, factor.size) for factor in factors)
    spins = [factor.spin for factor in factors if isinstance(factor, SpinFactor | EnsembleFactor)]
    sizes = [factor.size for factor in factors]
    return _padded(_of_spins(state, spins), [round(2 * spin) + 1 for spin in spins], sizes)


def populations(state: AnyState, factors: Sequence[Factor]) -> Floats | None:
    """The diagonal of `density`, shape (d,), if the rest of it is zero; None if it is not."""
    if isinstance(state, Samples):
        return None
    if isinstance(state, ModeState):
        wholes = [gaussian_density(state, factor.size) for factor in factors]
    elif isinstance(state, Mixture) and not state.each and len(factors) > 1:
        return None
    else:
        spins = [
            factor.spin for factor in factors if isinstance(factor, SpinFactor | EnsembleFactor)
        ]
        wholes = [_of_spins(_at_one(state, i, len(spins)), [spin]) for i, spin in enumerate(spins)]
    found: Floats = np.ones(1)
    for rho, factor in zip(wholes, factors, strict=True):
        diagonal = np.diagonal(rho).real
        if np.max(np.abs(rho - np.diag(diagonal))) > OFF_DIAGONAL:
            return None
        padded = np.pad(diagonal, (0, factor.size - len(diagonal)))
        found = np.asarray(np.kron(found, padded))
    return found


def _at_one(state: PureState | Mixture, site: int, count: int) -> PureState | Mixture:
    if not isinstance(state, Mixture):
        return _at(state, site, count)
    return replace(state, states=tuple((w, _at(one, site, count)) for w, one in state.states))


def _padded(rho: Matrix, sizes: list[int], larger: list[int]) -> Matrix:
    """The matrix in larger spaces, where the states that there are come first."""
    if sizes == larger:
        return rho
    more = [(0, new - old) for old, new in zip(sizes, larger, strict=True)]
    whole = np.pad(rho.reshape(*sizes, *sizes), [*more, *more])
    return np.asarray(whole.reshape(math.prod(larger), -1))


def _of_spins(state: PureState | Mixture, spins: Sequence[float]) -> Matrix:
    if not isinstance(state, Mixture):
        return _product(state, spins)
    total = math.fsum(weight for weight, _ in state.states)
    weighted = [(weight / total, one) for weight, one in state.states]
    if not state.each:
        return _sum(weight * _product(one, spins) for weight, one in weighted)
    sites = range(len(spins))
    return tensor_product(
        _sum(w * _product(_at(one, i, len(spins)), [spins[i]]) for w, one in weighted)
        for i in sites
    )


def tensor_product(matrices: Iterable[Matrix]) -> Matrix:
    """The matrix of independent spins, the first of which are the first factors."""
    return reduce(lambda one, other: np.asarray(np.kron(one, other)), matrices)


def _sum(matrices: Iterable[Matrix]) -> Matrix:
    return np.asarray(sum(matrices))


def _at(state: PureState, site: int, count: int) -> PureState:
    """The state of one of several spins."""
    if not isinstance(state, InitialState):
        return state
    return InitialState(*(float(per_site(a, count)[site]) for a in (state.theta, state.phi)))


def _product(state: PureState, spins: Sequence[float]) -> Matrix:
    if isinstance(state, InitialState):
        psi = _coherent(state.theta, state.phi, spins)
        return np.outer(psi, psi.conj())
    return tensor_product(_of_one(state, spin) for spin in spins)


def _coherent(theta: Value, phi: Value, spins: Sequence[float]) -> Complexes:
    psi = np.ones(1, dtype=complex)
    angles = (per_site(angle, len(spins)) for angle in (theta, phi))
    for spin, polar, azimuth in zip(spins, *angles, strict=True):
        excited = np.arange(round(2 * spin) + 1)
        site = np.sqrt(coherent_populations(spin, polar)) * np.exp(-1j * azimuth * excited)
        psi = np.kron(psi, site[::-1])
    return psi


@lru_cache(maxsize=16)
def _of_one(state: PureState, spin: float) -> Matrix:
    """One spin, in the frame of the state and then turned to its direction."""
    m = spin - np.arange(round(2 * spin) + 1)
    match state:
        case Dicke():
            populations = np.where(m == state.m, 1.0, 0.0)
        case Thermal():
            populations = np.exp(-state.beta * m - np.max(-state.beta * m))
        case Squeezed():
            return _turned(squeezed_density(spin, *state.variances, state.angle), state)
        case _:
            return np.asarray(np.eye(len(m), dtype=complex) / len(m))
    return _turned(np.diag(populations / populations.sum()).astype(complex), state)


def _turned(rho: Matrix, state: Dicke | Thermal | Squeezed) -> Matrix:
    """From z to the direction of the state."""
    spin = (len(rho) - 1) / 2
    turn = (-1j * state.phi * qutip.jmat(spin, "z")).expm()
    turn = turn @ (-1j * state.theta * qutip.jmat(spin, "y")).expm()
    return np.asarray(turn.full() @ rho @ turn.dag().full())


@lru_cache(maxsize=16)
def gaussian_density(state: ModeState, size: int) -> Matrix:
    """D(alpha) S(xi) rho_n of a mode with so many levels, of trace one; shape (size, size)."""
    beyond = 2 * size + 30  # levels for the exponentials, of which what is cut off is wrong
    populations = (state.n / (1 + state.n)) ** np.arange(beyond)
    rho = qutip.qdiags(populations / populations.sum(), 0)
    for turn in (
        qutip.squeeze(beyond, state.r * cmath.exp(1j * state.angle)),
        qutip.displace(beyond, state.alpha),
    ):
        rho = turn @ rho @ turn.dag()
    cut = rho.full()[:size, :size]
    return np.asarray(cut / np.trace(cut))


def squeezed_density(spin: float, first: float, second: float, angle: float) -> Matrix:
    """exp(-b (k S_1^2 - S^z)) over its trace, with these variances, shape (2S + 1, 2S + 1).

    Args:
        first, second: variances along the axes 1 and 2, in units of S/2.
        angle: of axis 1, from x towards y.

    Raises:
        TwoqsError: if there are no such b and k.
    """
    if first > second:  # with k > 0, axis 1 is the one that is squeezed
        return squeezed_density(spin, second, first, angle + math.pi / 2)
    x, y, z = (qutip.jmat(spin, axis).full() for axis in "xyz")
    squares, z = ((x @ x).real, (y @ y).real), z.real

    def gibbs(unknown: Floats) -> Floats:
        levels, vectors = np.linalg.eigh(unknown[1] * squares[0] - z)
        weights = np.exp(-np.exp(unknown[0]) * (levels - levels[0]))
        return np.asarray((vectors * (weights / weights.sum())) @ vectors.T)

    def excess(unknown: Floats) -> list[float]:
        rho = gibbs(unknown)
        variances = [float(np.vdot(square, rho)) / (spin / 2) for square in squares]
        return [math.log(variances[0] / first), math.log(variances[1] / second)]

    # Of a boson (Holstein and Primakoff), whose levels are `width` apart; coth(b width/2) = area.
    width, area = math.sqrt(second / first), math.sqrt(first * second)
    inverse = math.atanh(1 / max(area, 1 + 1 / (2 * spin + 2)))
    start = [math.log(2 * inverse / width), (width**2 - 1) / (2 * spin)]
    found = optimize.root(excess, start, tol=1e-10)
    if max(map(abs, excess(found.x))) > 1e-8:
        raise TwoqsError(
            f"No density matrix exp(-b (k S_1^2 - S_n)) of a spin S = {spin:g} was found with the "
            f"variances ({first:g}, {second:g}) S/2."
        )
    turn = np.exp(-1j * angle * np.diag(z))
    return np.asarray(turn[:, None] * gibbs(found.x) * turn.conj())
