"""The map of what truncation may be off by, over two axes of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from twoqs.errors import require
from twoqs.look.plot.picture import View, picture
from twoqs.look.plot.save import save
from twoqs.measure.names import MODEL_ERROR
from twoqs.sweep import Sweep

TITLE = "What the method may be off by"


def plane_of_map(sweep: Sweep, at: Mapping[str, str]) -> tuple[str, str]:
    """The axes of a map: the first two of several numbers, none of which is chosen.

    If there is one alone, two that move together along it.

    Raises:
        ArgumentError: if there are not two.
    """
    fixed = {axis.name for axis in sweep.axes for one in (axis, *axis.parts) if one.name in at}
    dims = [
        axis.name
        for axis in sweep.axes
        if axis.name not in fixed and len(axis) > 1 and not isinstance(axis.coordinates[0], str)
    ]
    scattered = [
        axis.parts for axis in sweep.axes if len(axis.parts) == 2 and axis.name not in fixed
    ]
    if len(dims) < 2 and scattered:
        return scattered[0][0].name, scattered[0][1].name
    wanted = "go with two axes that have several numbers"
    require(len(dims) > 1, "map", wanted, f"a sweep with {', '.join(dims) or 'none'}")
    return dims[1], dims[0]


def draw_error_map(
    errors: xr.Dataset, title: str, plane: tuple[str, str], at: Mapping[str, str], output: Path
) -> None:
    """Write the picture.

    Args:
        errors: of `twoqs.execution.predict.truncation.over_axes`.
        title: of the sweep.
        plane: axes along x and y.
        at: values of other axes.

    Raises:
        ArgumentError: if no point was tested, or more maps were to be drawn than fit.
    """
    require(MODEL_ERROR in errors, "map", "have a point with twins", "none")
    data = errors[[MODEL_ERROR]].assign(trajectories=xr.zeros_like(errors[MODEL_ERROR]))

    def make() -> Figure:
        figure = picture(data.assign_attrs(title=title), MODEL_ERROR, View(at, *plane))
        figure.suptitle(TITLE, fontsize=8)
        return figure

    save(make, [output])
