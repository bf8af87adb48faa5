"""Single trajectories that are kept beside sums: the first of a point, from its first batches."""

from __future__ import annotations

from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model
from twoqs.simulation.batch import batch_trajectories


def kept_batches(model: Model, numerics: Numerics) -> int:
    """Batches that hold a trajectory to be kept: the first ones."""
    return -(-numerics.keep // batch_trajectories(model, numerics))


def kept_shape(model: Model, numerics: Numerics) -> tuple[int, int, int, int]:
    """Shape (trajectory, time, component, site) of what such a batch keeps."""
    count = min(numerics.keep, batch_trajectories(model, numerics))
    return count, numerics.saved_times, 3, model.n_sites
