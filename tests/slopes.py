"""Orders that are measured, with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Sequence


def slope_of_differences(values: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    """p and its standard error from E(h), E(h/2), E(h/4), E(h) = E + c h^p."""
    first, second = values[0] - values[1], values[1] - values[2]
    weights = [1 / first, 1 / first + 1 / second, 1 / second]
    error = math.hypot(*(w * e for w, e in zip(weights, errors, strict=True)))
    return math.log2(abs(first / second)), error / math.log(2)
