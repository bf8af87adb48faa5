"""Models in operators that make no sense: each is one clear error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twoqs import (
    ArgumentError,
    Model,
    Sites,
    Spin,
    chain,
    coherent,
    jump,
)

A, B = Spin(3, "a"), Spin(6, "b")
S = Sites(Spin(2), chain(3), "s")
PAIR = Model(
    hamiltonian=0.1 * (A.plus * B.minus + A.minus * B.plus),
    jumps=[jump(A.minus + B.minus, 0.1)],
    initial={"a": "up"},
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Model(hamiltonian=A.z + 1j * A.x),
         r"`hamiltonian` must be Hermitian \(this part is not\), but got 1j\*a\.x\."),
        (lambda: Model(hamiltonian=A.minus * B.plus), r"Hermitian .* 1j\*a\.x\*b\.y"),
        (lambda: Model(hamiltonian="a.x"), r"`hamiltonian` must be an operator, .* got 'a.x'"),
        (lambda: Model(hamiltonian=A), r"`hamiltonian` must be an operator, .* got Spin"),
        (lambda: Model(members=[A], hamiltonian=0.0), "`hamiltonian` must be an operator"),
        (lambda: Model(hamiltonian=A.x * A.y * A.z), "`operator` must be of at most second ord"),
        (lambda: Model(jumps=[jump(A.minus, -1)]), "`rate` must not be negative, but got -1.0"),
        (lambda: Model(jumps=[jump(A.minus * A.z)]), "`operator` must be linear in the spins"),
        (lambda: Model(members=[A], jumps=jump(A.minus)), r"`jumps` must be a list of `jump"),
        (lambda: Model(members=[A], jumps=[A.minus]), r"`jumps` must hold `jump"),
        (lambda: Model(members=[A], hamiltonian=B.x),
         r"`hamiltonian` must be of members of the model \(there is `a`\), but got 'b'"),
        (lambda: Model(members=[A], jumps=[jump(A.z), jump(B.z)]),
         r"`jumps\[1\]` must be of members of the model \(there is `a`\), but got 'b'"),
        (lambda: Model(members=[A], hamiltonian=Spin(4, "a").x),
         r"`hamiltonian` must be of the model's own Spin\(spin=3.0, name='a'\)"),
        (lambda: Model(hamiltonian=A.x * Spin(4, "a").z),
         r"`members` must have different names \(two that differ are called `a`\)"),
        (lambda: Model(members=[A, B], decay=1.0), "`decay` must be left out where there are sev"),
        (lambda: Model(members=[A, B], field=(1, 0, 0)), "`field` must be left out where"),
        (lambda: Model(members=[A, B], coupling=(1, 0, 0)), "`coupling` must be zero on a lat"),
        (lambda: Model(spin=3, members=[A, B]), r"`spin` must be left out, .* \(6\), but got 3"),
        (lambda: Model(5, hamiltonian=A.x), r"`spin` must be left out, .* \(3\), but got 5"),
        (lambda: Model(members=[S], lattice=chain(4)), "`lattice` must be left out, or that of"),
        (lambda: Model(members=[A, B], lattice=chain(3)), "`lattice` must be left out, or that"),
        (lambda: Model(members=[A, B], initial={"c": "up"}),
         r"`initial` must name members of the model \(there is `a`, `b`\), but got 'c'"),
        (lambda: Model(members=[A, B], initial={"a": "upp"}), '`initial.a` must be "down", "up"'),
        (lambda: Model(members=[A, B], initial={"a": coherent([1, 2])}),
         r"`initial.a.theta` must be one number or hold 1 numbers, but got \(1.0, 2.0\)"),
        (lambda: Model(members=[A, B], initial=coherent([1, 2, 3])), "hold 2 numbers"),
        (lambda: Model(3, initial={"a": "up"}), "`initial` must name members .* without a name"),
        (lambda: Model(members=[Spin(3), Spin(4)]), "`members` must have names where there are"),
        (lambda: Model(members=[Spin(3), B]), "`members` must have names where there are several"),
        (lambda: Model(members=[A, Spin(6, "a")]), "`members` must have different names, .* 'a'"),
        (lambda: Model(members=A), "`members` must be a list of `Spin`, `Ensemble`"),
        (lambda: Model(members="a"), "`members` must be a list of `Spin`, `Ensemble`"),
        (lambda: Model(members=[S[0]]), r"`members` must hold .* \(not one site\), but got s\[0\]"),
        (lambda: Model(members=[]), "`spin` must be given"),
        (lambda: Model(), "`spin` must be given"),
        (lambda: replace(PAIR, spin=5), "`spin` must be left out"),
        (lambda: replace(PAIR, decay=1.0), "`decay` must be left out"),
    ],
)  # fmt: skip
def test_clear_errors(make, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
