"""Panels of values in time, shared by figures 1, 2, 3, 5 and 6."""

from __future__ import annotations

from typing import Any

import xarray as xr
from matplotlib.axes import Axes

from twoqs.look.plot.style import EXACT, points
from twoqs.paper.figures.fine import fine

SHOWN_TIMES = 24
"""Times of a case that get a marker at most."""


def case_curves(
    axes: Axes, data: xr.Dataset, exact: xr.Dataset, name: str, cases: list[str], scale: float,
    **look: Any,
) -> None:  # fmt: skip
    """One variable in time: markers with error bars for each case, and the exact line.

    Args:
        data: values over `case` and `time`.
        exact: the prediction over `time`; no line where there is none.
    """
    if name in exact:
        axes.plot(*fine(exact.time, exact[name] / scale), **(EXACT | look))
    # Cases that agree would hide each other: their markers take turns, each at times of its own.
    every = max(-(-data.sizes["time"] // SHOWN_TIMES), len(cases))
    for i, case in enumerate(cases):
        at = data.sel(case=case).isel(time=slice(i * every // len(cases), None, every))
        points(axes, at.time, at, name, case, scale, **look)


def first_case(exact: xr.Dataset) -> xr.Dataset:
    """Predictions do not depend on the scheme."""
    return exact.isel(case=0, drop=True)
