"""One block of trajectories: initial state, steps, measurement."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels import conserving, euler_maruyama, pda
from twoqs.kernels.cache import is_compiled
from twoqs.kernels.jit import LANES
from twoqs.kernels.memory import aligned, planes
from twoqs.kernels.random import Stream, new_stream
from twoqs.kernels.samples import SAMPLES, Rows, Sums, measure_spinors, measure_vectors
from twoqs.model import Model
from twoqs.numerics import Numerics
from twoqs.rates import Graph, Rates, graph_of, rates_of
from twoqs.representation import mean_weight, sample_bloch, sample_bosons, spin_length
from twoqs.sequence import Sequence, conserving_visits, pda_visits, sequence_of

Floats = NDArray[np.float64]


class Block:
    """LANES trajectories of one model that advance together.

    Args:
        numerics: resolved settings.
        seed: the one source of all randomness of this block.

    Attributes:
        scheme, k: of the settings.
        graph, rates: of the model, as integrators see it.
        length: of the spins on their sphere.
        state: Bloch vectors or spinors, shape (3 or 4, site, lane).
        stream: of random numbers, one generator a lane.
        bloch: s^x, s^y, s^z and spin length, shape (4, site, lane), as of the last `measure`.
        finite: 1 for trajectories that are finite at all sites, else 0 (and `bloch` is 0 there).
        clipped: updates with clipped diffusion, and all of them, shape (2, lane).
    """

    def __init__(self, model: Model, numerics: Numerics, seed: np.random.SeedSequence) -> None:
        initial, noise = seed.spawn(2)
        rng = np.random.Generator(np.random.PCG64(initial))
        single = numerics.precision == "single"
        real = np.float32 if single else np.float64
        self.stream: Stream = new_stream(noise, single)
        self.scheme, self.k, self._model = numerics.scheme, numerics.k, model
        self.graph, self.rates, self._sequence = structure(model, numerics.scheme)
        self.length = spin_length(model.spin)
        if self.scheme == "conserving":
            initial_state = sample_bloch(model, rng, LANES)
        else:
            initial_state = sample_bosons(model, self.k, rng, LANES)
        self.state = planes(len(initial_state), model.n_sites, real)
        self.state[:] = initial_state
        spins = {"conserving": 0, "pda": pda.rows_of(self._sequence), "euler-maruyama": 3}
        self._spins = aligned((spins[self.scheme], model.n_sites, LANES), real)
        self._scratch = aligned((12, LANES), real)
        self.bloch = aligned((4, model.n_sites, LANES))
        self.finite = np.ones(LANES)
        self.clipped = np.zeros((2, LANES))

    def advance(self, steps: int, step: float) -> None:
        """Take `steps` steps of length `step`."""
        module = {"conserving": conserving, "pda": pda, "euler-maruyama": euler_maruyama}
        module[self.scheme].advance(*self._arguments(steps, step))

    def measure(self) -> None:
        """Bring `bloch` and `finite` up to date."""
        if self.scheme == "conserving":
            measure_vectors(tuple(self.state), self.bloch, self.finite)
        else:
            measure_spinors(tuple(self.state), self.bloch, self.finite)

    def sample(
        self, count: int, steps: int, step: float, sums: Sums, rows: Rows, saved: int
    ) -> None:
        """Advance by some steps and measure, `count` times.

        Args:
            sums: that each sample is added to.
            rows: where sums are stored at the time `saved` and at those after it, one a sample;
                they are not if that is negative.
        """
        SAMPLES[self.scheme](*self._sample_arguments(count, steps, step, sums, rows, saved))

    def is_compiled(self, sums: Sums, rows: Rows) -> bool:
        """Whether the kernel of `sample` needs no compiling for this block."""
        arguments = self._sample_arguments(1, 1, 0.0, sums, rows, 0)
        return is_compiled(SAMPLES[self.scheme], arguments)

    def _sample_arguments(
        self, count: int, steps: int, step: float, sums: Sums, rows: Rows, saved: int
    ) -> tuple[Any, ...]:
        scheme = self._arguments(steps, step)
        return scheme, self.bloch, self.finite, self.clipped, sums, rows, saved, count

    def _arguments(self, steps: int, step: float) -> tuple[Any, ...]:
        """Those of `advance` of the scheme."""
        state, stream, scratch = tuple(self.state), self.stream, self._scratch
        graph, sequence = self.graph, self._sequence
        if self.scheme == "euler-maruyama":
            return (
                state, self._spins, graph, self.rates, np.zeros((2, self._model.n_sites)), self.k,
                steps, step, stream, scratch, self.clipped,
            )  # fmt: skip
        constant = parts(self._model, self.scheme, step)
        if self.scheme == "conserving":
            length = self.length
            return state, constant, sequence, length, steps, stream, scratch
        return (
            state, self._spins, graph, constant, sequence, self.k, steps, step, stream, scratch,
            self.clipped,
        )  # fmt: skip


# Blocks of one model follow one another, and setting up takes longer than a short run of one spin.
@lru_cache(maxsize=4)
def structure(model: Model, scheme: str) -> tuple[Graph, Rates, Sequence]:
    """What is constant for a model: fields and couplings, rates, and the order of a step."""
    weight = mean_weight(model.spin) if scheme == "conserving" else 1.0
    graph, rates = graph_of(model, weight), rates_of(model, weight)
    if scheme == "conserving":
        visits = conserving_visits(graph, rates, spin_length(model.spin))
    else:
        visits = pda_visits(graph, rates)
    return graph, rates, sequence_of(graph, visits)


@lru_cache(maxsize=16)
def parts(model: Model, scheme: str, step: float) -> Any:
    """What is constant while the step is."""
    graph, rates, sequence = structure(model, scheme)
    if scheme == "conserving":
        return conserving.parts_of(graph, rates, sequence, spin_length(model.spin), step)
    return pda.parts_of(graph, rates, sequence, step)
