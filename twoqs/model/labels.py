"""Jumps of a model by their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from twoqs.errors import require
from twoqs.model.language.jumps import AnyJump
from twoqs.model.language.names import meant
from twoqs.model.model import Model

Taps: TypeAlias = tuple[str, ...]
"""Labels of the jumps whose output field is kept, each once."""


def labelled(model: Model, label: str, name: str = "observables") -> AnyJump:
    """The jump of this label.

    Args:
        name: what messages call what names it.

    Raises:
        ArgumentError: if there is none.
    """
    known = {one.label: one for one in model.operators.jumps if one.label is not None}
    hint = meant(label, known) if known else ": there is none (`jump(..., label=...)` makes one)"
    require(label in known, name, f"name labels of jumps{hint}", label)
    return known[label]


def parted_by_labels(
    model: Model, labels: Iterable[str]
) -> tuple[tuple[AnyJump, ...], tuple[AnyJump, ...]]:
    """The jumps of these labels, in their order, and all others.

    Raises:
        ArgumentError: for a label that no jump has.
    """
    chosen = {label: labelled(model, label) for label in labels}
    others = tuple(one for one in model.operators.jumps if one.label not in chosen)
    return tuple(chosen.values()), others


def unlabelled(model: Model) -> Model:
    """A model without labels of jumps, which keywords may say where they could not."""
    if not model.general:
        return model
    return replace(model, jumps=tuple(replace(one, label=None) for one in model.jumps))
