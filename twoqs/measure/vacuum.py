"""What the half quantum of a mode's vacuum makes wrong where its Hamiltonian is not linear.

In the Wigner function of the vacuum n = |alpha|^2 - 1/2 is 0 on average only: its variance is 1/4,
and it forgets itself at the rate 2G if G is what the mode loses. An operator n of H sees that.

A dispersive coupling chi n S^z turns a spin by the random angle of the variance

    chi^2 int_0^t int_0^t exp(-2G |t' - t''|)/4 dt' dt'',

and shrinks its means across z by exp(-half of it): chi^2 t/(8G) for G t >> 1. That is at any S, and
with any number of quanta beside what these do by themselves.
"""

from __future__ import annotations

import math

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.flows.generators import Generators
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.measure.limits.classical import path_of
from twoqs.measure.members import names_of
from twoqs.model.arrays import Floats, Ints
from twoqs.model.kinds import MODE
from twoqs.model.model import Model

N = 2
"""The component of a mode that is n."""

MOST_FALSE_DEPHASING = 0.02
"""Means shrink by 2 %."""

MOST_KERR = 0.3
"""K in units of what the mode loses, or of the inverse time if that is larger."""

ENOUGH_QUANTA = 2.0
"""Times K over the loss. So many quanta move as a classical mode does: K = G, n = 4.6 and K =
0.6 G, n = 7.4: <a>, n and g2 are right to 1 %; K = G, n = 1.8 and K = 3 G, n = 2.4: 4 % off."""

KERR_ERRORS = (0.06, 0.11, 0.21)
"""Largest deviations of <a>, of n as a share, and of g2, that were measured with K = G."""


def vacuum_notes(model: Model, end: float) -> list[str]:
    """Sentences about dispersive and Kerr terms that are too strong for the method.

    Args:
        end: of the run.
    """
    if not np.any(model.kinds == MODE):
        return []
    generators, peaks = generators_of(model), timetable_of(model).peaks
    losses = _losses(generators, peaks)
    return [*_dispersive(model, generators, peaks, losses, end), *_kerr(model, peaks, losses, end)]


def false_dephasing(chi: Floats, loss: Floats, time: float) -> Floats:
    """Exponents by which means of a spin shrink in vain, for a coupling chi n S^z; any shape."""
    x = 2 * np.maximum(loss, 0.0) * time
    large = np.where(x > 1e-4, x, 1.0)
    share = np.where(x > 1e-4, (large + np.expm1(-large)) / large**2, 0.5 - x / 6)
    return np.asarray((chi * time) ** 2 / 4 * share)


def _losses(generators: Generators, peaks: Floats) -> Floats:
    """What the amplitude of each mode loses in a unit of time, G of a less G of a^+; (site,)."""
    found = np.zeros(generators.n_sites)
    for local in generators.local:
        found += peaks[local.parameter] * local.rates * _damping(local.form)
    for channel in generators.channels:
        rate = peaks[channel.parameter] * channel.rate
        found[channel.sites] += rate * _damping(channel.forms)
    return np.where(generators.modes, found, 0.0)


def _damping(forms: np.ndarray) -> Floats:
    """|p|^2 - |q|^2 of p a + q a^+, shape (...) for forms (..., 3)."""
    return np.asarray((forms[..., 0] * forms[..., 1].conj()).imag)


def _dispersive(
    model: Model, generators: Generators, peaks: Floats, losses: Floats, end: float
) -> list[str]:
    """The sentence about spins and ensembles that are coupled to n."""
    modes, sites = generators.modes, generators.n_sites
    entries: list[tuple[Floats, Ints, Ints]] = []
    for bonds in generators.bonds:
        tensors = peaks[bonds.parameter] * bonds.tensors
        for pairs, facing in (
            (bonds.pairs, tensors[:, N]),
            (bonds.pairs[:, ::-1], tensors[:, :, N]),
        ):
            here = np.flatnonzero(modes[pairs[:, 0]] & ~modes[pairs[:, 1]])
            entries.append((np.linalg.norm(facing[here], axis=1), *pairs[here].T))
    if not entries:
        return []
    sizes, of_mode, of_spin = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    chi = scipy.sparse.coo_array((sizes, (of_mode, of_spin)), shape=(sites, sites))
    chi.sum_duplicates()
    shares = false_dephasing(chi.data, losses[chi.coords[0]], end)
    exponents = np.bincount(chi.coords[1], shares, minlength=sites)
    wrong = exponents > MOST_FALSE_DEPHASING
    if not np.any(wrong):
        return []
    causes = np.unique(chi.coords[0][wrong[chi.coords[1]] & (shares > 0)])
    return [
        f"The dispersive coupling of {names_of(model, np.flatnonzero(wrong))} to "
        f"{names_of(model, causes)} dephases falsely: the vacuum's half quantum shrinks means "
        f"across it by {-math.expm1(-exponents.max()):.1%} until time {end:g}, at any S, whatever "
        "the standard errors say (docs/accuracy.md)."
    ]


def _quanta(model: Model, end: float) -> Floats:
    """n of the classical motion in the second half of the run, (site,); 0 where none is known."""
    path = path_of(model, end)
    if path is None:
        return np.zeros(model.n_sites)
    late = path.mean[len(path.mean) // 2 :].reshape(-1, model.n_sites, 3)
    return np.asarray(late[:, :, 2].mean(axis=0))


def _kerr(model: Model, peaks: Floats, losses: Floats, end: float) -> list[str]:
    """The sentence about modes with K/2 n^2."""
    generators = generators_of(model)
    strengths = np.zeros(generators.n_sites)
    for onsite in generators.onsite:
        strengths += 2 * peaks[onsite.parameter] * np.abs(onsite.tensors[:, N, N])
    for square in generators.squares:
        strengths += 2 * peaks[square.parameter] * abs(square.strength) * square.form[:, N] ** 2
    # Before the first loss, a turn by K t is what counts.
    fastest = np.maximum(losses, 1 / end if end > 0 else math.inf)
    strong = np.flatnonzero(generators.modes & (strengths > MOST_KERR * fastest))
    if len(strong) > 0:
        many = _quanta(model, end)[strong] > ENOUGH_QUANTA * strengths[strong] / fastest[strong]
        strong = strong[~many | (losses[strong] < fastest[strong])]
    if len(strong) == 0:
        return []
    worst = strong[np.argmax(strengths[strong] / fastest[strong])]
    how = "up to" if strengths[worst] <= fastest[worst] else "more than"
    mean, quanta, g2 = KERR_ERRORS
    return [
        f"The Kerr term of {names_of(model, strong)} is too strong for this method, K = "
        f"{strengths[worst]:.3g} beside a loss of {losses[worst]:.3g}: in comparisons with the "
        f"master equation <a> was off by {how} {mean:g}, n by {how} {quanta:.0%} and g2 by {how} "
        f"{g2:g}, whatever the standard errors say (docs/accuracy.md)."
    ]
