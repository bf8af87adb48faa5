"""How large the vectors of sites are at most: of spins S, of modes by an estimate.

A mode with the net loss k, the frequency w and sums F of what drives it,

    d alpha/dt = -(k + i w) alpha - i F,

has |alpha| near F/|k + i w|, beside that at the start and that of its noise. F is that of drives
and of partners at their full length. What partners alone give is at most the root of all quanta
that there are: of spins 2S each, of modes what they have at the start, by noise and by drives.
With a Kerr term K n^2 a drive is off resonance where 2 K |alpha|^3 = F. Where nothing bounds the
amplitude, it is taken as that of one unit of 1/F: one.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from twoqs.flows.generators import Generators
from twoqs.flows.mode import VACUUM
from twoqs.flows.relaxing import relaxations_of
from twoqs.model.arrays import Complexes, Floats, Ints


class Reach(NamedTuple):
    """Of each site, what it is to its partners, and what of it turns.

    Components (x, y, z) are at most `size` times `shape`; an angle comes of those of a field that
    are 1 in `turned`: all for a spin, n for a mode.
    """

    size: Floats  # (site,)
    shape: Floats  # (site, 3)
    turned: Floats  # (site, 3)
    rates: Floats  # (site,): at which modes and their partners exchange what they have

    @classmethod
    def of_spins(cls, spins: Floats) -> Self:
        """S for each of them."""
        return cls(spins, np.ones((len(spins), 3)), np.ones((len(spins), 3)), np.zeros(len(spins)))

    def of(self, sites: Ints) -> Reach:
        """The reach of some sites."""
        return Reach(*(part[sites] for part in self))

    def share(self, forms: Complexes, sites: Ints) -> Floats:
        """What of a jump operator's noise counts: half of it where it translates, shape (row,)."""
        translated = (self.turned[sites, 0] == 0) & np.any(forms[:, :2] != 0, axis=1)
        return np.where(translated, 0.5, 1.0)


def reach_of(generators: Generators, most: Floats, amplitudes: Floats | None = None) -> Reach:
    """Of a model.

    Args:
        most: largest size of each parameter's values, shape (parameter,).
        amplitudes: initial |alpha| of modes, shape (site,); 0 if left out.
    """
    modes, reach = generators.modes, Reach.of_spins(generators.spins)
    if not np.any(modes):
        return reach
    start = np.zeros(len(modes)) if amplitudes is None else amplitudes
    alpha = _amplitudes(generators, most, start)
    size, shape, turned = (part.copy() for part in reach[:3])
    size[modes] = np.maximum(alpha, alpha**2)[modes]
    quanta = np.stack([alpha, alpha, alpha**2], axis=1)[modes]
    shape[modes] = quanta / size[modes, None]
    turned[modes, :2] = 0.0
    # Polarised spins and a mode exchange quanta at J sqrt(S/2), two modes at J/2.
    weights = np.where(modes, 0.25, generators.spins / 2)
    exchange = np.sqrt(_partners(generators, most, weights, power=2))
    return Reach(size, shape, turned, np.maximum(exchange, _squeezing(generators, most)))


def _amplitudes(generators: Generators, most: Floats, start: Floats) -> Floats:
    """Estimates of |alpha|, shape (site,); see the head of this file."""
    modes = generators.modes
    drive, frequency, kerr = np.zeros((3, len(modes)))
    for field in generators.fields:
        drive += most[field.parameter] * np.linalg.norm(field.vectors[:, :2], axis=1) / 2
        frequency += most[field.parameter] * np.abs(field.vectors[:, 2])
    for onsite in generators.onsite:
        kerr += most[onsite.parameter] * 2 * np.abs(onsite.tensors[:, 2, 2])
    loss, spread = _noise(generators, most)
    damped = np.hypot(loss, frequency)
    driven = np.minimum(_over(drive, damped), np.cbrt(_over(drive, kerr)))
    driven = np.where(np.isfinite(driven), driven, 1.0)
    own = np.where(modes, start + spread + driven, 0.0)
    quanta = np.sqrt(np.sum(2 * generators.spins) + np.sum(own**2))
    partners = _partners(generators, most, np.where(modes, own, generators.spins)) / 2
    return own + np.minimum(_over(partners, damped), quanta)


def _noise(generators: Generators, most: Floats) -> tuple[Floats, Floats]:
    """Net loss of modes, not below zero, and the root of E|alpha|^2 by noise, shape (site,)."""
    loss, spread = np.zeros(generators.n_sites), np.full(generators.n_sites, np.sqrt(VACUUM))
    for flow in relaxations_of(generators):
        rates = np.asarray(sum(most[column] * part for column, part in flow.parts))[flow.classes]
        loss[flow.sites] = np.maximum(0.0, -rates[:, 0, 1])
        quanta = (rates[:, 3, 0] + rates[:, 6, 0]) / 2
        found = np.sqrt(_over(quanta, loss[flow.sites]))
        spread[flow.sites] = np.where(np.isfinite(found), found, np.sqrt(VACUUM))
    return loss, spread


def _partners(generators: Generators, most: Floats, partners: Floats, power: int = 1) -> Floats:
    """Sums over what is coupled to the plane of each mode, |J|^power times that of the partner."""
    modes, found = generators.modes, np.zeros(generators.n_sites)
    plane = np.where(modes[:, None], [1.0, 1.0, 0.0], 1.0)
    for bonds in generators.bonds:
        i, j = bonds.pairs.T
        for here, there, sizes in zip(
            (i, j), (j, i), sizes_at_ends(bonds.tensors, i, j, plane, plane), strict=True
        ):
            np.add.at(found, here, (most[bonds.parameter] * sizes) ** power * partners[there])
    for square in generators.squares:
        sizes = np.linalg.norm(square.form * plane, axis=1) ** power
        strength = (2 * most[square.parameter] * abs(square.strength)) ** power
        found += strength * sizes * (sizes @ partners)
    return np.where(modes, found, 0.0)


def sizes_at_ends(
    tensors: Floats, i: Ints, j: Ints, here: Floats, there: Floats
) -> tuple[Floats, Floats]:
    """Largest singular values of the tensors (bond, 3, 3) for what acts on i, and on j.

    Args:
        here, there: what counts of the components of the site that is acted on, and of its
            partner, shape (site, 3).
    """

    def sizes(rows: Floats, columns: Floats) -> Floats:
        acting = tensors * rows[:, :, None] * columns[:, None, :]
        return np.asarray(np.linalg.norm(acting, ord=2, axis=(1, 2)))

    at_i = sizes(here[i], there[j])
    alike = np.array_equal(here[i], there[i]) and np.array_equal(here[j], there[j])
    return at_i, at_i if alike else sizes(there[i], here[j])


def _squeezing(generators: Generators, most: Floats) -> Floats:
    """The rate at which a mode is squeezed by squares of x and y, shape (site,)."""
    rates = np.zeros(generators.n_sites)
    for onsite in generators.onsite:
        sizes = np.linalg.norm(onsite.tensors[:, :2, :2], ord=2, axis=(1, 2))
        rates += most[onsite.parameter] * sizes
    return np.where(generators.modes, rates, 0.0)


def _over(numerator: Floats, denominator: Floats) -> Floats:
    """0 where the numerator is, infinite where only the denominator is 0."""
    quotient = numerator / np.where(denominator == 0, 1.0, denominator)
    return np.where((denominator == 0) & (numerator > 0), np.inf, quotient)
