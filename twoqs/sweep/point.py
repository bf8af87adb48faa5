"""One point of the grid of a sweep: its settings, and what has been worked out from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from twoqs.methods import default_for
from twoqs.methods.numerics import Numerics, point_id
from twoqs.model.model import Model
from twoqs.simulation.batch import Cost, batch_cost, batch_trajectories
from twoqs.sweep.axes import Coordinate
from twoqs.sweep.settings import build, with_step, with_window

BUILT = 4096
"""Models that are held at a time: sweeps of 10^5 points need no more memory than others."""

built = lru_cache(maxsize=BUILT)(build)
"""`build`, for those who come back to a point."""


class PointFacts(NamedTuple):
    """What has been worked out from the model of a point, and is asked for without it.

    Attributes:
        per_batch: trajectories in one batch.
        cost: expected cost of one batch.
        step: longest time step.
        scheme: name of the method that is taken if none is named.
        sites: how many there are.
        keep: how many trajectories are kept one by one.
    """

    per_batch: int
    cost: Cost
    step: float
    scheme: str
    sites: int
    keep: int

    @classmethod
    def of(cls, model: Model, numerics: Numerics) -> PointFacts:
        """The facts about a model with resolved numerics."""
        assert numerics.step is not None
        count, cost = batch_trajectories(model, numerics), batch_cost(model, numerics)
        others = default_for(model), model.n_sites, numerics.keep
        return cls(count, cost, numerics.step, *others)


@dataclass(frozen=True)
class Point:
    """One point of the grid; its model is built when it is asked for.

    Attributes:
        index: position along each axis.
        coordinates: value along each axis.
        together: values of what moves together along axes.
        settings: canonical texts of the model and of the numerics.
        facts: what the two make.
        point_id: identity of model and numerics; where the point sits in a grid is no part of it.
        requested: trajectories asked for.
        auto: identity while no window is found; None if the settings have one.
    """

    index: tuple[int, ...]
    coordinates: dict[str, Coordinate]
    settings: tuple[str, str]
    facts: PointFacts
    point_id: str
    requested: int
    together: Mapping[str, Coordinate] = field(default_factory=dict)
    auto: str | None = None

    @property
    def model(self) -> Model:
        """The physics."""
        return built(*self.settings)[0]

    @property
    def numerics(self) -> Numerics:
        """Resolved settings; with the first window that is tried while none is found."""
        return built(*self.settings)[1]

    @property
    def pending(self) -> bool:
        """Whether a window is to be found before batches can be run."""
        return self.point_id == self.auto

    def with_window(self, window: tuple[float, float]) -> Point:
        """The same point with a window that was found: the one that has it in its settings."""
        return self._with_numerics(with_window(self.settings[1], window))

    def with_step(self, step: float) -> Point:
        """The same point with another step: the one that has it in its settings.

        Raises:
            ArgumentError: if the model takes no such step.
        """
        return self._with_numerics(with_step(self.settings[1], step))

    def like(self, other: Point) -> Point:
        """This place of the grid with the model and numerics of another point."""
        found = replace(self, settings=other.settings, point_id=other.point_id)
        return replace(found, facts=other.facts)

    def _with_numerics(self, text: str) -> Point:
        settings = self.settings[0], text
        model, numerics = built(*settings)
        identity = point_id(model, numerics)
        return replace(
            self, settings=settings, facts=PointFacts.of(model, numerics), point_id=identity
        )

    @property
    def kind(self) -> tuple[str, str]:
        """What points have in common that differ by numbers of their models alone."""
        return _NUMBER.sub("0", self.settings[0]), self.settings[1]

    @property
    def per_batch(self) -> int:
        """Trajectories in one batch."""
        return self.facts.per_batch

    @property
    def cost(self) -> Cost:
        """Expected cost of one batch."""
        return self.facts.cost

    @property
    def batches(self) -> int:
        """Batches that hold the requested trajectories, rounded up."""
        return -(-self.requested // self.per_batch)

    @property
    def trajectories(self) -> int:
        """Trajectories that are run: whole batches."""
        return self.batches * self.per_batch

    @property
    def label(self) -> str:
        """The coordinates, for messages."""
        return label({**self.coordinates, **self.together})


_NUMBER = re.compile(r"(?<![\w.])-?\d[-+.0-9e]*")  # and not in names


def label(coordinates: dict[str, Coordinate]) -> str:
    """Coordinates for messages: `J_y=-1, case=pda`."""
    parts = (f"{k}={v:.6g}" if isinstance(v, float) else f"{k}={v}" for k, v in coordinates.items())
    return ", ".join(parts)
