"""Kinds of requests that are about two times of a run from the initial state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import qutip

from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model
from twoqs.observe.response import Response
from twoqs.observe.two_times import TwoTimes
from twoqs.theory.exact.means import ExactValues
from twoqs.theory.exact.words import WordMatrices
from twoqs.theory.exponential import Matrix
from twoqs.theory.operators import initial_density, space_of, to_qutip
from twoqs.theory.superoperator import Superoperator


@dataclass(frozen=True, eq=False)
class ConstantRun:
    """A model without pulses and events, from its initial state on.

    Attributes:
        model: the model.
        numerics: resolved settings, with times.
        limit, cuts: largest dimension, and quanta of modes.
    """

    model: Model
    numerics: Numerics
    limit: int
    cuts: dict[str, int]

    @cached_property
    def times(self) -> Floats:
        """Of the measurements."""
        return np.array(self.numerics.times)

    @cached_property
    def generator(self) -> Superoperator:
        """L over all elements of rho."""
        space = space_of(self.model, self.cuts, self.limit)
        return Superoperator.of(*to_qutip(self.model, self.limit, self.cuts), space.labels)

    @cached_property
    def states(self) -> list[Matrix]:
        """rho at all times."""
        space = space_of(self.model, self.cuts, self.limit)
        return list(
            self.generator.evolution(initial_density(self.model, space), 0.0, self.times.tolist())
        )

    def matrices(self, formulas: tuple[str, ...]) -> list[qutip.Qobj]:
        """Matrices of formulas."""
        words = WordMatrices(self.model, space_of(self.model, self.cuts, self.limit))
        return [words.of(one) for one in formulas]

    def later(self, operator: qutip.Qobj, rho: Matrix, number: int) -> Complexes:
        """tr A exp(L (t - s)) rho from the time s of this number on, at it and all later ones."""
        form = self.generator.vector(operator.full().T)
        durations = self.times[number:] - self.times[number]
        moved = self.generator.moved(self.generator.vector(rho), durations)
        return np.array([form @ vector for vector in moved])


def two_times_of_run(request: TwoTimes, run: ConstantRun) -> ExactValues:
    """Re <{A(t), B(s)}>/2 of A at all times and B at some, whichever is earlier."""
    a, b = run.matrices(request.texts)
    references = request.references(run.numerics)
    found = np.empty((len(run.times), len(references)))
    for column, number in enumerate(references.tolist()):
        found[number:, column] = run.later(a, _symmetrised(b, run.states[number]), number).real
        for k in range(number):
            values = run.later(b, _symmetrised(a, run.states[k]), k)
            found[k, column] = values[number - k].real
    means = np.array([[_mean(one, rho) for rho in run.states] for one in (a, b)])
    product = np.outer(means[0], means[1][references])
    return {request.name: found, f"{request.name}_connected": found - product}


def response_of_run(request: Response, run: ConstantRun) -> ExactValues:
    """i <[A(t), B(s)]>, s the first time."""
    a, b = run.matrices(request.texts)
    first, turn = run.states[0], b.full()
    return {request.name: -run.later(a, turn @ first - first @ turn, 0).imag}


def _symmetrised(operator: qutip.Qobj, rho: Matrix) -> Matrix:
    matrix = operator.full()
    return np.asarray((matrix @ rho + rho @ matrix) / 2)


def _mean(operator: qutip.Qobj, rho: Matrix) -> float:
    return float(np.vdot(operator.full(), rho).real)  # of a Hermitian one
