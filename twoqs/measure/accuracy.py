"""Models whose spins are too short for the method, and by how much results are off."""

from __future__ import annotations

from collections.abc import Callable

from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model
from twoqs.model.terms import Dissipator, Term, Unknown

ERRING_TERMS: dict[float, Callable[[Term | Dissipator | Unknown], bool]] = {
    # Fields and Hermitian jumps turn every trajectory, and no more: means are exact.
    0.5: lambda term: not ((isinstance(term, Dissipator) and not term.drift) or _is_field(term)),
    1.0: lambda term: isinstance(term, Term) and term.is_interaction,
    1.5: lambda term: isinstance(term, Term) and term.on == "bonds",
}
"""Short spins, and the terms that make them err."""


class AccuracyWarning(UserWarning):
    """The method is off by more than statistical errors tell for spins as short as these."""


def short_spins(model: Model, numerics: Numerics) -> str | None:
    """A sentence about the errors of a model whose spins are too short; None for others."""
    errs = ERRING_TERMS.get(model.spin)
    if errs is None or not any(map(errs, model.terms.values())):
        return None
    sizes = numerics.method.short_spin_error(model.spin)
    size = (
        "values grow without bound"
        if sizes is None
        else f"means are off by up to {sizes[0]:g} S and variances by up to {sizes[1]:g} S^2"
    )
    settings = f"the scheme {numerics.scheme!r} in {numerics.representation}"
    how = " with these terms" if model.spin > 0.5 else ""
    return (
        f"Spins of length {model.spin:g} are too short for this method{how}: in comparisons of "
        f"{settings} with the master equation {size}, whatever the standard errors say "
        "(docs/accuracy.md)."
    )


def _is_field(term: Term | Dissipator | Unknown) -> bool:
    return isinstance(term, Term) and not term.is_interaction
