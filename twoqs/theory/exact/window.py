"""A model at rest, as it is measured over a window."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import qutip

from twoqs.methods.numerics import Numerics
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model
from twoqs.observe.output import bin_duration
from twoqs.theory.exact.bins import SteadyBins
from twoqs.theory.exact.channels import output_channels
from twoqs.theory.exact.emitted import Emitted
from twoqs.theory.exact.words import WordMatrices
from twoqs.theory.master_equation import AtRest
from twoqs.theory.superoperator import Superoperator

SECONDS_OF_PRODUCT, UNTOLD_SECONDS = 2e-8, 20.0
"""What exp(L t) takes for each element of L and unit of |L| t, measured with 3 10^5 and 2 10^6
elements on one core, and seconds of which nothing is told."""


@dataclass(frozen=True, eq=False)
class SteadyWindow:
    """A model at rest, from one sample of a window to the next.

    Attributes:
        model: the model.
        numerics: resolved settings, with a window.
        found: its steady state.
    """

    model: Model
    numerics: Numerics
    found: AtRest

    @cached_property
    def bins(self) -> SteadyBins:
        """Times between samples."""
        generator = Superoperator.of(*self.found.generators, self.found.space.labels)
        vector = generator.vector(self.found.rho)
        self._tell_effort(generator)
        return SteadyBins(generator, vector, bin_duration(self.numerics))

    def _tell_effort(self, generator: Superoperator) -> None:
        """Say on standard error what takes long: models that just fit may take hours."""
        matrix, times = abs(generator.matrix), self.numerics.sample_times
        norm = float(np.max(matrix.sum(axis=0)))
        seconds = SECONDS_OF_PRODUCT * matrix.nnz * norm * (times[-1] - times[0])
        if seconds > UNTOLD_SECONDS:
            print(
                f"Exact correlations of {generator.size} states (an L with {matrix.nnz:.2g} "
                f"elements) over the whole window take about {seconds / 60:.2g} min for each "
                "operator at the earlier time; fewer lags, or a shorter window, take less.",
                file=sys.stderr, flush=True,
            )  # fmt: skip

    def channels(self, label: str) -> list[Emitted]:
        """What leaves through each channel of a jump."""
        channels = output_channels(self.model, self.found.space, label)
        return [Emitted.of(self.bins, one.operator) for one in channels]

    def matrices(self, formulas: tuple[str, ...]) -> list[qutip.Qobj]:
        """Matrices of formulas."""
        words = WordMatrices(self.model, self.found.space)
        return [words.of(one) for one in formulas]

    def mean(self, operator: qutip.Qobj) -> complex:
        """An expectation value."""
        return complex(self._form(operator) @ self.bins.rho)

    def symmetrised(self, later: list[qutip.Qobj], first: qutip.Qobj, count: int) -> Complexes:
        """<{A(l D), B}>/2 - <A><B> of some A and of B, l = 0 .. count - 1; shape (lag, A)."""
        rho = self.found.rho
        b = first.full()
        return self._lagged(later, (b @ rho + rho @ b) / 2, count)

    def commuted(self, later: qutip.Qobj, first: qutip.Qobj, count: int) -> Complexes:
        """<[A(l D), B]>, l = 0 .. count - 1."""
        rho = self.found.rho
        b = first.full()
        return self._lagged([later], b @ rho - rho @ b, count)[:, 0]

    def _lagged(self, later: list[qutip.Qobj], rho: Complexes, count: int) -> Complexes:
        forms = np.stack([self._form(one) for one in later], axis=1)
        # Of bins the later one begins a bin after the first one has begun.
        return self.bins.lagged(self.bins.generator.vector(rho), forms, count + 1)[1:]

    def _form(self, operator: qutip.Qobj) -> Complexes:
        """tr(A rho) as a form of the elements of rho."""
        return self.bins.generator.vector(operator.full().T)
