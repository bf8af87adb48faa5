"""Lengths of Bloch vectors of a spin S, and the weights of their means and couplings."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.model.arrays import Floats


def of_each(function: Callable[[float], float], spins: Floats) -> Floats:
    """A function of S for an array of spins; computed once for equal ones."""
    # As most are: to sort them would take longer than a short run.
    if len(spins) == 1 or np.all(spins == spins[0]):
        return np.full(len(spins), function(float(spins[0])))
    values, index = np.unique(spins, return_inverse=True)
    return np.array([function(float(spin)) for spin in values])[index]


def spin_length(spin: float) -> float:
    """Length L = sqrt(S (S+1)) of a spin S."""
    return math.sqrt(spin * (spin + 1))


@lru_cache(maxsize=64)
def concentration(spin: float) -> float:
    """kappa of `sample_bloch`: 2 (coth(kappa) - 1/kappa)/kappa = 1/(S+1), about 2S + 1.

    For S = 1/2 this is zero, a uniform sphere with no direction left; there the mean is kept
    instead of the variances: coth(kappa) - 1/kappa = S/L.
    """

    def excess(kappa: float) -> float:
        langevin = 1 / math.tanh(kappa) - 1 / kappa
        if spin < 1:
            return langevin - spin / spin_length(spin)
        return langevin / kappa - 1 / (2 * (spin + 1))

    return float(scipy.optimize.brentq(excess, 0.1, 4 * (spin + 1), xtol=1e-13, rtol=1e-14))


def mean_weight(spin: float) -> float:
    """Weight m of means of Bloch vectors, <S^a> = m E[s^a], where that of products is one.

    Such that a coherent state has the mean S: about 1 + 1/(8 S^2). Products drive the means, in
    exact equations of motion and on the sphere alike; for the two to agree, what a spin does to
    itself in second order of s is divided by m. With the noise as it is, the damping then balances
    it in `sample_bloch`: kappa = 2 L/m (from S = 1 on), so that the state that decay leaves alone
    is stationary.
    """
    kappa = concentration(spin)
    return spin / (spin_length(spin) * (1 / math.tanh(kappa) - 1 / kappa))


HIGHEST_RANK = 4
"""Of the tensors that `tensor_weights` knows."""


@lru_cache(maxsize=64)
def tensor_weights(spin: float) -> tuple[float, ...]:
    """Weights w_l of traceless tensors of rank l = 0 to 4 of Bloch vectors, of which w_1 = m.

    <T_l> = w_l E[t_l], t_l a solid harmonic of s and T_l the same of S, symmetrised, such that
    coherent states are right: there, along the state, <P_l> = prod_(j<l) (2S - j)/2 and
    E[P_l] = L^l I_(l+1/2)(kappa)/I_(1/2)(kappa). w_2 = 1 from S = 1 on; w_l = 1 + O(1/S^2), and
    zero for l > 2S, where T_l is.
    """
    length, kappa = spin_length(spin), concentration(spin)
    # I_(l+1/2)/I_(1/2), by the recurrence of Bessel functions.
    means = [1.0, 1 / math.tanh(kappa) - 1 / kappa]
    weights = [1.0, mean_weight(spin)]
    exact = spin / length
    for rank in range(2, HIGHEST_RANK + 1):
        means.append(means[-2] - (2 * rank - 1) / kappa * means[-1])
        exact *= (2 * spin - rank + 1) / 2 / length
        weights.append(exact / means[rank] if rank <= 2 * spin else 0.0)
    if spin >= 1:  # what kappa is made for; squares of large spins show a rounding error
        weights[2] = 1.0
    return tuple(weights)


LONG_SPIN = 8.0
"""S from which on spins are coupled by s/m, as they were from S = 1 on before 1 was found to be a
better factor than 1/m (docs/accuracy.md). From here on the two differ by less than 0.2 %, far less
than truncation leaves, and runs of long spins stay what they are, to the bit."""


def partner_weight(spin: float) -> float:
    """What s is divided by in couplings to other spins: 1 for short spins, m for long ones.

    And for S = 1/2, whose m is 1 but for rounding. See `twoqs.flows.partners`, too.
    """
    return 1.0 if 1 <= spin < LONG_SPIN else mean_weight(spin)


def height_spread(spin: float) -> float:
    """Standard deviation of s^z over m where <S^z> = m, <(S^z)^2> = m^2: sqrt(1 - 1/weight^2).

    About 1/(2S). Then a spin that is up, m = S, has the heights L and sqrt(S (S-1)).
    """
    if spin <= 100:
        return math.sqrt(max(0.0, 1 - mean_weight(spin) ** -2))
    # The same but for exp(-4S), without the difference of numbers that are nearly one.
    return 1 / (spin_length(spin) + math.sqrt(spin * (spin - 1)))
