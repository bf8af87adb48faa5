"""Products of the components of an ensemble in states that are not symmetric."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from observed_states import Nodes, average, spin_operators

import twoqs
from twoqs.flows.length import mean_weight
from twoqs.methods import Conserving
from twoqs.model.model import Model
from twoqs.observe.symbol import symbol_of

LETTERS = ["x", "y", "z", "plus", "minus"]


def matrices(size):
    """The sums over members, and the state exp(-beta s^z) of each as a function of beta."""
    half = spin_operators(0.5)

    def at(i, matrix):
        return np.kron(np.kron(np.eye(2**i), matrix), np.eye(2 ** (size - 1 - i)))

    return {letter: sum(at(i, half[letter]) for i in range(size)) for letter in LETTERS}


def independent(size, beta):
    """The Gaussian that `independent_vectors` draws from, as nodes."""
    points, weights = np.polynomial.hermite_e.hermegauss(4)
    grid = np.array(list(itertools.product(points, repeat=3))).T
    polarisation, weight = math.tanh(beta / 2), mean_weight(size / 2)
    mean = -0.5 * size * polarisation
    along = size / 4 * (1 - polarisation**2) + mean**2 - (mean / weight) ** 2
    x, y = math.sqrt(size / 4) * grid[:2]
    total = np.prod(np.array(list(itertools.product(weights, repeat=3))), axis=1)
    return Nodes(np.stack([x, y, mean / weight + math.sqrt(along) * grid[2]]), total / total.sum())


def largest(size, beta, order, letters=LETTERS, reverse=False):
    """Deviation of random words in units of (N/2)^order."""
    model, nodes, operators = (
        Model(members=[twoqs.Ensemble(size, "s")]), independent(size, beta), matrices(size),
    )  # fmt: skip
    one = np.exp(-beta * np.array([0.5, -0.5]))
    state = np.array([1.0])
    for _ in range(size):
        state = np.kron(state, one / one.sum())
    rng, found = np.random.default_rng(order), []
    for _ in range(12):
        word = tuple(rng.choice(letters, order))
        matrix = np.diag(state).astype(complex)
        for letter in word if reverse else word[::-1]:
            matrix = operators[letter] @ matrix
        symbol = symbol_of("*".join(f"s.{letter}" for letter in word), model, Conserving())
        found.append(abs(average(symbol, nodes) - np.trace(matrix)) / (size / 2) ** order)
    return max(found)


@pytest.mark.parametrize("beta", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("size", [4, 6])
def test_independent_members(size, beta):
    """Second order is exact, third and fourth within 0.85/N^2 for any N that was tried."""
    assert largest(size, beta, 2) < 1e-10
    for order in (3, 4):
        found = largest(size, beta, order)
        print(f"N = {size}, beta = {beta}, order {order}: {found * size**2:.3f}/N^2")
        assert found < 0.9 / size**2


def test_the_order_of_factors():
    """Negative control: in the opposite order they are off by more."""
    assert largest(6, 3.0, 2, ["plus", "minus"], reverse=True) > 0.1
    assert largest(6, 3.0, 4, ["plus", "minus"], reverse=True) > 0.9 / 36
