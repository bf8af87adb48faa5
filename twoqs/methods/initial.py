"""What the initial states of all phase spaces share: uniform numbers, and directions."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.moments import GROUP
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.model.states import InitialState
from twoqs.model.values import per_site


def stratified(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Uniform numbers in [0, 1) of shape (site, lane), one in each of GROUP equal intervals.

    Within each group of lanes they are spread evenly in random order (Latin hypercube sampling),
    which lowers the scatter of the initial state; different groups stay independent, as the
    statistics require.
    """
    sites, lanes = size
    order = np.tile(np.arange(GROUP), (sites * lanes // GROUP, 1))
    cell = rng.permuted(order, axis=1).reshape(size)
    return (cell + rng.random(size)) / GROUP


def angles(model: Model) -> tuple[Floats, Floats]:
    """Polar angle and azimuth of every spin's initial direction, each of shape (site, 1)."""
    assert isinstance(model.initial, InitialState)
    n = model.n_sites
    return per_site(model.initial.theta, n)[:, None], per_site(model.initial.phi, n)[:, None]
