"""Expressions with pulses: what of them is a number, their values in time, their bounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twoqs.errors import ArgumentError
from twoqs.model.arrays import Floats
from twoqs.model.language.parameters import Expression, Parameter, values_of
from twoqs.model.language.powers import Powers, without_pulses
from twoqs.model.language.pulses import Pulse

NO_PULSE = Expression.constant(1)
"""What does not depend on time, but for a factor."""


def moving(
    expression: Expression, values: Mapping[str, float] | None = None
) -> tuple[float, Expression]:
    """A number, and an expression of pulses alone that it multiplies; 1 if there are no pulses.

    Args:
        expression: with real coefficients.
        values: of parameters, by name; others have their own value.
    """
    given = values_of(expression.parameters, values)
    terms: dict[Powers, complex] = {}
    for powers, value in expression.terms.items():
        factor, left = without_pulses(powers, given)
        terms[left] = terms.get(left, 0.0) + value * factor
    if terms.keys() <= {()}:
        return complex(terms.get((), 0.0)).real, NO_PULSE
    kept = Expression(terms, _pulses(expression, given))
    if len(kept.terms) == 1:
        ((powers, value),) = kept.terms.items()
        return value.real, Expression({powers: 1.0 + 0.0j}, kept.parameters)
    return 1.0, kept


def _pulses(expression: Expression, values: Mapping[str, float | Pulse]) -> dict[str, Parameter]:
    named = expression.parameters.items()
    return {name: one for name, one in named if isinstance(values[name], Pulse)}


def values_in_time(expression: Expression, times: Floats) -> Floats:
    """Values of an expression of pulses alone, of the shape of the times."""
    total = np.zeros(np.shape(times))
    for powers, value in expression.terms.items():
        product = np.full(np.shape(times), value.real)
        for name, exponent in powers:
            product *= _pulse(expression, name).at(times) ** exponent
        total += product
    return total


def bounds(expression: Expression) -> tuple[float, float]:
    """Between what the values of an expression of pulses alone lie, at all times.

    Each pulse may have its least and its largest value independently of all others.
    """
    least = most = 0.0
    for powers, value in expression.terms.items():
        low = high = value.real
        for name, exponent in powers:
            ends = [end**exponent for end in _pulse(expression, name).bounds]
            if exponent % 2 == 0 and np.prod(_pulse(expression, name).bounds) < 0:
                ends.append(0.0)
            products = [one * other for one in (low, high) for other in (min(ends), max(ends))]
            low, high = min(products), max(products)
        least, most = least + low, most + high
    return least, most


def require_not_negative(rate: Expression, name: str) -> None:
    """Refuse a rate that may be negative at some time.

    Raises:
        ArgumentError: showing its least value.
    """
    factor, rest = moving(rate)
    least, most = bounds(rest)
    lowest = min(factor * least, factor * most)
    if lowest < 0:
        raise ArgumentError(
            f"Argument `{name}` must not be negative at any time, but {rate!r} may be {lowest:g}."
        )


def pulses_of(parameters: Mapping[str, Parameter]) -> dict[str, Pulse]:
    """The pulses among parameters, by name."""
    return {n: one.value for n, one in parameters.items() if isinstance(one.value, Pulse)}


def _pulse(expression: Expression, name: str) -> Pulse:
    pulse = expression.parameters[name].value
    assert isinstance(pulse, Pulse)
    return pulse
