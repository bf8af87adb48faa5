"""Errors that runs estimate beside that of sampling, by their causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CAUSES = ("drift", "step")
"""Errors that runs can estimate beside that of sampling."""

BUDGET = ("drift", "step")
"""Those that they do estimate if nothing else is said, the step with PAIRED_BY_DEFAULT."""

PAIRED_EVERY, PAIRED_BY_DEFAULT = 8, 32
"""Of so many blocks one is run at twice the step, too, which takes about as long. The default knows
the bias of the step to a third of the standard error where the variance of the difference is below
1/32 of that of values; it is below 1/250 as long as both stay together."""

FIRST_PAIR = 16
"""The first of these blocks is this one at the latest."""


def budget_settings(causes: Sequence[str] | None) -> dict[str, Any]:
    """Settings of `Numerics` for these causes of errors; those of a run that names none if None."""
    if causes is None:
        return {"budget": BUDGET, "paired_every": PAIRED_BY_DEFAULT}
    return {"budget": tuple(causes)}
