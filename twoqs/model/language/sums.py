"""Sums over the sites and the bonds of a lattice, as one term each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import flag, is_sequence
from twoqs.model.kinds import MODE
from twoqs.model.language.components import (
    ALL,
    NUMBER,
    Bond,
    Key,
    Linear,
    Product,
    SiteProduct,
    Unit,
)
from twoqs.model.language.displaced import displaced_bonds
from twoqs.model.language.members import LETTERS, Ensemble, Sites
from twoqs.model.language.operators import Operator, TermKey, require_few
from twoqs.model.language.parameters import merged
from twoqs.model.language.powers import joined
from twoqs.model.language.values import Coefficient, multiplied, plus, values_for


def each(operator: Operator, values: Any = None) -> Operator:
    """The sum over the sites of what `operator` is at one site, or over the members of an ensemble.

    `each(s.z**2)` is sum_i (S_i^z)^2, where `s.z**2` is the square of the sum; `each(s.x, h)` is
    sum_i h_i S_i^x. As a jump operator, `each(s.minus)` acts at every site on its own, where
    `s.minus` is one operator of all sites together; of an `Ensemble`, `each(e.minus)` acts on every
    one of its members.

    Args:
        operator: a linear or quadratic form of the operators of one `Sites`, or a linear form of
            those of one `Ensemble`, which has no `values`.
        values: a number or an expression that multiplies it, or one number for each site.

    Raises:
        ArgumentError: for other operators, and if there are not as many values as sites.

    Examples:
        >>> s = twoqs.Sites(twoqs.Spin(5), twoqs.chain(3), "s")
        >>> twoqs.each(s.x, [0.1, 0.2, 0.3])
        each(s.x, [0.1, 0.2, 0.3])
        >>> twoqs.each(s.z**2) == s.z**2  # which is the square of the sum
        False
    """
    if isinstance(operator, Operator) and _ensembles(operator):
        return _of_each_member(operator, values)
    sites = _sites_of(operator, "each")
    terms: dict[TermKey, Coefficient] = {}
    for (powers, key), value in operator.terms.items():
        for found, factor in _at_each_site(key, operator, sites):
            term, more = (powers, found), multiplied(value, factor)
            terms[term] = plus(terms[term], more) if term in terms else more
    summed = Operator(terms, operator.members, operator.parameters)
    return _weighted(summed, values, sites.n_sites, "site")


def total(operator: Operator, values: Any = None) -> Operator:
    """The sum over the sites, as one operator: sum_i v_i S_i^a.

    In a Hamiltonian it is the same as `each`; as a jump operator it is one common bath, with a
    factor v_i (a phase, say) for each site.

    Args:
        operator: a linear form of the `x y z plus minus` of one `Sites`.
        values: one number for each site.

    Raises:
        ArgumentError: for other operators, and if there are not as many values as sites.

    Examples:
        >>> s = twoqs.Sites(twoqs.Spin(5), twoqs.chain(3), "s")
        >>> twoqs.jump(twoqs.total(s.minus, [1, 1j, -1]), rate=0.1)
        jump(total(s.minus, [1, 1j, -1]), rate=0.1)
    """
    sites = _sites_of(operator, "total")
    _require_plain_linear(operator, "total")
    return _weighted(operator, values, sites.n_sites, "site")


def bonds(
    one: Operator,
    other: Operator,
    values: Any = None,
    *,
    directed: Any = False,
    displacement: Any = None,
) -> Operator:
    """The sum over the bonds <ij>, each once and multiplied its weight: sum_<ij> w_ij A_i B_j.

    A bond has no direction: if A and B differ, it is the mean of both, (A_i B_j + B_i A_j)/2.
    Products that change sign with the direction (Dzyaloshinskii-Moriya) are `directed`: then i, j
    are as in `lattice.edges`: on chains and grids along an axis from each site to the next, on
    other graphs from the lower number to the higher.

    With a displacement d it is sum_r A_r B_{r+d} over the cells r of a lattice instead, without
    weights: of one `Sites`, or of two on equal lattices, which are the two sites of a cell.

    Args:
        one: A, a linear form of the `x y z plus minus` of one `Sites`.
        other: B, likewise, of the same `Sites`, or with a displacement of any.
        values: a number or an expression that multiplies it, or one number for each bond.
        directed: whether A is at the first end of each bond and B at the second.
        displacement: d, a whole number, or one for each axis of the lattice; 0 is the cell itself.
            Bonds are in the order of r then.

    Raises:
        ArgumentError: for other operators, on a lattice without bonds, for a displacement that
            leads nowhere, and if there are not as many values as bonds.

    Examples:
        >>> s = twoqs.Sites(twoqs.Spin(5), twoqs.chain(5), "s")
        >>> 0.1 * twoqs.bonds(s.x, s.x) + 0.2 * twoqs.bonds(s.z, s.z, displacement=2)
        0.1*bonds(s.x, s.x) + 0.2*bonds(s.z, s.z, displacement=2)
    """
    directed = flag("directed", directed)
    sites = _sites_of(one, "bonds")
    for operator in (one, other):
        joins = _sites_of(operator, "bonds") == sites or displacement is not None
        wanted = "join sites of one member, or have a `displacement` (0 within a cell)"
        require(joins, "bonds", wanted, operator)
        _require_plain_linear(operator, "bonds")
    if displacement is not None:
        wanted = "be left out beside a displacement, which has a direction"
        require(not directed, "directed", wanted, directed)
        return displaced_bonds(one, other, displacement, values)
    require(sites.lattice.n_edges > 0, "bonds", "be on a lattice that has bonds", sites.lattice)
    require_few(len(one.terms) * len(other.terms))
    terms: dict[TermKey, Coefficient] = {}
    for (p, left), v in one.terms.items():
        for (q, right), w in other.terms.items():
            assert isinstance(left, Linear)
            assert isinstance(right, Linear)
            a, b = left.component.axis, right.component.axis
            ends = ((a, b),) if directed else ((a, b), (b, a))
            value = multiplied(multiplied(v, w), 1.0 / len(ends))
            for first, second in ends:
                term = (joined(p, q), Bond(left.component.member, first, second))
                terms[term] = plus(terms[term], value) if term in terms else value
    parameters = merged(one.parameters, other.parameters)
    return _weighted(
        Operator(terms, one.members, parameters), values, sites.lattice.n_edges, "bond"
    )


def _ensembles(operator: Operator) -> bool:
    members = list(operator.members.values())
    return len(members) == 1 and isinstance(members[0], Ensemble)


def _of_each_member(operator: Operator, values: Any) -> Operator:
    """What a linear form of an ensemble is at one of its members, summed."""
    wanted = "take single components of an ensemble (each member is a spin 1/2: products are none)"
    require(operator.is_linear, "each", wanted, operator)
    alike = values is None or not is_sequence(values)
    wanted = "be left out, or one number: the members of an ensemble are alike"
    require(alike, "values", wanted, values)
    terms: dict[TermKey, Coefficient] = {}
    for (powers, key), value in operator.terms.items():
        assert isinstance(key, Linear)
        terms[powers, Linear(key.component, each=True)] = value
    summed = Operator(terms, operator.members, operator.parameters)
    return summed if values is None else summed * values


def _sites_of(operator: Any, function: str) -> Sites:
    """The lattice of spins that an operator is of."""
    wanted = (
        f"be an operator of one `Sites`, such as `{function}(s.x{', s.x' * (function == 'bonds')})`"
    )
    require(isinstance(operator, Operator), function, wanted, operator)
    members = list(operator.members.values())
    if function == "each":
        wanted += " (or of one `Ensemble`; others have no members with processes of their own)"
    if len(members) != 1 or not isinstance(members[0], Sites):
        raise ArgumentError.of(function, wanted, operator)
    return members[0]


def _require_plain_linear(operator: Operator, function: str) -> None:
    for (_, key), value in operator.terms.items():
        plain = isinstance(key, Linear) and key.component.site == ALL and not key.each
        wanted = "take a sum of `x y z plus minus` of all sites"
        require(plain and not isinstance(value, tuple), function, wanted, operator)


def _at_each_site(key: Key, operator: Operator, sites: Sites) -> Iterator[tuple[Key, complex]]:
    """The sums over sites that a sum of all sites, or a product of two, stands for."""
    wanted = f"take forms of the `{' '.join(LETTERS[sites.kind])}` of all sites, up to second order"
    if isinstance(key, Unit):
        yield key, 1.0 + 0.0j
    elif isinstance(key, Linear) and key.component.site == ALL and not key.each:
        yield Linear(key.component, each=True), 1.0 + 0.0j
    elif isinstance(key, Product) and all(
        c.site == ALL and not c.weights for c in (key.first, key.second)
    ):
        axes = sorted(c.axis for c in (key.first, key.second))
        if sites.kind != MODE or axes != [1, 1]:
            yield SiteProduct(key.first.member, *axes), 1.0 + 0.0j
            return
        yield SiteProduct(key.first.member, 0, 0), -1.0 + 0.0j  # y^2 = n + 1/2 - x^2
        yield Linear(key.first.along(NUMBER), each=True), 1.0 + 0.0j
        yield Unit(), complex(sites.n_sites / 2)
    else:
        raise ArgumentError.of("each", wanted, operator)


def _weighted(operator: Operator, values: Any, count: int, of: str) -> Operator:
    """A sum multiplied one number or expression, or multiplied one number for each site or bond."""
    if values is None:
        return operator
    if not is_sequence(values):
        return operator * values
    factors = values_for("values", values, count, of)
    terms = {term: multiplied(value, factors) for term, value in operator.terms.items()}
    return Operator(terms, operator.members, operator.parameters)
