"""Limits that parameters tell of before a run: one a file, each with the size that was measured."""

from __future__ import annotations

from collections.abc import Callable

from twoqs.measure.limits.broken import broken_note
from twoqs.measure.limits.common_bath import common_bath_note
from twoqs.measure.limits.fold import fold_note
from twoqs.measure.limits.lengths import lengths_note
from twoqs.measure.limits.rephasing import rephasing_note
from twoqs.measure.limits.squeezed import squeezed_note
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model

LIMITS: tuple[Callable[[Model, Numerics], str | None], ...] = (
    squeezed_note,
    common_bath_note,
    broken_note,
    fold_note,
    rephasing_note,
    lengths_note,
)
"""What is wrong, by how much, and what to do; None where nothing is."""


def limit_notes(model: Model, numerics: Numerics) -> list[str]:
    """A sentence for each of LIMITS that the model is beyond."""
    notes = (limit(model, numerics) for limit in LIMITS)
    return [note for note in notes if note is not None]
