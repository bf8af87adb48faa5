"""Models that the method is not made for, and by how much results are off.

Their spins or ensembles are too small, or their modes too far from linear ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.lowered import generators_of
from twoqs.measure.limits import limit_notes
from twoqs.measure.members import names_of
from twoqs.measure.vacuum import vacuum_notes
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.model import Model
from twoqs.model.terms import Dissipator, Term, Unknown

TURNS, DRIFTS, ON_SITE, ON_BONDS = 0.0, 0.5, 1.0, 1.5
"""Longest spins that err visibly, by what acts on them. Fields and Hermitian jumps turn every
trajectory, and no more: means are exact. Other jumps drive them along the sphere; terms of second
order act on one spin, or tie it to others, as the bath of several spins does."""

ENSEMBLE_ERRORS = {
    DRIFTS: {2: (0.04, 0.04), 3: (0.04, 0.04), 4: (0.04, 0.03), 6: (0.04, 0.02)},
    ON_SITE: {2: (0.08, 0.11), 3: (0.05, 0.1), 4: (0.04, 0.09), 6: (0.04, 0.07), 8: (0.03, 0.05)},
    ON_BONDS: {2: (0.17, 0.12), 3: (0.05, 0.06), 4: (0.03, 0.04), 6: (0.02, 0.02)},
}
"""Largest deviations of means, in units of N/2, and of squares, in units of (N/2)^2, that were
measured with ensembles of N members with processes of their own: with a bath in common, with
twisting, with a mode. They are those of docs/accuracy.md, from verification/small_ensembles.py."""

QUANTA_ERRORS = {2: 36, 3: 30, 4: 18, 6: 7}
"""The same of n of a mode beside them, in per cent of its largest value."""

ENOUGH_MEMBERS = {DRIFTS: 8, ON_SITE: 12, ON_BONDS: 8}
"""Ensembles of so many err by 3 % at most."""


class AccuracyWarning(UserWarning):
    """The method is off by more than statistical errors tell for a model such as this.

    Examples:
        >>> import warnings
        >>> model, method = twoqs.Model(spin=5, field=(3.0, 0, 0), decay=1.0), twoqs.PDA()
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     ds = twoqs.simulate(model, times=[0, 20], trajectories=64, method=method)
        >>> print(told[0].message)
        Lengths of spins drift apart by 1.1 S until time 20, as 'pda' does not keep them, ...
    """


def accuracy_note(model: Model, numerics: Numerics) -> str | None:
    """What `accuracy_notes` says as one text; None for models within all limits."""
    return " ".join(accuracy_notes(model, numerics)) or None


def accuracy_notes(model: Model, numerics: Numerics) -> list[str]:
    """Sentences about short spins, small ensembles, strong terms of modes, and LIMITS."""
    own, longest = _with_processes(model), _longest(model)
    found = [_short(model, numerics, longest, ~own), _small(model, longest, own)]
    short = any(found)
    # What is known of short spins holds for all that they do.
    others = [] if short else limit_notes(model, numerics)
    return [text for text in (*found, *vacuum_notes(model, numerics.end), *others) if text]


def _short(
    model: Model, numerics: Numerics, longest: Floats, kept: NDArray[np.bool_]
) -> str | None:
    """The sentence about spins, and about ensembles of which only the collective spin moves.

    Args:
        longest: see `_longest`.
        kept: whether each site keeps its length, shape (site,).
    """
    kept = kept & (model.kinds != MODE)
    if numerics.method.exact_alone:
        longest = np.where(longest < ON_SITE, 0.0, longest)
    short = np.flatnonzero((model.spins <= longest) & kept)
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
    whose = _whose(model, short[model.spins[short] == spin])
    return (
        f"Spins of length {spin:g}{whose} are too short for this method{how}: in comparisons of "
        f"{settings} with the master equation {size}, whatever the standard errors say "
        "(docs/accuracy.md)."
    )


def _small(model: Model, longest: Floats, own: NDArray[np.bool_]) -> str | None:
    """The sentence about ensembles of few members; those that nothing but fields turns are exact.

    Args:
        longest: see `_longest`.
        own: whether members of an ensemble have processes of their own, shape (site,).
    """
    sizes = 2 * model.spins
    enough = np.array([ENOUGH_MEMBERS.get(kind, 0) for kind in longest.tolist()])
    small = np.flatnonzero(own & (sizes < enough))
    if len(small) == 0:
        return None
    size = int(np.min(sizes[small]))
    least = small[sizes[small] == size]
    errors = ENSEMBLE_ERRORS[float(np.max(longest[least]))]
    measured = max((n for n in errors if n <= size), default=min(errors))
    how = "up to" if measured <= size else "more than"
    mean, square = errors[measured]
    modes = np.any(model.kinds == MODE) and np.any(longest[least] == ON_BONDS)
    quanta = ""
    if modes:
        share = f"{QUANTA_ERRORS[measured]} % (more where they have less than a quantum)"
        quanta = f", n of modes by {how} {share}"
    return (
        f"Ensembles of {size} members{_whose(model, least)} are too small for this method: in "
        f"comparisons with the master equation means are off by {how} {mean:g} N/2 and second "
        f"moments by {how} {square:g} (N/2)^2{quanta}, whatever the standard errors say "
        "(docs/accuracy.md)."
    )


def _whose(model: Model, sites: NDArray[np.intp]) -> str:
    """The members of some sites in brackets, where there are several."""
    return f" (of {names_of(model, sites)})" if len(model.members) > 1 else ""


def _with_processes(model: Model) -> NDArray[np.bool_]:
    """Whether members of an ensemble have processes of their own, shape (site,)."""
    found = np.zeros(model.n_sites, bool)
    if np.any(model.kinds == ENSEMBLE):
        for jump in generators_of(model).members:
            found |= jump.rates > 0
    return found


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
