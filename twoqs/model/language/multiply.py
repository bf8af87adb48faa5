"""The product of two components: the symmetric part, and half the commutator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from twoqs.errors import ArgumentError
from twoqs.model.kinds import MODE
from twoqs.model.language.components import (
    ALL,
    CYCLIC,
    NUMBER,
    Component,
    Key,
    Linear,
    Unit,
    product,
)
from twoqs.model.language.values import Coefficient, coefficient_of, multiplied

if TYPE_CHECKING:
    from twoqs.model.language.members import Member


def product_terms(
    one: tuple[Key, Coefficient], other: tuple[Key, Coefficient], members: Mapping[str, Member]
) -> Iterator[tuple[Key, Coefficient]]:
    """The product of two terms of first order, as keys and values."""
    (left, value), (right, factor) = one, other
    if isinstance(left, Unit) or isinstance(right, Unit):
        yield right if isinstance(left, Unit) else left, multiplied(value, factor)
        return
    assert isinstance(left, Linear)
    assert isinstance(right, Linear)
    yield from multiplied_terms((left.component, value), (right.component, factor), members)


def multiplied_terms(
    one: tuple[Component, Coefficient],
    other: tuple[Component, Coefficient],
    members: Mapping[str, Member],
) -> Iterator[tuple[Key, Coefficient]]:
    """U V = {U, V}/2 + [U, V]/2 for U = sum_i u_i S_i^a, V = sum_j v_j S_j^b, as keys and values.

    Of one spin, [U, V] = i eps_abc sum_i u_i v_i S_i^c; of one mode [x, y] = -i/2, and y^2 is
    n + 1/2 - x^2. Complex u_i are split into real and imaginary parts, so that the symmetric
    products are Hermitian.

    Raises:
        ArgumentError: for products of more than two amplitudes of one mode but n^2.
    """
    for first, u in real_parts(*one):
        for second, v in real_parts(*other):
            apart = first.member != second.member
            shared = None if apart else overlap(first, second, members)
            if shared is not None and members[first.member].kind == MODE:
                yield from _of_mode(first, second, u * v, _sum(shared, members[first.member]))
                continue
            yield product(first, second), u * v
            if shared is not None and first.axis != second.axis:
                axis, sign = CYCLIC[first.axis, second.axis]
                where, common = shared
                component = Component(first.member, where, axis)
                yield Linear(component), multiplied(common, 0.5j * sign * u * v)


def _of_mode(
    first: Component, second: Component, value: complex, shared: complex
) -> Iterator[tuple[Key, Coefficient]]:
    """The product of two components of one mode; `shared` is the sum of u_i v_i."""
    if first.axis != second.axis and NUMBER in (first.axis, second.axis):
        raise too_high(f"n multiplied a or adag of the mode `{first.member}`")
    if first.axis == second.axis == 1 and ALL not in (first.site, second.site):
        yield product(first.along(0), second.along(0)), -value
        yield Linear(first.along(NUMBER)), value
        yield Unit(), value / 2
        return
    yield product(first, second), value
    if first.axis != second.axis:
        yield Unit(), -0.25j * (second.axis - first.axis) * value * shared


def _sum(shared: tuple[int, Coefficient], member: Member) -> complex:
    """The sum over the sites that two sums share."""
    where, common = shared
    if isinstance(common, tuple):
        return sum(common)
    return common * (member.n_sites if where == ALL else 1)


def too_high(product: str) -> ArgumentError:
    """An error about a product of too many components."""
    return ArgumentError(
        f"Argument `operator` must be of at most second order in the spins, but got {product} "
        "(replace a factor by a number, its mean value; docs/models.md says what can be modelled)."
    )


def overlap(
    one: Component, other: Component, members: Mapping[str, Member]
) -> tuple[int, Coefficient] | None:
    """The site that two sums over one member share, or ALL, and the product of their weights."""
    if one.site == ALL and other.site == ALL:
        if not one.weights and not other.weights:
            return ALL, 1.0 + 0.0j
        weights = [np.array(c.weights or 1.0, dtype=np.complex128) for c in (one, other)]
        return ALL, coefficient_of(weights[0] * weights[1])
    sites = {c.site for c in (one, other) if c.site != ALL}
    if len(sites) == 2:
        return None
    site = sites.pop()
    value = 1.0
    for c in (one, other):
        if c.weights:
            value *= c.weights[site]
    return site, complex(value)


def real_parts(component: Component, value: Coefficient) -> Iterator[tuple[Component, complex]]:
    """Components with real weights, and their factors, that together are value * component."""
    if not isinstance(value, tuple):
        yield component, value
        return
    array = np.array(value)
    for part, unit in ((array.real, 1.0 + 0.0j), (array.imag, 1.0j)):
        if not np.any(part):
            continue
        largest = float(part[np.argmax(np.abs(part))])
        weights = part / largest
        uniform = bool(np.all(weights == 1.0))
        named = () if uniform else tuple(weights.tolist())
        yield Component(component.member, component.site, component.axis, named), unit * largest
