"""Correlations of bins of output fields, as kinds of requests need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import qutip

from twoqs.model.language.pieces import Complexes
from twoqs.theory.exact.bins import Action, SteadyBins


@dataclass(frozen=True, eq=False)
class Emitted:
    """What leaves through one channel in bins of a steady state.

    Attributes:
        bins: the bins.
        left, right: d rho and rho d^+ as matrices over the elements of rho.
    """

    bins: SteadyBins
    left: Action
    right: Action

    @classmethod
    def of(cls, bins: SteadyBins, d: qutip.Qobj) -> Emitted:
        """What is emitted by d = sqrt(2G) c."""
        one = qutip.qeye(d.dims[0], dtype="CSR")
        acting = bins.generator.acting
        return cls(bins, Action(acting(d, one)), Action(acting(one, d.dag())))

    @property
    def mean(self) -> complex:
        """<a>."""
        return self.bins.moment([self.left])

    @property
    def number(self) -> float:
        """<a^+a>."""
        return self.bins.moment([self.left, self.right]).real

    @property
    def pair(self) -> float:
        """<a^+a^+aa>."""
        twice = [one._replace(times=2) for one in (self.left, self.right)]
        return self.bins.moment(twice).real

    def first_order(self, other: Emitted, count: int) -> Complexes:
        """<a_k^+ b_(k+l)> - <a^+><b> for l = 0 .. count - 1, b of another channel or the same."""
        bins = self.bins
        first, form = bins.after([self.right]), bins.form([other.left])
        found = bins.lagged(first, form, count)
        found[0] = bins.moment([other.left, self.right]) - np.conj(self.mean) * other.mean
        return found

    def anomalous(self, count: int) -> Complexes:
        """<a_(k+l) a_k> - <a>^2 for l = 0 .. count - 1."""
        bins = self.bins
        found = bins.lagged(bins.after([self.left]), bins.form([self.left]), count)
        found[0] = bins.moment([self.left._replace(times=2)]) - self.mean**2
        return found

    def second_order(self, count: int) -> Complexes:
        """<a_k^+ a_(k+l)^+ a_(k+l) a_k> for l = 0 .. count - 1."""
        bins, both = self.bins, [self.left, self.right]
        found = bins.lagged(bins.after(both), bins.form(both), count) + self.number**2
        found[0] = self.pair
        return found


def number_correlations(channels: list[Emitted], count: int) -> Complexes:
    """<: n_k n_(k+l) :> - <n>^2 of the numbers n of all channels together, l = 0 .. count - 1."""
    bins = channels[0].bins
    actions = [[one.left, one.right] for one in channels]
    first = np.sum([bins.after(both) for both in actions], axis=0)
    form = np.sum([bins.form(both) for both in actions], axis=0)
    found = bins.lagged(first, form, count)
    pairs = sum(one.pair for one in channels)
    for i, one in enumerate(actions):
        pairs += sum(2 * bins.moment([*one, *other]).real for other in actions[:i])
    found[0] = pairs - sum(one.number for one in channels) ** 2
    return found
