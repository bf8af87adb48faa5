"""Jumps of a model by their labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from twoqs.errors import require
from twoqs.model.language.jumps import AnyJump
from twoqs.model.language.names import meant
from twoqs.model.model import Model

Taps: TypeAlias = tuple[str, ...]
"""Labels of the jumps whose output field is kept, each once."""


def parted_by_labels(
    model: Model, labels: Iterable[str]
) -> tuple[tuple[AnyJump, ...], tuple[AnyJump, ...]]:
    """The jumps of these labels, in their order, and all others.

    Raises:
        ArgumentError: for a label that no jump has.
    """
    jumps = model.operators.jumps
    known = {one.label: one for one in jumps if one.label is not None}
    for label in labels:
        hint = (
            meant(label, known) if known else ": there is none (`jump(..., label=...)` makes one)"
        )
        require(label in known, "observables", f"name labels of jumps{hint}", label)
    chosen = dict.fromkeys(labels)
    others = tuple(one for one in jumps if one.label not in chosen)
    return tuple(known[label] for label in chosen), others
