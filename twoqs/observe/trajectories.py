"""A few single trajectories as they are: vectors of spins and amplitudes of modes in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.compile.jit import LANES
from twoqs.measure.members import MEMBER, MODES, family_of
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    OwnCoordinate,
    OwnVariable,
    PartSums,
    Request,
    Sample,
)
from twoqs.model.arguments import integer
from twoqs.model.arrays import Floats
from twoqs.model.kinds import MODE
from twoqs.model.limits import MOST_KEPT_BYTES, MOST_TRAJECTORIES
from twoqs.model.model import Model

KEPT = "path"
"""What the variables of `simulate(keep=...)` begin with."""

SPIN_PARTS = (("sx", 0, 1.0), ("sy", 1, 1.0), ("sz", 2, 1.0))
MODE_PARTS = (("a_re", 0, 1.0), ("a_im", 1, -1.0))
"""What variables are called, the component they are, and its sign: of modes alpha = x - i y."""


@dataclass(frozen=True)
class SingleTrajectories(Request):
    """The first trajectories of a run at its times, as points of phase space.

    Attributes:
        count: how many.
    """

    count: Any
    kind: ClassVar[str] = "trajectories"

    def __post_init__(self) -> None:
        integer("trajectories", self.count, 1, MOST_TRAJECTORIES)

    @property
    def keeps(self) -> int:
        """How many trajectories are kept."""
        return int(self.count)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse windows, what takes too much room, and a second request of this kind."""
        where = f"observables.{self.name}"
        wanted = "go with `times`, not with `average`, whose samples are many"
        require(numerics.times is not None, where, wanted, {self.kind: self.count})
        size = 24 * self.keeps * numerics.saved_times * model.n_sites
        wanted = f"keep at most {MOST_KEPT_BYTES / 1e9:g} GB of single trajectories"
        require(size <= MOST_KEPT_BYTES, where, wanted, f"{size / 1e9:.3g} GB")
        others = [one.name for one in numerics.requests if one.keeps]
        require(len(others) == 1, where, "be the only one that keeps trajectories", others)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """No sums."""
        return {}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Copies."""
        return _Copies(self.keeps, numerics.saved_times, model.n_sites)

    def observables(self, model: Model, numerics: Numerics) -> tuple[()]:
        """No observables: what is kept has no standard error."""
        return ()

    def variables(self, model: Model, numerics: Numerics, kept: Floats) -> dict[str, OwnVariable]:
        """Components of spins, and amplitudes of modes, NaN where a trajectory is not there."""
        vectors = np.full((self.keeps, *kept.shape[1:]), np.nan)
        vectors[: len(kept)] = kept[: self.keeps]
        modes = model.kinds == MODE
        found = {}
        for at, parts, units, site in (
            (~modes, SPIN_PARTS, "hbar", self._site), (modes, MODE_PARTS, "1", self._mode_site),
        ):  # fmt: skip
            for suffix, axis, sign in parts if np.any(at) else ():
                values = sign * vectors[:, :, axis][..., at]
                several = values.shape[-1] > 1
                dims = (self._trajectory, "time", *((site,) if several else ()))
                text = f"{suffix} of single trajectories, before weights of means and ordering"
                values = values if several else values[..., 0]
                found[f"{self.name}_{suffix}"] = OwnVariable(dims, values, text, units)
        return found

    @property
    def _trajectory(self) -> str:
        return f"{self.name}_trajectory"

    @property
    def _site(self) -> str:
        return f"{self.name}_site"

    @property
    def _mode_site(self) -> str:
        return f"{self.name}_mode_site"

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Numbers of trajectories; sites as those of other results."""
        numbers = np.arange(self.keeps)
        found = {self._trajectory: OwnCoordinate(numbers, "number of the trajectory", "1")}
        for dim, name in ((MEMBER, self._site), (MODES, self._mode_site)):
            sites = np.array(family_of(model, dim).sites)
            if len(sites) > 1:
                found[name] = OwnCoordinate(sites, "site", "1")
        return found

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """Of the copies of a block."""
        return _Copies(self.keeps, numerics.saved_times, model.n_sites).kept.nbytes


class _Copies(OneByOne):
    """Of the vectors of the first trajectories of a block.

    Attributes:
        kept: shape (trajectory, time, component, site); NaN where one is not finite.
    """

    def __init__(self, count: int, times: int, sites: int) -> None:
        count = min(count, LANES)
        self.kept = np.full((count, times, 3, sites), np.nan)

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        count = len(self.kept)
        vectors = np.moveaxis(sample.bloch[:3, :, :count], 2, 0)
        finite = sample.finite[:count] != 0
        self.kept[finite, sample.saved] = vectors[finite]
