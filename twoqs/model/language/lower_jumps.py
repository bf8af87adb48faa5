"""From jump operators to arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from twoqs.model.language.components import Linear, key_order
from twoqs.model.language.jumps import AnyJump, Jump, real_value
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Powers, product_of
from twoqs.model.language.pieces import ChannelPiece, Complexes, Floats, Integers, LocalJumps
from twoqs.model.language.values import along

PARALLEL = 1e-13
"""Relative difference of two forms that count as multiples of one another."""


def jump_pieces(
    numbering: Numbering, jump: AnyJump, values: Mapping[str, float]
) -> Iterator[LocalJumps | ChannelPiece]:
    """The pieces of a jump operator, or of several with a matrix of rates."""
    common = _common_powers(jump.operators)
    key, dynamic, within = jump.rate, frozenset[str](), None
    if common is not None:  # c = p c' has the rate p^2 rate with c'
        named = {n: p for operator in jump.operators for n, p in operator.parameters.items()}
        square = tuple((name, 2 * exponent) for name, exponent in common)
        key = key * Expression({square: 1.0 + 0.0j}, named)
    else:
        within = values
        dynamic = frozenset(name for operator in jump.operators for name in operator.parameters)
    factor = real_value(key, "rate", values)
    forms = np.array([_form(numbering, operator, within) for operator in jump.operators])
    if isinstance(jump, Jump):
        yield from _pieces(key, factor, dynamic, forms[0], jump.local)
        return
    rates, vectors = jump.modes
    for g, mixed in zip(rates.tolist(), np.tensordot(vectors, forms, 1), strict=True):
        yield from _pieces(key * g, factor * g, dynamic, mixed, False)


def _pieces(
    key: Expression, factor: float, dynamic: frozenset[str], forms: Complexes, local: bool
) -> Iterator[LocalJumps | ChannelPiece]:
    """One piece; several if `local` has forms of several directions, none for the operator 0."""
    sites = np.flatnonzero(np.any(forms, axis=1))
    if not local and len(sites) > 1:
        yield ChannelPiece(key, factor, dynamic, sites, forms[sites])
        return
    for form, where, weights in _directions(sites, forms[sites]):
        yield LocalJumps(key, factor, dynamic, form, where, weights)


def _common_powers(operators: Sequence[Operator]) -> Powers | None:
    """The product of parameters that multiplies all terms, if there is one."""
    found = {powers for operator in operators for powers, _ in operator.terms}
    return found.pop() if len(found) == 1 else None


def _form(
    numbering: Numbering, operator: Operator, values: Mapping[str, float] | None
) -> Complexes:
    """The coefficients of a linear operator, shape (spin, 3); without parameters for None."""
    form = np.zeros((numbering.count, 3), dtype=np.complex128)
    for powers, key in sorted(operator.terms, key=lambda term: key_order(term[1])):
        assert isinstance(key, Linear)
        factor = 1.0 if values is None else product_of(powers, values)
        sites = numbering.sites_of(key.component)
        value = along(operator.terms[powers, key], len(sites))
        form[sites, key.component.axis] += factor * value
    return form


def _directions(sites: Integers, forms: Complexes) -> Iterator[tuple[Complexes, Integers, Floats]]:
    """Forms that are multiples of one another, as one form with a factor |multiple|^2 each."""
    while len(sites):
        form = forms[0]
        length = np.vdot(form, form).real
        multiples = forms @ form.conj() / length
        off = np.linalg.norm(forms - multiples[:, None] * form, axis=1)
        same = off <= PARALLEL * np.linalg.norm(forms, axis=1)
        same[0] = True
        yield form, sites[same], np.abs(multiples[same]) ** 2
        sites, forms = sites[~same], forms[~same]
