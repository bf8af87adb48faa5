"""What theory says, as lines in pictures of results."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from twoqs.errors import require

THEORY = "values of theory"
"""Name of what theory has for the variable that is drawn; no variable's, which have no spaces."""


def with_theory(data: xr.Dataset, predicted: xr.Dataset, name: str) -> xr.Dataset:
    """The results with what is predicted of one variable, NaN where nothing is.

    Args:
        data: a merged dataset, or what `twoqs.look.open.read_variables` has of one.
        predicted: what `twoqs.execution.predict.predictions` gives for the same sweep.

    Raises:
        ArgumentError: if the variable is not predicted, or has other dimensions there.
    """
    known = [str(one) for one in predicted.data_vars if one in data]
    wanted = f"hold `{name}` of this sweep (of its variables there are {', '.join(known)})"
    require(name in known, "predictions", wanted, sorted(map(str, predicted.data_vars)))
    own = predicted[name]
    axes = {dim: data.indexes[dim] for dim in own.dims if dim in data.indexes}
    own = own.reindex(axes)
    fits = set(own.dims) <= set(data[name].dims)
    wanted = f"have the dimensions of `{name}` ({', '.join(map(str, data[name].dims))})"
    require(fits, "predictions", wanted, list(own.dims))
    values = own.broadcast_like(data[name]).transpose(*data[name].dims).values
    return data.assign({THEORY: xr.Variable(data[name].dims, values, data[name].attrs)})


def draw_theory(axes: Axes, along: Any, curve: xr.Dataset, look: dict[str, Any]) -> None:
    """A line without marks, of the colour of the curve, if there is theory."""
    if THEORY in curve and np.isfinite(curve[THEORY]).any():
        order = np.argsort(along, kind="stable")
        axes.plot(along[order], curve[THEORY].values[order], "-", lw=1.2, color=look["color"])
