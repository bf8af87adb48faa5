"""How many points of a sweep were compared with theory, and why the others were not."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
import xarray as xr

from twoqs.execution.predict.coverage import Coverage, at_points, without_prediction
from twoqs.sweep import Sweep

UNFINISHED = "the point is not finished"
UNRESOLVED = "of what theory predicts, nothing was measured and resolved"


def comparison(result: xr.Dataset, predicted: xr.Dataset, table: pd.DataFrame) -> Coverage:
    """Points that were compared, and reasons why others were not.

    Args:
        result: a merged sweep.
        predicted: the predictions for it.
        table: deviations of the one from the other (`deviations`).
    """
    sweep = Sweep.from_dict(json.loads(result.attrs["sweep"]))
    columns = [table[dim].tolist() for dim in sweep.dims]
    # A sweep without axes has one point, whose coordinates are none.
    compared = set(zip(*columns, strict=True)) if columns else {()} if len(table) else set()
    reasons: Counter[str] = Counter()
    done = at_points(sweep, result.trajectories)
    for (point, why), (_, trajectories) in zip(
        without_prediction(sweep, predicted), done, strict=True
    ):
        if tuple(point.coordinates[dim] for dim in sweep.dims) not in compared:
            reasons[why or (UNRESOLVED if trajectories else UNFINISHED)] += 1
    return Coverage.of(len(sweep.points), reasons)
