"""Averages of symbols over phase space against expectation values of matrices."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import qutip
from observed_states import (
    average,
    coherent,
    coherent_matrix,
    dicke,
    gaussian,
    mixed,
    spin_operators,
)

import twoqs
from twoqs.methods import Conserving, Discrete, method_of
from twoqs.methods.sphere import sample_bloch
from twoqs.model.model import Model
from twoqs.observe.features import Features, weighted_sums
from twoqs.observe.symbol import symbol_of

SPINS = [0.5, 1, 1.5, 2, 5, 10]
LETTERS = ["x", "y", "z", "plus", "minus"]
CONSERVING = Conserving()


def one(spin, **words):
    """A model of one spin that is called `s`."""
    return Model(members=[twoqs.Spin(spin, "s")], **words)


def words(order, count, seed):
    """Random products of components."""
    rng = np.random.default_rng(seed)
    return [tuple(rng.choice(LETTERS, order)) for _ in range(count)]


def formula(word):
    return "*".join(f"s.{letter}" for letter in word)


def exact(word, operators, state):
    matrix = state
    for letter in reversed(word):
        matrix = operators[letter] @ matrix
    return complex(np.trace(matrix))


def deviations(spin, nodes, state, order, count=12):
    """Largest difference of an average from the expectation value, in units of S^order."""
    model, operators = one(spin), spin_operators(spin)
    found = []
    for word in words(order, count, seed=order):
        symbol = symbol_of(formula(word), model, CONSERVING)
        found.append(abs(average(symbol, nodes) - exact(word, operators, state)) / spin**order)
    return max(found)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("spin", SPINS)
def test_coherent_and_mixed_states_are_exact(spin, order):
    """The weights of tensors are made for coherent states, and mixed ones have no tensors."""
    theta, phi = 0.9, 0.4
    state = coherent_matrix(spin, theta, phi)
    assert deviations(spin, coherent(spin, theta, phi), state, order) < 1e-9
    size = round(2 * spin) + 1
    assert deviations(spin, mixed(spin), np.eye(size) / size, order) < 1e-9


@pytest.mark.parametrize("spin", [2, 5, 10])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_dicke_states(spin, order):
    """First and second moments are exact; others are right to order 1/S^2: 0.27/S^2 at most."""
    for m in (spin - 1, spin - round(1.4 * spin)):
        size = round(2 * spin) + 1
        state = np.zeros((size, size))
        state[round(spin - m), round(spin - m)] = 1.0
        found = deviations(spin, dicke(spin, m), state, order)
        print(f"S = {spin}, m = {m}, order {order}: {found * spin**2:.3f}/S^2")
        assert found < (1e-9 if order <= 2 else 0.3 / spin**2)


def test_the_order_of_factors_matters():
    """Negative control: in another order the average is off by more than the bound on any state."""
    spin, theta, phi = 5, 0.9, 0.4
    operators, state = spin_operators(spin), coherent_matrix(spin, theta, phi)
    symbol = symbol_of("s.x*s.y*s.z", one(spin), CONSERVING)
    value = average(symbol, coherent(spin, theta, phi))
    assert abs(value - exact(("x", "y", "z"), operators, state)) < 1e-9
    assert abs(value - exact(("z", "y", "x"), operators, state)) > 0.04 * spin**3


def test_plain_products_are_wrong():
    """Negative control: without the weights and what commutators leave it is off at order 1/S."""
    spin, theta, phi = 5, 0.9, 0.4
    operators, state = spin_operators(spin), coherent_matrix(spin, theta, phi)
    vectors, weights = coherent(spin, theta, phi)
    plain = (vectors[0] * vectors[1] * vectors[2]) @ weights
    assert abs(plain - exact(("x", "y", "z"), operators, state)) > 0.04 * spin**3


def test_samples_of_a_run():
    """The samples that runs start from, in place of nodes: 3 standard errors of 65536."""
    spin = 10
    model = one(spin, initial=twoqs.coherent(0.9, 0.4))
    bloch = sample_bloch(model, np.random.default_rng(3), 65536)
    operators, state = spin_operators(spin), coherent_matrix(spin, 0.9, 0.4)
    for word in (("z", "z", "x"), ("plus", "plus", "minus", "minus"), ("x", "y", "y", "z")):
        values = symbol_of(formula(word), model, CONSERVING).values(bloch)
        error = values.std() / np.sqrt(values.size)  # as if not stratified: an upper bound
        assert abs(values.mean() - exact(word, operators, state)) < 3 * error


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_spins_one_half_are_components(order):
    """By `Discrete`: any product of one spin 1/2 is a component or a number, whatever the state."""
    operators = spin_operators(0.5)
    state = np.array([[0.7, 0.2 - 0.1j], [0.2 + 0.1j, 0.3]])
    mean = np.array([exact((axis,), operators, state).real for axis in "xyz"])
    bloch = np.append(mean, np.sqrt(0.75))[:, None, None]  # linear: the mean vector will do
    for word in words(order, 20, seed=order):
        symbol = symbol_of(formula(word), one(0.5), Discrete())
        assert abs(symbol.values(bloch)[0] - exact(word, operators, state)) < 1e-12
        assert symbol.order_note == "exact"


MODE_STATES = {
    "vacuum": (0.0, np.eye(2) / 4),
    "coherent": (0.8 - 0.5j, np.eye(2) / 4),
    "thermal": (0.0, 2.4 * np.eye(2) / 4),
    "squeezed": (0.0, np.diag([np.exp(-1.0), np.exp(1.0)]) / 4),
}


def mode_matrix(name, size):
    """The same states; x = (a + a^+)/2 of the squeezed one has the variance exp(-1)/4."""
    ground = qutip.basis(size, 0)
    states = {
        "vacuum": lambda: qutip.ket2dm(ground),
        "coherent": lambda: qutip.ket2dm(qutip.coherent(size, 0.8 - 0.5j)),
        "thermal": lambda: qutip.thermal_dm(size, 0.7),
        "squeezed": lambda: qutip.ket2dm(qutip.squeeze(size, 0.5) * ground),
    }
    return states[name]().full()


@pytest.mark.parametrize("name", list(MODE_STATES))
def test_modes_are_exact(name):
    size = 50
    a = qutip.destroy(size).full()
    up = a.T.conj()
    operators = {"a": a, "adag": up, "n": up @ a, "re": (a + up) / 2, "im": (a - up) / 2j}
    state, nodes = mode_matrix(name, size), gaussian(*MODE_STATES[name])
    model, rng = Model(members=[twoqs.Mode("c")]), np.random.default_rng(5)
    largest = 0.0
    for order in (1, 2, 3, 4):
        for _ in range(10):
            word = tuple(rng.choice(list(operators), order))
            symbol = symbol_of("*".join(f"c.{letter}" for letter in word), model, CONSERVING)
            found, wanted = average(symbol, nodes), exact(word, operators, state)
            largest = max(largest, abs(found - wanted) / (1 + abs(wanted)))
    assert largest < 1e-6  # of the cut at 50 quanta


def test_antinormal_order_is_another():
    """Negative control: a a^+ and a^+ a of the vacuum."""
    model, vacuum = Model(members=[twoqs.Mode("c")]), gaussian(*MODE_STATES["vacuum"])
    assert average(symbol_of("c.adag*c.a", model, CONSERVING), vacuum) == pytest.approx(0, abs=1e-9)
    assert average(symbol_of("c.a*c.adag", model, CONSERVING), vacuum) == pytest.approx(1)
    both = symbol_of("sym(c.a*c.adag)", model, CONSERVING)
    assert average(both, vacuum) == pytest.approx(0.5)
    assert average(symbol_of("c.n", model, CONSERVING), vacuum) == pytest.approx(0, abs=1e-9)


def test_several_members():
    """Products over members of product states are products of expectation values."""
    first, second, light = twoqs.Spin(2, "one"), twoqs.Spin(1, "two"), twoqs.Mode("c")
    model = Model(members=[first, light, second])
    nodes = coherent(2, 0.9, 0.4), gaussian(0.8 - 0.5j, np.eye(2) / 4), coherent(1, 2.0, -1.0)
    matrices = coherent_matrix(2, 0.9, 0.4), coherent_matrix(1, 2.0, -1.0)
    a = 0.8 - 0.5j
    for left, right in ((("z", "x"), ("y",)), (("minus", "z", "plus"), ("x", "z"))):
        text = "*".join([*(f"one.{x}" for x in left), "c.n", *(f"two.{x}" for x in right), "c.a"])
        wanted = (
            exact(left, spin_operators(2), matrices[0])
            * exact(right, spin_operators(1), matrices[1])
            * abs(a) ** 2 * a
        )  # fmt: skip
        assert average(symbol_of(text, model, CONSERVING), *nodes) == pytest.approx(wanted)


def test_ensembles_keep_their_length():
    """A symmetric state of N members is a spin N/2: right to order 1/N^2 with weights of one."""
    for size in (10, 20, 40):
        spin = size / 2
        model = Model(members=[twoqs.Ensemble(size, "s")])
        operators, state = spin_operators(spin), coherent_matrix(spin, 0.9, 0.4)
        for word in (*words(3, 6, 1), *words(4, 6, 2), ("z", "z"), ("x",)):
            symbol = symbol_of(formula(word), model, CONSERVING)
            found = average(symbol, coherent(spin, 0.9, 0.4))
            off = abs(found - exact(word, operators, state)) / spin ** len(word)
            assert off < (4 / size**2 if len(word) > 2 else 1e-9)


@pytest.mark.parametrize(("ordering", "offset"), [("P", 1.0), ("W", None), ("Q", -1.0)])
def test_spinors(ordering, offset):
    """Squares have the offset of their order; more than two components are refused."""
    method, model = method_of("pda", ordering), one(4)
    bloch = np.array([1.0, 2.0, 3.0, 4.5])[:, None, None]
    wanted = 9.0 + (-1 / 8 if offset is None else offset * 4.5 / 2)
    assert symbol_of("s.z**2", model, method).values(bloch)[0] == pytest.approx(wanted)
    assert symbol_of("s.x*s.y", model, method).values(bloch)[0] == pytest.approx(2.0 + 1.5j)
    with pytest.raises(twoqs.ArgumentError, match=r'two components of one spin.*scheme "pda"'):
        symbol_of("s.z**3", model, method)


def test_hermitian_or_not():
    model = one(7)
    texts = {
        "s.plus*s.minus": True, "s.plus": False, "s.x*s.y": False, "sym(s.x*s.y)": True,
        "s.x*s.y - s.y*s.x": False, "1j*(s.x*s.y - s.y*s.x)": True, "s.plus**2 + s.minus**2": True,
        "exp(0.3j)*s.plus + exp(-0.3j)*s.minus": True, "s.x*s.z*s.x": True, "s.x*s.x*s.z": False,
    }  # fmt: skip
    found = {text: symbol_of(text, model, CONSERVING).hermitian for text in texts}
    assert found == texts


def test_features_are_shared():
    """Symbols together are the same as one by one."""
    model = Model(members=[twoqs.Sites(twoqs.Spin(3), twoqs.chain(4), name="s")])
    texts = ["s.x**2*s.z", "s[0].x*s[3].y", "s.minus", "bonds(s.x, s.z)", "each(s.z**2)*2 + 1"]
    symbols = [symbol_of(text, model, CONSERVING) for text in texts]
    bloch = np.random.default_rng(1).normal(size=(4, 4, 64))
    together = Features([symbol.terms for symbol in symbols], 4).values(bloch)
    for symbol, values in zip(symbols, together, strict=True):
        np.testing.assert_allclose(symbol.values(bloch), values, rtol=1e-12, atol=1e-12)


PRODUCT = """
import sys
import numpy as np
from twoqs.observe.features import weighted_sums
rng = np.random.default_rng(1)
for shape in ((3, 40), (40, 1000)):
    weights, values = rng.normal(size=shape), rng.normal(size=(shape[1], 64))
    sys.stdout.write(weighted_sums(weights, values).tobytes().hex())
"""


def test_threads_do_not_change_a_bit():
    """Of large sums, which BLAS would share among threads and add in another order."""
    told = [
        subprocess.run(
            [sys.executable, "-c", PRODUCT], env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True, check=True,
        ).stdout
        for threads in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1]
    rng = np.random.default_rng(1)
    weights, values = rng.normal(size=(40, 1000)), rng.normal(size=(1000, 64))
    np.testing.assert_allclose(weighted_sums(weights, values), weights @ values, atol=1e-10)
