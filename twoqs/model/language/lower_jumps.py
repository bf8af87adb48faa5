"""From jump operators to arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.language.components import Linear, key_order
from twoqs.model.language.in_time import bounds, moving
from twoqs.model.language.jumps import AnyJump, Jump
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression
from twoqs.model.language.pieces import (
    ChannelPiece,
    LocalJumps,
    MemberJumps,
)
from twoqs.model.language.powers import Powers, product_of
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.values import along

PARALLEL = 1e-13
"""Relative difference of two forms that count as multiples of one another."""


def jump_pieces(
    numbering: Numbering, jump: AnyJump, values: Mapping[str, float | Pulse]
) -> Iterator[LocalJumps | ChannelPiece | MemberJumps]:
    """The pieces of a jump operator, or of several with a matrix of rates."""
    common = _common_powers(jump.operators)
    rate, within = jump.rate, None
    if common is not None:  # c = p c' has the rate p^2 rate with c'
        rate = rate * _product(jump, common, 2)
    else:
        within = _numbers(jump, values)
    factor, key = _moving_rate(rate, values)
    forms = np.array([_form(numbering, operator, within) for operator in jump.operators])
    if isinstance(jump, Jump):
        (name, *_) = jump.operator.members
        if jump.local and numbering.members[name].kind == ENSEMBLE:
            site = numbering.first[name]
            yield MemberJumps(key, factor, forms[0][site], site)
        else:
            yield from _pieces(key, factor, forms[0], jump.local)
        return
    rates, vectors = jump.modes
    for g, mixed in zip(rates.tolist(), np.tensordot(vectors, forms, 1), strict=True):
        yield from _pieces(key, factor * g, mixed, False)


def channel_pieces(
    numbering: Numbering, jump: AnyJump, values: Mapping[str, float | Pulse]
) -> Iterator[tuple[int | None, ChannelPiece]]:
    """The channels of a jump one by one, each with its phase, and the site of those of `each`.

    Raises:
        ArgumentError: for members of ensembles, and where a pulse may change the sign of c.
    """
    rate, within, common = jump.rate, None, _common_powers(jump.operators)
    pulsed = any(isinstance(values[name], Pulse) for name, _ in common or ())
    if common is not None and pulsed:
        sign, moves = moving(_product(jump, common, 1), _without_pulses(values))
        wanted = "name jumps whose operators have no pulse that becomes negative"
        require(sign * min(bounds(moves)) >= 0, "observables", wanted, jump.label)
        rate = rate * _product(jump, common, 2)
    else:
        within = _numbers(jump, values)
    factor, key = _moving_rate(rate, values)
    forms = np.array([_form(numbering, operator, within) for operator in jump.operators])
    if isinstance(jump, Jump) and jump.local:
        (name, *_) = jump.operator.members
        single = numbering.members[name].kind == ENSEMBLE
        wanted = "name jumps of whole ensembles (members with baths of their own have no one field)"
        require(not single, "observables", wanted, jump.label)
        for site in _acted_on(forms[0]).tolist():
            yield site, ChannelPiece(key, factor, np.array([site]), forms[0][[site]])
        return
    rates, vectors = ([1.0], np.eye(1)) if isinstance(jump, Jump) else jump.modes
    for g, mixed in zip(list(rates), np.tensordot(vectors, forms, 1), strict=True):
        sites = _acted_on(mixed)
        yield None, ChannelPiece(key, factor * float(g), sites, mixed[sites])


def _acted_on(forms: Complexes) -> Ints:
    """Sites on which an operator acts; any one if it is 0, as its field is there, too."""
    sites = np.flatnonzero(np.any(forms, axis=1))
    return sites if len(sites) else np.zeros(1, np.int64)


def _product(jump: AnyJump, powers: Powers, exponent: float) -> Expression:
    """A product of parameters of the operators to some power."""
    named = {n: p for operator in jump.operators for n, p in operator.parameters.items()}
    return Expression({tuple((n, exponent * e) for n, e in powers): 1.0 + 0.0j}, named)


def _without_pulses(values: Mapping[str, float | Pulse]) -> dict[str, float]:
    return {n: v for n, v in values.items() if not isinstance(v, Pulse)}


def _moving_rate(rate: Expression, values: Mapping[str, float | Pulse]) -> tuple[float, Expression]:
    """A rate as a number and what multiplies it in time."""
    factor, key = moving(rate, _without_pulses(values))
    require(factor * min(bounds(key)) >= 0, "rate", "not be negative", factor)
    return factor, key


def _pieces(
    key: Expression, factor: float, forms: Complexes, local: bool
) -> Iterator[LocalJumps | ChannelPiece]:
    """One piece; several if `local` has forms of several directions, none for the operator 0."""
    sites = np.flatnonzero(np.any(forms, axis=1))
    if not local and len(sites) > 1:
        yield ChannelPiece(key, factor, sites, forms[sites])
        return
    for form, where, weights in _directions(sites, forms[sites]):
        yield LocalJumps(key, factor, form, where, weights)


def require_fixed_form(jump: AnyJump, argument: str, values: Mapping[str, float | Pulse]) -> None:
    """Refuse a jump operator with a pulse that does not multiply all of it.

    Raises:
        ArgumentError: naming the argument.
    """
    if _common_powers(jump.operators) is None:
        named = {name for operator in jump.operators for name in operator.parameters}
        pulsed = any(isinstance(values[name], Pulse) for name in named)
        wanted = (
            "have its pulses as factors of the whole operator (its form cannot change in time; "
            "docs/models.md says what can be modelled)"
        )
        require(not pulsed, argument, wanted, jump)


def _numbers(jump: AnyJump, values: Mapping[str, float | Pulse]) -> dict[str, float]:
    """The values of the parameters of the operators, none of which is a pulse."""
    found: dict[str, float] = {}
    for name in (name for operator in jump.operators for name in operator.parameters):
        value = values[name]
        assert not isinstance(value, Pulse)
        found[name] = value
    return found


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


def _directions(sites: Ints, forms: Complexes) -> Iterator[tuple[Complexes, Ints, Floats]]:
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
