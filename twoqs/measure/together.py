"""Records of several points as those of one: as if each point were other times of one result.

All that is made of averages is made at each time by itself, so that the values of a thousand points
take one call of NumPy where each by itself took a thousand.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from twoqs.measure.coarse import coarse_part
from twoqs.measure.halves import AT_START, IN_FIRST_HALF, OF_HALVES, beside
from twoqs.measure.records import RecordLayout
from twoqs.measure.statistics import Sums
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


def in_common(
    model: Model, numerics: Numerics, layout: RecordLayout, records: Floats
) -> Hashable | None:
    """What points must have in common so that they may be estimated together; None for never.

    That is whatever averages are told of models: their members, sites and lattice. What is asked
    for by formulas, or in terms of a model's numbers, is made of its model, and apart; so is what
    has lost trajectories, as then the points do not have as many.

    Args:
        numerics: resolved settings.
        layout: of their records.
        records: all rows of the point, shape (row, length).
    """
    parts = layout.split(records)
    if numerics.requests or numerics.derived or layout.groups > 1:
        return None
    if beside(IN_FIRST_HALF, "count") in parts or parts["diverged"].any():
        return None
    paired = parts.get(coarse_part("count"), np.zeros(0)).astype(bool).tobytes()
    settings = numerics.scheme, numerics.representation, numerics.times, numerics.average
    others = numerics.observables, numerics.budget, layout, records.shape, paired
    return (*settings, *others, model.members, model.lattice)


def split_together(layout: RecordLayout, records: Floats) -> Sums:
    """Parts of several points, as those of one that `RecordLayout.split` makes.

    Args:
        records: shape (point, row, length).

    Returns:
        Shape (row, point and time, ...); of what relaxes shape (row, ..., point).
    """
    points, rows, length = records.shape
    found = {}
    for name, part in layout.split(records.reshape(points * rows, length)).items():
        part = part.reshape(points, rows, *part.shape[1:])
        if name.split(":")[0] in (AT_START, OF_HALVES):
            found[name] = np.moveaxis(part, 0, -1)
        else:
            found[name] = part.swapaxes(0, 1).reshape(rows, points * part.shape[2], *part.shape[3:])
    return found
