"""Bonds by displacement: sites of one lattice, or of members that share its cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import qutip

import twoqs.model.language as tq
from twoqs import (
    ArgumentError,
    Model,
    all_to_all,
    chain,
    cubic,
    from_edges,
    honeycomb,
    jump,
    kagome,
    power_law,
    simulate,
    single,
    square,
    triangular,
)

A = tq.Sites(tq.Spin(0.5), chain(4), "a")
B = tq.Sites(tq.Spin(0.5), chain(4), "b")
OPEN = tq.Sites(tq.Spin(0.5), chain(4, periodic=False), "o")


def matrices(*members: tq.Sites) -> dict[str, list[Any]]:
    """S^x, S^y, S^z of every site as QuTiP's, by member."""
    spins = [member.spin for member in members for _ in range(member.n_sites)]
    sizes = [round(2 * spin) + 1 for spin in spins]
    every = [
        [qutip.expand_operator(qutip.jmat(spin, axis), sizes, i) for axis in "xyz"]
        for i, spin in enumerate(spins)
    ]
    found, first = {}, 0
    for member in members:
        found[str(member.name)] = every[first : first + member.n_sites]
        first += member.n_sites
    return found


def energy(*members: tq.Sites, of: tq.Operator) -> np.ndarray:
    H, _ = Model(members=members, hamiltonian=of).to_qutip()
    return np.asarray(H.full())


@pytest.mark.parametrize("steps", [0, 1, 2, -1, 3, -3])
def test_two_members_of_a_ring(steps: int) -> None:
    of = tq.bonds(A.x, B.y, [1, 2, 3, 4], displacement=steps)
    spins = matrices(A, B)
    pairs = [(r, (r + steps) % 4, r + 1) for r in range(4)]
    expected = sum(w * spins["a"][i][0] @ spins["b"][j][1] for i, j, w in pairs)
    np.testing.assert_allclose(energy(A, B, of=of), expected.full(), atol=1e-12)
    # The other way round it is the same, with the values in the order of the cells of b.
    values = [0.0] * 4
    for _, j, w in pairs:
        values[j] = w
    assert of == tq.bonds(B.y, A.x, values, displacement=-steps)


@pytest.mark.parametrize("steps", [1, -1, 3, -3])
def test_one_member_of_an_open_chain(steps: int) -> None:
    pairs = [(r, r + steps) for r in range(4) if 0 <= r + steps < 4]
    values = list(range(1, len(pairs) + 1))
    of = tq.bonds(OPEN.x, OPEN.y, values, displacement=steps)
    spins = matrices(OPEN)["o"]
    expected = sum(w * spins[i][0] @ spins[j][1] for (i, j), w in zip(pairs, values, strict=True))
    np.testing.assert_allclose(energy(OPEN, of=of), expected.full(), atol=1e-12)


def test_two_members_of_an_open_square() -> None:
    lattice = square(2, 2, periodic=False)
    c, d = (tq.Sites(tq.Spin(0.5), lattice, name) for name in "cd")
    spins = matrices(c, d)
    for steps, pairs in {
        (0, 0): [(0, 0), (1, 1), (2, 2), (3, 3)],
        (1, 0): [(0, 2), (1, 3)],
        (0, -1): [(1, 0), (3, 2)],
        (1, -1): [(1, 2)],
    }.items():
        of = tq.bonds(c.z, d.x, displacement=steps)
        expected = sum(spins["c"][i][2] @ spins["d"][j][0] for i, j in pairs)
        np.testing.assert_allclose(energy(c, d, of=of), expected.full(), atol=1e-12)
    assert tq.bonds(c.z, d.x, displacement=0) == tq.bonds(c.z, d.x, displacement=(0, 0))


