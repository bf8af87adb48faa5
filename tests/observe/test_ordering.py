"""Products in symmetric order against matrices: exact identities."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
import qutip
from observed_states import spin_operators

from twoqs.observe.ordering import symmetrised, wigner_symbol

WORDS = [word for order in range(1, 5) for word in itertools.product(range(3), repeat=order)]


def product(matrices):
    result = np.eye(len(matrices[0]), dtype=complex)
    for matrix in matrices:
        result = result @ matrix
    return result


def mean_over_orders(matrices):
    orders = list(itertools.permutations(matrices))
    return sum(map(product, orders)) / len(orders)


def deviation(matrices, word, terms):
    """Of a word from its symmetrised products, in units of its largest entry."""
    size = len(matrices[0])
    total = sum(
        (value * (mean_over_orders([matrices[a] for a in axes]) if axes else np.eye(size))
         for axes, value in terms.items()),
        np.zeros((size, size), dtype=complex),
    )  # fmt: skip
    exact = product([matrices[a] for a in word])
    return np.abs(total - exact).max() / max(1.0, np.abs(exact).max())


@pytest.mark.parametrize("spin", [0.5, 1, 1.5, 2, 5])
def test_words_of_a_spin(spin):
    operators = spin_operators(spin)
    matrices = [operators[axis] for axis in "xyz"]
    assert max(deviation(matrices, word, symmetrised(word)) for word in WORDS) < 1e-13


def test_the_order_matters():
    """Negative control: the word in the opposite order is another operator."""
    operators = spin_operators(5)
    matrices = [operators[axis] for axis in "xyz"]
    word = (0, 2, 1, 1)
    assert deviation(matrices, word, symmetrised(word[::-1])) > 0.01


@cache
def symmetric_monomial(p, q, size):
    """The operator of alpha^p alpha*^q: the mean over all orders of p factors a and q a^+."""
    a = qutip.destroy(size).full()
    orders = set(itertools.permutations([0] * p + [1] * q))
    one = np.eye(size, dtype=complex)
    return sum(product([one, *((a, a.T.conj())[i] for i in order)]) for order in orders) / len(
        orders
    )


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_words_of_a_mode(order):
    """Of x, y and n; the levels that the cut disturbs are left out."""
    size, kept = 20, 6
    a = qutip.destroy(size).full()
    up = a.T.conj()
    matrices = [(a + up) / 2, (up - a) / 2j, up @ a]
    for word in itertools.product(range(3), repeat=order):
        total = sum(value * symmetric_monomial(p, q, size)[:kept, :kept]
                    for (p, q), value in wigner_symbol(word).items())  # fmt: skip
        exact = product([matrices[axis] for axis in word])[:kept, :kept]
        np.testing.assert_allclose(total, exact, atol=1e-9 * np.abs(exact).max() + 1e-12)
        if order == 2 and word == (0, 1):  # negative control: x y is not y x
            assert np.abs(total - product([matrices[1], matrices[0]])[:kept, :kept]).max() > 0.4
