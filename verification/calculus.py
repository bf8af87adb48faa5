"""Plain steps of the stochastic equation, in the sense of Stratonovich and in that of Ito.

ds_i = [dH/ds_i dt + 2G (B a_i - A b_i) dt + sqrt(2G) (a_i dW_2 - b_i dW_1)] x s_i, in NumPy with
Gaussian noise: no flow, no product of flows, no constant of a step. Every step ends on the sphere,
which Ito's reading would leave at once; what is then left of its error is along the sphere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
from cases import Case
from equations import jump_forms
from start import coherent_spins

from twoqs.flows.generators import Generators

STEP = 0.01
"""About a hundredth of the inverse rates of the models."""


class Equation:
    """The change of Bloch vectors, shape (3, site, lane), in a step of a model without pulses."""

    def __init__(self, generators: Generators) -> None:
        n = generators.n_sites
        self.weights = generators.weights[:, None]
        self.field = sum((f.vectors for f in generators.fields), np.zeros((n, 3))).T[:, :, None]
        self.couplings = np.zeros((3, n, 3, n))
        for piece in generators.bonds:
            for (i, j), tensor in zip(piece.pairs, piece.tensors, strict=True):
                self.couplings[:, i, :, j] += tensor
                self.couplings[:, j, :, i] += tensor.T
        self.jumps = [
            (rate, forms.real.T[:, :, None], forms.imag.T[:, :, None])
            for rate, forms in jump_forms(generators, np.ones(generators.parameters))
        ]

    def change(self, s: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Of s for Wiener increments of shape (jump, 2, lane)."""
        acting = s / self.weights
        x, y, z = STEP * (self.field + np.tensordot(self.couplings, acting, 2))
        for (rate, a, b), (w1, w2) in zip(self.jumps, noise, strict=True):
            size, pull = math.sqrt(2 * rate), 2 * rate * STEP
            about_a = pull * np.sum(b * acting, axis=(0, 1)) + size * w2
            about_b = pull * np.sum(a * acting, axis=(0, 1)) + size * w1
            x, y, z = (
                turn + a[axis] * about_a - b[axis] * about_b for axis, turn in enumerate((x, y, z))
            )
        return np.stack([y * s[2] - z * s[1], z * s[0] - x * s[2], x * s[1] - y * s[0]])


def steps(case: Case, lanes: int, seed: int, stratonovich: bool) -> Iterator[np.ndarray]:
    """States at the times of a case, shape (3, site, lane)."""
    equation, rng = Equation(case.generators), np.random.default_rng(seed)
    lengths, now = case.generators.lengths[:, None], 0
    s = coherent_spins(case.generators.spins, *map(np.array, case.start), rng, lanes)
    for time in case.times:
        for _ in range(round(time / STEP) - now):
            noise = math.sqrt(STEP) * rng.normal(size=(len(equation.jumps), 2, lanes))
            first = equation.change(s, noise)
            second = equation.change(s + first, noise) if stratonovich else first
            s = s + (first + second) / 2
            s = s * (lengths / np.linalg.norm(s, axis=0))
        now = round(time / STEP)
        yield s


heun = partial(steps, stratonovich=True)
euler = partial(steps, stratonovich=False)