def test_neighbours_of_lattices_are_a_cell_apart() -> None:
    """Bonds of a lattice, said by displacement, are the same matrix."""
    for lattice, directions in [
        (chain(5), [1]),
        (square(3, 3), [(1, 0), (0, 1)]),
        (triangular(3, 3), [(1, 0), (0, 1), (1, -1)]),
    ]:
        s = tq.Sites(tq.Spin(0.5), lattice, "s")
        one = tq.bonds(s.x, s.y, directed=True) + tq.bonds(s.z, s.z)
        parts = [
            tq.bonds(s.x, s.y, displacement=d) + tq.bonds(s.z, s.z, displacement=d)
            for d in directions
        ]
        pieces = tq.lower([s], one).hamiltonian[0], tq.lower([s], sum(parts)).hamiltonian[0]
        np.testing.assert_array_equal(pieces[0].pairs, pieces[1].pairs)
        np.testing.assert_array_equal(pieces[0].tensors, pieces[1].tensors)


def test_honeycomb_of_two_members_is_the_honeycomb() -> None:
    """Site 2 (x ny + y) + a of the lattice is the cell (x, y) of the member a."""
    whole = tq.Sites(tq.Spin(0.5), honeycomb(3, 3), "h")
    cells = triangular(3, 3)
    a, b = (tq.Sites(tq.Spin(0.5), cells, name) for name in "ab")
    steps = [(0, 0), (-1, 0), (0, -1)]
    (one,) = tq.lower([whole], tq.bonds(whole.x, whole.x)).hamiltonian
    (two,) = tq.lower([a, b], sum(tq.bonds(a.x, b.x, displacement=d) for d in steps)).hamiltonian
    renumbered = np.concatenate([np.arange(9) * 2, np.arange(9) * 2 + 1])
    pairs = {tuple(sorted(pair)) for pair in renumbered[two.pairs].tolist()}
    assert pairs == set(map(tuple, one.pairs.tolist()))
    assert len(two.pairs) == 27


def test_a_way_round_is_the_shortest() -> None:
    assert tq.bonds(A.x, B.x, displacement=3) == tq.bonds(A.x, B.x, displacement=-1)
    assert tq.bonds(A.x, A.y, displacement=-1) == tq.bonds(A.y, A.x, displacement=1)
    law = tq.Sites(tq.Spin(0.5), power_law(chain(4), 3), "b")
    assert tq.lower([A, law], tq.bonds(A.x, law.x, displacement=1)).hamiltonian


@pytest.mark.parametrize(
    "text",
    [
        "bonds(a.x, b.y, displacement=1)",
        "bonds(a.x, b.y, [1, 2, 3, 4], displacement=-1)",
        "0.3*bonds(a.x, b.y, displacement=0) - 2*bonds(a.x, b.x, displacement=0)",
        "0.5*bonds(a.x, a.y, displacement=1) + bonds(a.x, b.x, displacement=1)",
        "bonds(c.x, d.y, displacement=[1, -1])",
    ],
)
def test_they_are_read_and_written(text: str) -> None:
    cells = triangular(3, 3)
    members = {"a": A, "b": B, "c": tq.Sites(tq.Spin(1), cells), "d": tq.Sites(tq.Spin(1), cells)}
    operator = tq.read_operator(text, members)
    again = tq.read_operator(tq.formula(operator), members)
    assert again.terms == operator.terms
    assert "displacement=" in repr(operator)
    latex = operator._repr_latex_()
    assert latex.count("{") == latex.count("}")
    assert r"\sum_r" in latex


def test_how_they_are_written() -> None:
    operator = tq.bonds(B.x, A.y, displacement=-1) + tq.bonds(A.z, A.z, displacement=1)
    assert tq.formula(operator) == (
        "bonds(a.z, a.z, displacement=1) + bonds(a.y, b.x, displacement=1)"
    )
    assert operator._repr_latex_() == (
        r"$\displaystyle \sum_r S^{z}_{a,r}S^{z}_{a,r+1} + \sum_r S^{y}_{a,r}S^{x}_{b,r+1}$"
    )


