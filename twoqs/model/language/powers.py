"""Products of powers of parameters, which operators and rates are multiplied by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from twoqs.errors import require
from twoqs.model.language.pulses import Pulse
from twoqs.model.limits import MOST_EXPONENT

Powers: TypeAlias = tuple[tuple[str, float], ...]
"""A product of powers of parameters: (name, exponent), by name, each once, no exponent zero."""


def joined(one: Powers, other: Powers) -> Powers:
    """The product of two products of powers."""
    if not one or not other:
        return one or other
    exponents = dict(one)
    for name, exponent in other:
        exponents[name] = exponents.get(name, 0.0) + exponent
    return by_name(exponents)


def by_name(exponents: Mapping[str, float]) -> Powers:
    for name, exponent in exponents.items():
        wanted = f"have exponents of at most {MOST_EXPONENT}"
        require(abs(exponent) <= MOST_EXPONENT, name, wanted, exponent)
    return tuple(sorted((name, e) for name, e in exponents.items() if e))


def product_of(powers: Powers, values: Mapping[str, float]) -> float:
    """The product of powers, for the values of its parameters.

    Raises:
        ArgumentError: naming the parameter whose value has no such power.
    """
    result = 1.0
    for name, exponent in powers:
        value = values[name]
        wanted = "not be zero, for the model divides by it"
        require(value != 0.0 or exponent > 0, name, wanted, value)
        whole = float(exponent).is_integer()
        require(value >= 0 or whole, name, f"not be negative, for its power {exponent:g}", value)
        with np.errstate(over="ignore", invalid="ignore"):
            result *= float(np.float64(value) ** exponent)
        require(bool(np.isfinite(result)), name, "have a finite power", value)
    return result


def without_pulses(powers: Powers, values: Mapping[str, float | Pulse]) -> tuple[float, Powers]:
    """The product of the powers of numbers, and the powers of pulses that are left.

    Raises:
        ArgumentError: naming the parameter whose value has no such power, at any time.
    """
    numbers: dict[str, float] = {}
    moving = []
    for name, exponent in powers:
        value = values[name]
        if not isinstance(value, Pulse):
            numbers[name] = value
            continue
        least, most = value.bounds
        wanted = "not be zero at any time, for the model divides by it"
        require(exponent > 0 or least * most > 0, name, wanted, value)
        wanted = f"not be negative at any time, for its power {exponent:g}"
        require(least >= 0 or float(exponent).is_integer(), name, wanted, value)
        moving.append((name, exponent))
    constant = tuple(power for power in powers if power[0] in numbers)
    return product_of(constant, numbers), tuple(moving)
