"""Models whose spins are too short for the method, and by how much results are off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.lowered import generators_of
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.model.terms import Dissipator, Term, Unknown

TURNS, DRIFTS, ON_SITE, ON_BONDS = 0.0, 0.5, 1.0, 1.5
"""Longest spins that err visibly, by what acts on them. Fields and Hermitian jumps turn every
trajectory, and no more: means are exact. Other jumps drive them along the sphere; terms of second
order act on one spin, or tie it to others, as the bath of several spins does."""


class AccuracyWarning(UserWarning):
    """The method is off by more than statistical errors tell for spins as short as these."""


def short_spins(model: Model, numerics: Numerics) -> str | None:
    """A sentence about the errors of a model whose spins are too short; None for others."""
    longest = _longest(model)
    if numerics.method.exact_alone:
        longest[longest < ON_SITE] = 0.0
    short = np.flatnonzero(model.spins <= longest)
    if len(short) == 0:
        return None
    spin = float(np.min(model.spins[short]))
    sizes = numerics.method.short_spin_error(spin)
    size = (
        "values grow without bound"
        if sizes is None
        else f"means are off by up to {sizes[0]:g} S and variances by up to {sizes[1]:g} S^2"
    )
    settings = f"the scheme {numerics.scheme!r} in {numerics.representation}"
    if numerics.method.exact_alone:
        return (
            f"Couplings of spins 1/2 are approximate: in comparisons of {settings} with the master "
            f"equation {size}, and by more at late times without decay, whatever the standard "
            "errors say (docs/accuracy.md)."
        )
    how = " with these terms" if spin > DRIFTS else ""
    counts = [member.n_sites for member in model.members]
    names = np.repeat([str(member.name) for member in model.members], counts)
    of = sorted({f"`{name}`" for name in names[short[model.spins[short] == spin]]})
    whose = f" (of {', '.join(of)})" if len(model.members) > 1 else ""
    return (
        f"Spins of length {spin:g}{whose} are too short for this method{how}: in comparisons of "
        f"{settings} with the master equation {size}, whatever the standard errors say "
        "(docs/accuracy.md)."
    )


def _longest(model: Model) -> Floats:
    """The longest spin at each site that would err, shape (site,)."""
    if not model.general:
        return np.full(model.n_sites, max(map(_of_term, model.terms.values()), default=TURNS))
    generators = generators_of(model)
    found = np.full(model.n_sites, TURNS)
    for local in generators.local:
        if not _turns(local.form[None]):
            _raise(found, np.flatnonzero(local.rates), DRIFTS)
    for channel in generators.channels:
        if channel.rate > 0 and not _turns(channel.forms):
            _raise(found, channel.sites, ON_BONDS if len(channel.sites) > 1 else DRIFTS)
    for onsite in generators.onsite:
        _raise(found, np.flatnonzero(np.any(onsite.tensors, axis=(1, 2))), ON_SITE)
    for bonds in generators.bonds:
        _raise(found, bonds.pairs[np.any(bonds.tensors, axis=(1, 2))].ravel(), ON_BONDS)
    for square in generators.squares:
        sites = np.flatnonzero(np.any(square.strength * square.form, axis=1))
        _raise(found, sites, ON_BONDS if len(sites) > 1 else ON_SITE)
    return found


def _raise(found: Floats, sites: NDArray[np.intp], longest: float) -> None:
    found[sites] = np.maximum(found[sites], longest)


def _of_term(term: Term | Dissipator | Unknown) -> float:
    if isinstance(term, Dissipator):
        return DRIFTS if term.drift else TURNS
    if isinstance(term, Term):
        return (ON_BONDS if term.on == "bonds" else ON_SITE) if term.is_interaction else TURNS
    return DRIFTS


def _turns(forms: np.ndarray) -> bool:
    """Whether a jump operator is Hermitian up to a phase; forms of shape (spin, 3)."""
    parts = np.stack([forms.real.ravel(), forms.imag.ravel()])
    return int(np.linalg.matrix_rank(parts)) < 2
