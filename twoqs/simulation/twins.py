"""Twins of a block: the same trajectories with the same noise, turned a little at an instant.

What becomes of the difference is a linear response, without the noise that both of them share.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from twoqs.kernels.compile.memory import aligned, planes
from twoqs.kernels.random import Stream
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import SMALL_TURN, Perturbation, Twin
from twoqs.model.arrays import Floats
from twoqs.model.kinds import MODE
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import Segment


def perturbations_of(model: Model, numerics: Numerics) -> list[tuple[str, Perturbation]]:
    """Those that requests ask for, by the names of these."""
    asked = ((one.name, one.perturbation(model, numerics)) for one in numerics.requests)
    return [(name, found) for name, found in asked if found is not None]


class Twins:
    """Two twins of a block for each perturbation: turned to one side, and to the other."""

    def __init__(self, perturbations: list[tuple[str, Perturbation]]) -> None:
        self._perturbations = perturbations
        self._pairs: dict[str, tuple[TrajectoryBlock, TrajectoryBlock]] = {}
        self._began: dict[str, int] = {}

    def advance(self, segment: Segment) -> None:
        """Turn and step as the block did."""
        for block in self._blocks():
            block.turn(segment)
            block.advance(segment)

    def begin(self, block: TrajectoryBlock, number: int) -> None:
        """Make new twins of a block after its sample of this number, if that is due."""
        for name, one in self._perturbations:
            if number != 0 and (one.every is None or number % one.every):
                continue
            self._pairs[name] = (
                _turned(block, one.form, SMALL_TURN),
                _turned(block, one.form, -SMALL_TURN),
            )
            self._began[name] = number

    def now(self) -> dict[str, Twin]:
        """How they are, by the names of requests."""
        return {
            name: Twin(
                self._began[name], plus.bloch, minus.bloch, plus.finite * minus.finite
            )
            for name, (plus, minus) in self._pairs.items()
        }  # fmt: skip

    def _blocks(self) -> Iterator[TrajectoryBlock]:
        for pair in self._pairs.values():
            yield from pair


def copied_stream(stream: Stream) -> Stream:
    """One that gives the same numbers from here on."""
    return Stream(*(copied(part) for part in stream))


def _turned(block: TrajectoryBlock, form: Floats, angle: float) -> TrajectoryBlock:
    """A copy of a block after exp(i angle B), B = sum_i form_i.S_i (of modes form.(re, -im))."""
    twin = copy.copy(block)
    old = block.trajectories
    state = planes(len(old.state), old.model.n_sites, old.state.dtype)
    state[:] = old.state
    twin.trajectories = old._replace(
        state=state,
        memory=block.method.new_memory(old.structure, state),
        stream=copied_stream(old.stream),
        scratch=copied(old.scratch),
        clipped=copied(old.clipped),
    )
    twin.bloch, twin.finite = aligned(block.bloch.shape), np.ones_like(block.finite)
    modes = old.model.kinds == MODE
    state[:2, modes] += (angle / 2 * np.stack([form[1], -form[0]]))[:, modes, None]
    state[2, modes] = np.sum(state[:2, modes] ** 2, axis=0) - 0.5
    _rotate(state, np.where(modes, 0.0, -angle * form))
    twin.measure()
    return twin


def _rotate(state: Any, vectors: Floats) -> None:
    """Turn each spin about a vector by its length, shape (3, site)."""
    for site in np.flatnonzero(np.any(vectors, axis=0)):
        angle = float(np.sqrt(np.sum(vectors[:, site] ** 2)))
        axis = vectors[:, site, None] / angle
        spin = np.array(state[:, site], dtype=np.float64)
        across = np.cross(axis, spin, axis=0)
        along = axis * np.sum(axis * spin, axis=0)
        state[:, site] = np.cos(angle) * spin + np.sin(angle) * across + (1 - np.cos(angle)) * along


def copied(values: Any) -> Any:
    found = aligned(values.shape, values.dtype)
    found[:] = values
    return found
