"""Arrays of a model, against the operators of QuTiP that come straight from its terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from expressions import (
    GRAPH,
    PARAMETERS,
    RING,
    A,
    B,
    Matrices,
    linear,
    local_matrices,
    quadratic,
    typed,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.grids import chain
from twoqs.model.language import lower_hamiltonian
from twoqs.model.language.in_time import NO_PULSE
from twoqs.model.language.pieces import Pieces
from twoqs.theory.language import operators_to_qutip

SPINS = local_matrices([A, RING])
s, lam = RING, tq.Parameter("lam", 0.2)


def form_of(vector, spin: Matrices) -> np.ndarray:
    return sum(v * getattr(spin, axis).matrix for v, axis in zip(vector, "xyz", strict=True))


def form_over(sites, forms) -> np.ndarray:
    return sum(form_of(f, SPINS[i]) for i, f in zip(sites, forms, strict=True))


def hamiltonian_of(pieces: Pieces) -> np.ndarray:
    """H as the docstring of a piece has it."""
    vectors = [[getattr(spin, axis).matrix for axis in "xyz"] for spin in SPINS]
    total = np.zeros_like(vectors[0][0])
    for piece in pieces.hamiltonian:
        one = sum(form_of(h, spin) for h, spin in zip(piece.fields, SPINS, strict=True))
        for i, spin in enumerate(vectors):
            for a, b in np.ndindex(3, 3):
                one = one + piece.onsite[i, a, b] * spin[a] @ spin[b]
        for (i, j), tensor in zip(piece.pairs, piece.tensors, strict=True):
            for a, b in np.ndindex(3, 3):
                one = one + tensor[a, b] * vectors[i][a] @ vectors[j][b]
        for square in piece.squares:
            form = form_over(square.sites, square.forms)
            one = one + square.strength * form @ form
        total = total + piece.factor * one
    return total


def dissipator_of(pieces: Pieces, rho: np.ndarray) -> np.ndarray:
    """sum_c rate (2 c rho c^+ - c^+ c rho - rho c^+ c)."""
    operators = [
        (rate, form_of(jumps.form, SPINS[i]))
        for jumps in pieces.local
        for i, rate in zip(jumps.sites, jumps.rates, strict=True)
    ]
    operators += [(one.rate, form_over(one.sites, one.forms)) for one in pieces.channels]
    return sum((rate * lindblad(c, rho) for rate, c in operators), np.zeros_like(rho))


def lindblad(c: np.ndarray, rho: np.ndarray) -> np.ndarray:
    both = c.conj().T @ c
    return 2 * c @ rho @ c.conj().T - both @ rho - rho @ both


def random_matrix(size: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))


VALUES = st.sampled_from([{}, {"lam": -1.2}, {"lam": 0.3, "kap": 0.4}])


@pytest.mark.parametrize("expanded", [1, 4])
@given(formula=quadratic(), sites=st.sampled_from([RING, GRAPH]), values=VALUES)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_hamiltonians(expanded, formula, sites, values):
    operator = typed(formula, sites)
    operator = operator + operator.dag()
    values = {name: v for name, v in values.items() if name in operator.parameters}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lower_hamiltonian, "MOST_EXPANDED", expanded)
        pieces = tq.lower([A, sites], operator, values=values)
    expected = operators_to_qutip([A, sites], operator, values=values)[0].full()
    scale = 1 + np.max(np.abs(expected))
    np.testing.assert_allclose(hamiltonian_of(pieces), expected, rtol=0, atol=1e-12 * scale)
    for piece in pieces.hamiltonian:
        assert np.all(piece.pairs[:, 0] < piece.pairs[:, 1])
        assert len(np.unique(piece.pairs, axis=0)) == len(piece.pairs)
        np.testing.assert_array_equal(piece.onsite, np.swapaxes(piece.onsite, 1, 2))


@pytest.mark.parametrize("wrong", ["tensors", "onsite", "squares"])
def test_wrong_arrays_are_seen(monkeypatch, wrong):
    """Negative control: bonds the other way round, half of what is on sites, or of squares."""
    monkeypatch.setattr(lower_hamiltonian, "MOST_EXPANDED", 1)
    operator = tq.bonds(s.x, s.y, directed=True) + A.x**2 + A.y * s.z + s.x**2
    pieces = tq.lower([A, s], operator)
    expected = operators_to_qutip([A, s], operator)[0].full()
    np.testing.assert_allclose(hamiltonian_of(pieces), expected, atol=1e-12)
    (piece,) = pieces.hamiltonian
    changed = {
        "tensors": np.swapaxes(piece.tensors, 1, 2),
        "onsite": piece.onsite / 2,
        "squares": tuple(replace(square, strength=square.strength / 2) for square in piece.squares),
    }
    piece = replace(piece, **{wrong: changed[wrong]})
    assert not np.allclose(hamiltonian_of(replace(pieces, hamiltonian=(piece,))), expected)


@st.composite
def jumps(draw) -> list:
    """One to three jumps of every kind, as functions of the lattice."""
    kinds = st.sampled_from(["linear", "each", "matrix"])
    made = []
    for kind in draw(st.lists(kinds, min_size=1, max_size=3)):
        rate = draw(st.sampled_from(["0.3", "lam**2", "kap/2", "0.1 + lam**2"]))
        one, other = draw(linear()), draw(linear())
        values = draw(st.sampled_from(["", ", [1, 0.5j, 0]", ", [0.1, 0.2, 0.3]"]))
        local = f"each({draw(linear(('s',)))}{values})"
        made.append((kind, rate, one, other, local))
    return made


def make(kind, rate, one, other, local, sites):
    strength = eval(rate, dict(PARAMETERS))
    if kind == "linear":
        return tq.jump(typed(one, sites), strength)
    if kind == "each":
        return tq.jump(typed(local, sites), strength)
    rates = [[1, 0.3 + 0.2j], [0.3 - 0.2j, 0.5]]
    return tq.jump([typed(one, sites), typed(other, sites)], rate=strength, rates=rates)


@given(jumps(), st.sampled_from([RING, GRAPH]), VALUES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_dissipators(described, sites, values):
    made = [make(*one, sites) for one in described]
    if any("sqrt" in text for one in described for text in one):
        values = {name: abs(v) for name, v in values.items()}
    used = {n for j in made for one in j.channels for n in one.operator.parameters}
    used |= {n for j in made for one in j.channels for n in one.rate.parameters}
    values = {name: v for name, v in values.items() if name in used}
    pieces = tq.lower([A, sites], jumps=made, values=values)
    _, collapse = operators_to_qutip([A, sites], None, made, values)
    rho = random_matrix(24)
    expected = sum((lindblad(c.full(), rho) / 2 for c in collapse), np.zeros_like(rho))
    scale = 1 + np.max(np.abs(expected))
    np.testing.assert_allclose(dissipator_of(pieces, rho), expected, rtol=0, atol=1e-12 * scale)


def test_what_becomes_what():
    """Each term in the array that is made for it; members are numbered as listed."""
    s = tq.Sites(tq.Spin(2), chain(5), name="s")
    a, b = tq.Spin(5, name="a"), tq.Spin(3, name="b")
    energy = (
        a.z + 2 * s.x + 3 * lam * a.x * b.y + 4 * tq.bonds(s.x, s.y, directed=True)
        + 5 * tq.each(s.z**2, [0, 1, 2, 3, 4]) + 6 * s.z**2 + 7 * a.x * s.y + a.x**2
    )  # fmt: skip
    pieces = tq.lower([b, s, a], energy, values={"lam": 0.5})
    np.testing.assert_array_equal(pieces.spins, [3, 2, 2, 2, 2, 2, 5])
    plain, scaled = pieces.hamiltonian
    assert (plain.powers, plain.factor) == ((), 1.0)
    np.testing.assert_array_equal(plain.fields[:, 0], [0, 2, 2, 2, 2, 2, 0])
    np.testing.assert_array_equal(plain.fields[:, 2], [0, 0, 0, 0, 0, 0, 1])
    np.testing.assert_array_equal(plain.pairs, [[1, 2], [1, 5], [2, 3], [3, 4], [4, 5]])
    np.testing.assert_array_equal(plain.tensors[:, 0, 1], [4, 0, 4, 4, 4])
    np.testing.assert_array_equal(plain.tensors[:, 1, 0], [0, 4, 0, 0, 0])  # the bond that closes
    np.testing.assert_array_equal(plain.onsite[:, 2, 2], [0, 0, 5, 10, 15, 20, 0])
    np.testing.assert_array_equal(plain.onsite[:, 0, 0], [0, 0, 0, 0, 0, 0, 1])
    assert [square.strength for square in plain.squares] == [1.75, -1.75, 6.0]
    np.testing.assert_array_equal(plain.squares[2].sites, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(plain.squares[0].forms[:, 0], [0, 0, 0, 0, 0, 1])
    assert (scaled.powers, scaled.factor) == ((("lam", 1.0),), 0.5)
    np.testing.assert_array_equal(scaled.pairs, [[0, 6]])
    assert scaled.tensors[0, 1, 0] == 3.0


def test_squares_are_few():
    """As many as the tensor has eigenvalues, or twice its singular values (here two: rank two)."""
    s, t = (tq.Sites(tq.Spin(2), chain(9), name=name) for name in "st")
    one, other = s.x + 2 * s.y - s.z, t.x - t.z
    tensor = sum((i + 2) * getattr(s, p) * getattr(t, q) for i, (p, q) in enumerate(
        (p, q) for p in "xyz" for q in "xyz"))  # fmt: skip
    own = s.x**2 + s.x * s.y + s.y * s.x + 3 * (s.y * s.z + s.z * s.y) - s.z**2
    for operator, count in ((one**2, 1), (one * other, 2), (own, 3), (tensor, 4)):
        (piece,) = tq.lower([s, t], operator).hamiltonian
        assert len(piece.squares) == count


def test_what_rates_depend_on():
    s = tq.Sites(tq.Spin(2), chain(4), name="s")
    kap = tq.Parameter("kap", 4.0)
    made = [
        tq.jump(tq.each(s.minus, [1, 2, 0, 3j]), rate=lam),
        tq.jump(kap**0.5 * s.minus, rate=0.5),
        tq.collapse(s[1].minus + lam * s[1].plus),
    ]
    pieces = tq.lower([s], jumps=made)
    own, mixed = pieces.local
    np.testing.assert_array_equal(own.sites, [0, 1, 3])
    np.testing.assert_allclose(own.rates, [0.2, 0.8, 1.8], rtol=1e-15)
    (common,) = pieces.channels
    assert common.rate == 2.0
    assert common.forms.shape == (4, 3)
    np.testing.assert_allclose(mixed.form, [1.2, -0.8j, 0])
    np.testing.assert_array_equal(mixed.sites, [1])
    assert {piece.key for piece in (own, common, mixed)} == {NO_PULSE}


def test_pulses_are_keys_of_rates():
    s = tq.Sites(tq.Spin(2), chain(4), name="s")
    wave = tq.Parameter("wave", tq.cosine(0.2, 1.0, offset=0.5))
    made = [tq.jump(tq.each(s.minus), 2 * lam * wave), tq.jump(wave * s.plus, 1 + wave)]
    pieces = tq.lower([s], jumps=made)
    (own,), (common,) = pieces.local, pieces.channels
    assert (own.key, own.factor) == (+wave, 2 * lam.value)
    assert (common.key, common.rate) == (wave**2 + wave**3, 1.0)


def test_forms_of_several_directions_are_several_pieces():
    s = tq.Sites(tq.Spin(2), chain(3), name="s")
    operator = tq.each(s.x, [1, 1, 0]) + 1j * tq.each(s.y, [1, -1, 2])
    pieces = tq.lower([s], jumps=[tq.jump(operator, 0.5)])
    assert [piece.sites.tolist() for piece in pieces.local] == [[0], [1], [2]]


def test_a_member_without_a_name():
    spin = tq.Spin(1.5)
    pieces = tq.lower([spin], spin.x**2, [tq.jump(spin.minus)])
    assert pieces.hamiltonian[0].onsite[0, 0, 0] == 1.0
    assert operators_to_qutip([spin], spin.x**2)[0].shape == (4, 4)


def test_equal_operators_give_equal_arrays():
    """To the bit, however they were typed."""
    one = 0.1 * s.x + 0.3 * A.x * s.z + 0.7 * tq.bonds(s.x, s.y) + 0.2 * s.x * s.y + 0.2 * s.y * s.x
    other = 0.4 * s.y * s.x + 0.7 * tq.bonds(s.y, s.x) + 0.3 * s.z * A.x + 0.1 * s.x + 0.2j * s.z
    assert one == other
    (first,), (second,) = (tq.lower([A, s], operator).hamiltonian for operator in (one, other))
    for name in ("fields", "pairs", "tensors", "onsite"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_large_lattices():
    s = tq.Sites(tq.Spin(5000), chain(10**5), name="s")
    energy = s.x + s.z**2 + tq.each(s.z**2, np.linspace(0, 1, 10**5)) + tq.bonds(s.x, s.x)
    pieces = tq.lower([s], energy, [tq.jump(tq.each(s.minus)), tq.jump(s.minus)])
    assert len(pieces.hamiltonian[0].pairs) == 10**5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tq.lower([A], A.x + 1j * A.y * lam),
         r"`hamiltonian` must be Hermitian \(this part is not\), but got 1j\*lam\*a\.y"),
        (lambda: tq.lower([A], "a.x"), "`hamiltonian` must be an operator"),
        (lambda: tq.lower([A], A.x + B.x), "`hamiltonian` must be of members .* got 'b'"),
        (lambda: tq.lower([A], jumps=[tq.jump(B.x)]), "`jumps.0.` must be of members of the"),
        (lambda: tq.lower([tq.Spin(3, "a")], A.x), "`hamiltonian` must be of the model's own Spin"),
        (lambda: tq.lower([A, A], A.x), "`members` must have different names"),
        (lambda: tq.lower([A, tq.Spin(1)], A.x), "`members` must have names where there are sev"),
        (lambda: tq.lower([], None), "`members` must hold at least one"),
        (lambda: tq.lower([RING[0]], RING[0].x), r"`members` must hold .* \(not one site\)"),
        (lambda: tq.lower([A], lam * A.x, values={"lma": 1}), "name parameters .*mean `lam`"),
        (lambda: tq.lower([A], lam * A.x, values={"lam": "1"}), "`lam` must be a number"),
        (lambda: tq.lower([A], A.x / lam, values={"lam": 0}), "`lam` must not be zero"),
        (lambda: tq.lower([A], jumps=[tq.jump(A.x, lam)], values={"lam": -1}), "`rate` must not b"),
        (lambda: tq.lower([A], lam * A.x, [tq.jump(A.x, tq.Parameter("lam", 3))]), "one value"),
        (lambda: tq.lower([A], A.x, [A.x]), "`jumps` must hold"),
        (lambda: operators_to_qutip([tq.Spin(600, "a")]), "Hilbert space of at most 1024 dim"),
        (lambda: operators_to_qutip([tq.Sites(tq.Spin(1), chain(10**6))]), "at most 1024 dim"),
    ],
)  # fmt: skip
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
