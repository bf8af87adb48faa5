"""What leaves in bins of time, in a steady state: moments by the regression theorem, exact.

The amplitude of a bin of duration D is a = int d dt/sqrt(D), d = sqrt(2G) c. Its normally ordered
moments are time-ordered products of d to the left and d^+ to the right of rho, integrated over the
bin. With r_ij the part of rho in which i of these d and j of the d^+ have acted,

    dr_ij/dt = L r_ij + d r_(i-1)j + r_i(j-1) d^+,

so that <a^+^j a^i> = i! j! tr r_ij after a bin that begins with r_00 = rho. Between bins of a lag
nothing acts, and what the later one does is a linear form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply

from twoqs.model.arrays import Floats
from twoqs.model.language.pieces import Complexes
from twoqs.theory.superoperator import Superoperator

LAGS_AT_ONCE = 64
"""Lags of one call of `expm_multiply`."""

FORGOTTEN = 1e-13
"""Share of a fluctuation below which it is zero from then on."""


class Action(NamedTuple):
    """An operator that acts on rho, and how often it does so in a bin.

    Attributes:
        matrix: over the elements of rho.
        times: how often.
    """

    matrix: sp.csr_matrix
    times: int = 1


@dataclass(frozen=True, eq=False)
class SteadyBins:
    """Bins of a steady state.

    Attributes:
        generator: d rho/dt.
        rho: elements of the steady state.
        duration: of a bin.
    """

    generator: Superoperator
    rho: Complexes
    duration: float

    def after(self, actions: Sequence[Action]) -> Complexes:
        """rho after a bin in which operators have acted, in all orders in time."""
        start = np.zeros((self._blocks(actions), len(self.rho)), np.complex128)
        start[0] = self.rho
        last = expm_multiply(self.duration * self._together(actions), start.ravel())
        return np.asarray(_orders(actions) * last[-len(self.rho) :])

    def form(self, actions: Sequence[Action]) -> Complexes:
        """The linear form of rho that is the trace after such a bin."""
        start = np.zeros((self._blocks(actions), len(self.rho)), np.complex128)
        start[-1] = self.trace
        turned = self._together(actions).T.tocsr()
        first = expm_multiply(self.duration * turned, start.ravel())
        return np.asarray(_orders(actions) * first[: len(self.rho)])

    def moment(self, actions: Sequence[Action]) -> complex:
        """tr of what `after` gives: a moment of one bin."""
        return complex(self.trace @ self.after(actions))

    def lagged(self, first: Complexes, form: Complexes, count: int) -> Complexes:
        """The connected correlation of a bin and those 0 .. count - 1 later; that at 0 is left out.

        Args:
            first: rho after the first bin.
            form: of the later one, shape (element,), or (element, any) of several.

        Returns:
            Array of shape (lag,) or (lag, any), with 0 at the lag 0.
        """
        found = np.zeros((count, *form.shape[1:]), np.complex128)
        vector = first - (self.trace @ first) * self.rho
        size, done = float(np.abs(vector).sum()), 1
        step = (self.duration * self.generator.matrix).tocsr()
        while done < count and np.abs(vector).sum() > FORGOTTEN * size:
            several = min(LAGS_AT_ONCE, count - done)
            vectors = expm_multiply(step, vector, start=0, stop=several, num=several + 1)
            found[done : done + several] = vectors[:-1] @ form
            vector, done = vectors[-1], done + several
        return found

    @cached_property
    def trace(self) -> Floats:
        """The form that is the trace, shape (element,)."""
        rows, columns = self.generator.elements
        return (rows == columns).astype(float)

    @staticmethod
    def _blocks(actions: Sequence[Action]) -> int:
        return math.prod(1 + action.times for action in actions)

    def _together(self, actions: Sequence[Action]) -> sp.csr_matrix:
        """d/dt of all r with fewer actions and of the one with all; the first is rho."""
        numbers = list(product(*(range(1 + action.times) for action in actions)))
        places = {number: k for k, number in enumerate(numbers)}
        total = sp.kron(sp.identity(len(numbers)), self.generator.matrix, format="csr")
        for axis, action in enumerate(actions):
            hops = sp.lil_matrix((len(numbers), len(numbers)))
            for number, place in places.items():
                if number[axis]:
                    before = tuple(n - (k == axis) for k, n in enumerate(number))
                    hops[place, places[before]] = 1.0
            total = total + sp.kron(hops, action.matrix / math.sqrt(self.duration), format="csr")
        return total.tocsr()


def _orders(actions: Sequence[Action]) -> int:
    """Orders in time of actions that are alike."""
    return math.prod(math.factorial(action.times) for action in actions)
