"""Models whose spins are too short for the method, and by how much results are off."""

from __future__ import annotations

from twoqs.model import Model
from twoqs.numerics import Numerics

EXACT = ("field", "dephasing")
"""Terms with which means are exact at any length: every trajectory is turned, and no more."""

WRONG = {0.5: None, 1.0: ("coupling", "twist"), 1.5: ("coupling",)}
"""Short spins, and the terms that make them err; None: all but those in EXACT."""

MEASURED: dict[str, dict[float, tuple[float, float] | None]] = {
    "conserving": {0.5: (0.36, 0.78), 1.0: (0.16, 0.22), 1.5: (0.036, 0.022)},
    "P": {0.5: (0.52, 1.9), 1.0: (0.46, 0.74), 1.5: (0.44, 0.56)},
    "W": {0.5: (1.7, 25.0), 1.0: (0.61, 4.2), 1.5: (0.39, 1.9)},
    "Q": {0.5: None, 1.0: (0.65, 10.0), 1.5: (0.38, 4.0)},
}
"""Largest deviations of means in units of S, and of variances in units of S^2, by the spin: of the
scheme `conserving`, and of the others by their representation. None: they grow without bound.
They are those of docs/accuracy.md, from verification/small_spins.py."""


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
    kind = "conserving" if numerics.scheme == "conserving" else numerics.representation
    sizes = MEASURED[kind][model.spin]
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
