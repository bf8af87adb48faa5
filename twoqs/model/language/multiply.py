"""The product of two spin components: the symmetric part, and half the commutator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from twoqs.model.language.components import ALL, CYCLIC, Component, Key, Linear, product
from twoqs.model.language.values import Coefficient, coefficient_of, multiplied

if TYPE_CHECKING:
    from twoqs.model.language.members import Sites, Spin


def multiplied_terms(
    one: tuple[Component, Coefficient],
    other: tuple[Component, Coefficient],
    members: Mapping[str, Spin | Sites],
) -> Iterator[tuple[Key, Coefficient]]:
    """U V = {U, V}/2 + [U, V]/2 for U = sum_i u_i S_i^a, V = sum_j v_j S_j^b, as keys and values.

    Of one member, [U, V] = i eps_abc sum_i u_i v_i S_i^c. Complex u_i are split into real and
    imaginary parts, so that the symmetric products are Hermitian.
    """
    for first, u in _real_parts(*one):
        for second, v in _real_parts(*other):
            yield product(first, second), u * v
            if first.member != second.member or first.axis == second.axis:
                continue
            shared = overlap(first, second, members)
            if shared is not None:
                axis, sign = CYCLIC[first.axis, second.axis]
                where, common = shared
                component = Component(first.member, where, axis)
                yield Linear(component), multiplied(common, 0.5j * sign * u * v)


def overlap(
    one: Component, other: Component, members: Mapping[str, Spin | Sites]
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


def _real_parts(component: Component, value: Coefficient) -> Iterator[tuple[Component, complex]]:
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
