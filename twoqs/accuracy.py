"""Models whose spins are too short for the method, and by how much results are off."""

from __future__ import annotations

from twoqs.model import Model
from twoqs.numerics import Numerics

EXACT = ("field", "dephasing")
"""Terms with which means are exact at any length: every trajectory is turned, and no more."""

WRONG = {0.5: None, 1.0: ("coupling", "twist"), 1.5: ("coupling",)}
"""Short spins, and the terms that make them err; None: all but those in EXACT."""


class AccuracyWarning(UserWarning):
    """The method is off by more than statistical errors tell for spins as short as these."""


def short_spins(model: Model, numerics: Numerics) -> str | None:
    """A sentence about the errors of a model whose spins are too short; None for others."""
    kinds = {name.partition(".")[0] for name in model.terms}
    if model.spin not in WRONG:
        return None
    terms = WRONG[model.spin]
    if not (kinds - set(EXACT) if terms is None else kinds & set(terms)):
        return None
    sizes = numerics.method.short_spin_error(model.spin)
    size = (
        "values grow without bound"
        if sizes is None
        else f"means are off by up to {sizes[0]:g} S and variances by up to {sizes[1]:g} S^2"
    )
    settings = f"the scheme {numerics.scheme!r} in {numerics.representation}"
    how = " with these terms" if terms is not None else ""
    return (
        f"Spins of length {model.spin:g} are too short for this method{how}: in comparisons of "
        f"{settings} with the master equation {size}, whatever the standard errors say "
        "(docs/accuracy.md)."
    )
