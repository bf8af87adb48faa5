"""Estimates of the points of a store, alike ones together, as that takes a tenth as long."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from twoqs.measure.coarse import leave_out_twins
from twoqs.measure.records import RecordLayout
from twoqs.measure.results import estimated, estimated_together
from twoqs.measure.together import in_common
from twoqs.measure.variables import Results
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.step_pairs import has_pairs
from twoqs.store.records import record_shape
from twoqs.store.store import Store
from twoqs.sweep import Point
from twoqs.sweep.settings import build_model

ALIKE_BYTES = 2_000_000
"""Rough size of the records that are estimated at a time: more would not fit into caches."""

Held = list[tuple[int, Model, Floats]]
"""Places of points, their models and all their rows."""


def estimates_of_points(
    store: Store, points: Sequence[Point]
) -> Iterator[tuple[list[int], Results]]:
    """What `twoqs.measure.results.estimated` tells of points that have batches.

    Returns:
        In any order places among the points, and results with as many values along a first axis.

    Raises:
        StoreError: if a record has been damaged since the store was opened.
    """
    held: dict[tuple[Hashable, Hashable], Held] = {}
    known: dict[Hashable, tuple[Numerics, RecordLayout]] = {}
    for i, point in enumerate(points):
        rows, kept = store.rows(point), store.kept(point)
        model = build_model(point.settings[0])
        kind = point.kind, rows.shape
        if kind not in known:
            known[kind] = point.numerics, RecordLayout.of(model, point.numerics)
        numerics, layout = known[kind]
        shared = in_common(model, numerics, layout, rows) if kept is None else None
        if shared is None:
            yield [i], _one(estimated(point.model, point.numerics, rows, kept=kept))
            continue
        group = held.setdefault((kind, shared), [])
        group.append((i, model, rows))
        if len(group) * rows.nbytes >= ALIKE_BYTES:
            yield _together(numerics, held.pop((kind, shared)))
    for (alike, _), group in held.items():
        yield _together(known[alike][0], group)


def _together(numerics: Numerics, held: Held) -> tuple[list[int], Results]:
    places, models, rows = zip(*held, strict=True)
    return list(places), estimated_together(models, numerics, np.stack(rows))


def _one(result: Results) -> Results:
    """With a first axis for the only point."""
    variables = {
        name: one._replace(values=one.values[None]) for name, one in result.variables.items()
    }
    return result._replace(variables=variables)


def without_values(point: Point) -> Results:
    """What a point will have, all of it NaN."""
    model, numerics = point.model, point.numerics
    rows = np.full(record_shape(point), np.nan)
    if not has_pairs(model, numerics, point.trajectories):
        leave_out_twins(RecordLayout.of(model, numerics).split(rows))
    return estimated(model, numerics, rows)
