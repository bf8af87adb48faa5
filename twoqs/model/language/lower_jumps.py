"""From jump operators to arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from twoqs.model.language.components import Linear, in_order
from twoqs.model.language.jumps import Jump, real_value
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Powers, product_of
from twoqs.model.language.pieces import Channel, Complexes, Integers, LocalJumps
from twoqs.model.language.values import along

PARALLEL = 1e-13
"""Relative difference of two forms that count as multiples of one another."""


def jump_pieces(
    numbering: Numbering, jump: Jump, values: Mapping[str, float]
) -> Iterator[LocalJumps | Channel]:
    """One piece of a jump operator; several if `each` has forms of several directions."""
    common = _common_powers(jump.operator)
    dynamic = frozenset() if common is not None else frozenset(jump.operator.parameters)
    key = jump.rate
    if common is not None:  # c = p c' has the rate p^2 rate with c'
        square = tuple((name, 2 * exponent) for name, exponent in common)
        key = key * Expression({square: 1.0 + 0.0j}, jump.operator.parameters)
        values_in_form: Mapping[str, float] | None = None
    else:
        values_in_form = values
    factor = real_value(key, "rate", values)
    sites, forms = _forms(numbering, jump.operator, values_in_form)
    if not jump.local and len(sites) > 1:
        yield Channel(key, factor, dynamic, sites, forms)
        return
    for form, where, weights in _directions(sites, forms):
        yield LocalJumps(key, factor, dynamic, form, where, weights)


def _common_powers(operator: Operator) -> Powers | None:
    """The product of parameters that multiplies all of an operator, if there is one."""
    found = {powers for powers, _ in operator.terms}
    return found.pop() if len(found) == 1 else None


def _forms(
    numbering: Numbering, operator: Operator, values: Mapping[str, float] | None
) -> tuple[Integers, Complexes]:
    """Spins that a linear operator acts on, and its coefficients there, shape (spin, 3)."""
    forms = np.zeros((numbering.count, 3), dtype=np.complex128)
    for powers, key in sorted(operator.terms, key=lambda term: in_order(term[1])):
        assert isinstance(key, Linear)
        factor = 1.0 if values is None else product_of(powers, values)
        sites = numbering.sites_of(key.component)
        forms[sites, key.component.axis] += factor * along(operator.terms[powers, key], len(sites))
    sites = np.flatnonzero(np.any(forms, axis=1))
    return sites, forms[sites]


def _directions(
    sites: Integers, forms: Complexes
) -> Iterator[tuple[Complexes, Integers, np.ndarray]]:
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