S2, LONG = tq.Sites(tq.Spin(1), square(3, 3), "s"), tq.Sites(tq.Spin(1), chain(5), "l")
H, K = tq.Sites(tq.Spin(1), honeycomb(2, 2), "h"), tq.Sites(tq.Spin(1), kagome(2, 2), "k")
E, G = tq.Sites(tq.Spin(1), all_to_all(4), "e"), tq.Sites(tq.Spin(1), from_edges([(0, 1)]), "g")
ONE, CUBE = tq.Sites(tq.Spin(1), single(), "n"), tq.Sites(tq.Spin(1), cubic(3, 3, 3), "q")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tq.bonds(A.x, B.x), "`bonds` must join sites of one member, or have a `displac"),
        (lambda: tq.bonds(A.x, LONG.x, displacement=0), r"lattice of equal cells .* got l\.x\."),
        (lambda: tq.bonds(A.x, OPEN.x, displacement=0), "lattice of equal cells"),
        (lambda: tq.bonds(H.x, H.x, displacement=1), r"be on a chain, square, .* sites of a cell"),
        (lambda: tq.bonds(K.x, K.x, displacement=1), r"be on a chain, square, .* sites of a cell"),
        (lambda: tq.bonds(E.x, E.x, displacement=1), "be on a chain, square"),
        (lambda: tq.bonds(G.x, G.x, displacement=1), "be on a chain, square"),
        (lambda: tq.bonds(ONE.x, ONE.x, displacement=1), "be on a chain, square"),
        (lambda: tq.bonds(A.x, A.x, displacement=0), "`displacement` must not be zero for sites"),
        (lambda: tq.bonds(A.x, A.x, displacement=4), "must not be zero for sites of one member"),
        (lambda: tq.bonds(A.x, A.x, displacement=2), "not be half of the way round .* got 2"),
        (lambda: tq.bonds(OPEN.x, OPEN.x, displacement=4), "stay within the lattice, but got 4"),
        (lambda: tq.bonds(A.x, B.x, displacement=9), "`displacement` must be at most 4, but got 9"),
        (lambda: tq.bonds(A.x, B.x, displacement=0.5), "`displacement` must be an integer"),
        (lambda: tq.bonds(A.x, B.x, displacement="1"), "`displacement` must be an integer"),
        (lambda: tq.bonds(A.x, B.x, displacement=True), "`displacement` must be an integer"),
        (lambda: tq.bonds(A.x, B.x, displacement=[1, 0]), "must be one whole number, but got"),
        (lambda: tq.bonds(S2.x, S2.x, displacement=1), "hold 2 whole numbers, one for each axis"),
        (lambda: tq.bonds(CUBE.x, CUBE.x, displacement=[1, 0]), "hold 3 whole numbers"),
        (lambda: tq.bonds(A.x, B.x, [1, 2], displacement=0), "be one number or hold 4 numbers"),
        (lambda: tq.bonds(A.x, B.x, displacement=0, directed=True), "`directed` must be left out"),
        (lambda: tq.bonds(A[0].x, B.x, displacement=0), "take a sum of `x y z plus minus`"),
        (lambda: tq.bonds(A.x + B.x, B.x, displacement=0), "be an operator of one `Sites`"),
        (lambda: tq.bonds(tq.Spin(1, "c").x, B.x, displacement=0), "be an operator of one `Sites`"),
        (lambda: jump(tq.bonds(A.x, B.x, displacement=0)), "must be linear in the spins"),
        (lambda: Model(hamiltonian=1j * tq.bonds(A.x, B.x, displacement=0)), "must be Hermitian"),
        (lambda: tq.bonds(A.x, B.x, displacement=0) * A.x, "must be of at most second order"),
        (lambda: tq.each(tq.bonds(A.x, A.x, displacement=1)), "`each` must take forms of"),
        (lambda: read("bonds(a.x, b.x, displacement=a)"), "have whole numbers for `displacement`"),
        (lambda: read("bonds(a.x, b.x, displacement=0.5)"), "whole numbers for `displacement`"),
        (lambda: read("bonds(a.x, b.x, displacement=[1, 1.5])"), "whole numbers .* character 34"),
        (lambda: read("bonds(a.x, b.x, displacement=[])"), "be one whole number, but got .*, at"),
        (lambda: read("bonds(a.x, b.x, shift=1)"), "no such word in `bonds` .*`displacement`"),
        (lambda: read("each(a.x, displacement=1)"), "no such word in `each` .there is `values`"),
    ],
)  # fmt: skip
def test_clear_errors(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert re.search(message, str(caught.value)), caught.value
    assert "\n" not in str(caught.value)


def read(text: str) -> tq.Operator:
    return tq.read_operator(text, {"a": A, "b": B})


ALTERNATING = Model(
    members=[A3 := tq.Sites(tq.Spin(3), chain(3), "a"), B2 := tq.Sites(tq.Spin(2), chain(3), "b")],
    hamiltonian=0.2
    * (
        tq.bonds(A3.x, B2.x, displacement=0)
        + tq.bonds(B2.x, A3.x, displacement=1)
        + 0.5 * tq.bonds(A3.x, A3.y, displacement=1)
    ),
    jumps=[jump(tq.each(A3.minus), 0.1), jump(tq.each(B2.minus), 0.2)],
    initial={"a": "up"},
)


def test_cells_are_alike_on_rings_only() -> None:
    assert ALTERNATING.homogeneous
    a, b = (tq.Sites(tq.Spin(2), chain(3, periodic=False), name) for name in "ab")
    assert not Model(hamiltonian=tq.bonds(a.x, b.x, displacement=0)).homogeneous
    uneven = tq.bonds(A3.x, B2.x, [1, 2, 3], displacement=0)
    assert not Model(hamiltonian=uneven, members=[A3, B2]).homogeneous


def test_a_run_of_cells_is_that_of_its_pairs() -> None:
    """Bonds written out one by one are the same arrays; results are by member."""
    pairs = sum(
        0.2 * (A3[r].x * B2[r].x + B2[r].x * A3[(r + 1) % 3].x + 0.5 * A3[r].x * A3[(r + 1) % 3].y)
        for r in range(3)
    )
    assert ALTERNATING.hamiltonian is not None
    (one,) = tq.lower([A3, B2], ALTERNATING.hamiltonian).hamiltonian
    (other,) = tq.lower([A3, B2], pairs).hamiltonian
    np.testing.assert_array_equal(one.pairs, other.pairs)
    np.testing.assert_allclose(one.tensors, other.tensors, rtol=1e-15)
    found = simulate(ALTERNATING, times=[0, 1], trajectories=64, seed=1, observables=["sites"])
    assert found.sz.dims == ("time", "member")
    assert found.member.values.tolist() == ["a", "b"]
    assert found.sz_site.shape == (2, 6)


def gain_and_loss(jx: float, jy: float) -> Model:
    """A ring of eight spins S = 10, each second one with gain in place of loss."""
    a, b = (tq.Sites(tq.Spin(10), chain(4), name) for name in "ab")
    hamiltonian = sum(
        strength * (tq.bonds(one, other, displacement=0) + tq.bonds(other, one, displacement=1))
        for strength, one, other in ((jx / 20, a.x, b.x), (jy / 20, a.y, b.y))
    )
    return Model(
        hamiltonian=hamiltonian,
        jumps=[jump(tq.each(a.minus), 1 / 20), jump(tq.each(b.plus), 1 / 20)],
        initial={"b": "up"},
    )


def test_alternating_gain_and_loss_is_loss_alone_turned() -> None:
    """Turning each second spin by pi about x takes S^y, S^z to -S^y, -S^z, and gain to loss."""
    settings: dict[str, Any] = {"times": [1, 4], "step": 0.05, "trajectories": 2048, "seed": 3}
    turned = simulate(gain_and_loss(0.5, -0.8), **settings)

    def largest(jy: float) -> float:
        """Deviations in standard errors, each of averages over four or eight spins."""
        ring = simulate(Model(10, chain(8), coupling=(0.5, jy, 0), decay=1.0), **settings)
        parts = [
            (turned[name].sel(member=member) * sign - ring[name])
            / np.hypot(turned[f"{name}_se"].sel(member=member), ring[f"{name}_se"])
            for member, name, sign in [("a", "sz", 1), ("b", "sz", -1), ("a", "var_sx", 1)]
        ]
        return float(max(np.abs(part).max() for part in parts))

    assert largest(0.8) < 4  # six comparisons: 1 in 3000
    assert largest(-0.8) > 10  # negative control: the sign of J_y
