"""One block of trajectories: initial state, steps, measurement."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels import conserving, euler_maruyama, moments, pda
from twoqs.kernels.jit import LANES
from twoqs.kernels.memory import aligned
from twoqs.kernels.random import Stream, new_stream
from twoqs.model import Model
from twoqs.numerics import Numerics
from twoqs.rates import graph_of, rates_of, turns_about_z
from twoqs.representation import sample_bloch, sample_bosons, spin_length

Floats = NDArray[np.float64]


class Block:
    """LANES trajectories of one model that advance together.

    Args:
        numerics: resolved settings.
        seed: the one source of all randomness of this block.

    Attributes:
        bloch: s^x, s^y, s^z and spin length, shape (4, site, lane), as of the last `measure`.
        finite: 1 for trajectories that are finite at all sites, else 0 (and `bloch` is 0 there).
        clipped: updates with clipped diffusion, and all of them, shape (2, lane).
    """

    def __init__(self, model: Model, numerics: Numerics, seed: np.random.SeedSequence) -> None:
        initial, noise = seed.spawn(2)
        rng = np.random.Generator(np.random.PCG64(initial))
        single = numerics.precision == "single"
        real = np.float32 if single else np.float64
        self._stream: Stream = new_stream(noise, single)
        self._scheme, self._k = numerics.scheme, numerics.k
        self._graph, self._rates = graph_of(model), rates_of(model)
        self._about_z = turns_about_z(self._graph, self._rates)
        self._length = spin_length(model.spin)
        if self._scheme == "conserving":
            self._state = sample_bloch(model, rng, LANES)
        else:
            self._state = sample_bosons(model, self._k, rng, LANES)
        self._state = np.ascontiguousarray(self._state, dtype=real)
        spins = {"conserving": 0, "pda": 2, "euler-maruyama": 3}[self._scheme]
        self._prepared: tuple[float, Any] = (math.nan, None)
        self._spins = np.empty((spins, model.n_sites, LANES), real)
        self._scratch = np.empty((12, LANES), real)
        self.bloch = aligned((4, model.n_sites, LANES))
        self.finite = np.ones(LANES)
        self.clipped = np.zeros((2, LANES))

    def advance(self, steps: int, step: float) -> None:
        """Take `steps` steps of length `step`."""
        if steps == 0:
            return
        state, graph, rates, stream = self._state, self._graph, self._rates, self._stream
        if self._scheme == "conserving":
            conserving.advance(
                state, graph, self._parts(step), self._about_z, self._length,
                steps, step, stream, self._scratch,
            )  # fmt: skip
        elif self._scheme == "pda":
            pda.advance(
                state, self._spins, graph, self._parts(step), self._k, steps, step, stream,
                self._scratch, self.clipped,
            )  # fmt: skip
        else:
            euler_maruyama.advance(
                state, self._spins, graph, rates, np.zeros((2, state.shape[1])), self._k,
                steps, step, stream, self._scratch, self.clipped,
            )  # fmt: skip

    def _parts(self, step: float) -> Any:
        """What is constant while the step is; steps hardly ever change, and it takes a while."""
        if step != self._prepared[0]:
            parts: Any
            if self._scheme == "conserving":
                parts = conserving.parts_of(self._rates, self._about_z, self._length, step)
            else:
                parts = pda.parts_of(self._graph, self._rates, step)
            self._prepared = step, parts
        return self._prepared[1]

    def measure(self) -> None:
        """Bring `bloch` and `finite` up to date."""
        if self._scheme == "conserving":
            moments.bloch_of_vectors(self._state, self.bloch, self.finite)
        else:
            moments.bloch_of_spinors(self._state, self.bloch, self.finite)
