"""Makes one store of several from Python, and opens its results."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from twoqs.errors import require
from twoqs.execution.union import union_into
from twoqs.look.open import open as open_results
from twoqs.model.arguments import file_name


def merge(
    stores: Sequence[str | os.PathLike[str]],
    into: str | os.PathLike[str],
    *,
    on_conflict: str = "refuse",
) -> xr.Dataset:
    """Put the batches of several stores into one, and open its results: `twoqs merge` from Python.

    Args:
        stores: folders of parts of a sweep, or of sweeps that differ in the values of their axes
            and in their trajectories only; their union is the sweep of `into`.
        into: folder that is not there yet, and appears as a whole or not at all; or one of
            `stores`, which then gets the batches of the others.
        on_conflict: what to do about batches that differ between stores: "refuse" to merge, or keep
            those of the store that is named "first" or "last". Equal ones are taken once.

    Returns:
        Dataset over the axes of the sweep, as `twoqs.open` gives it.

    Raises:
        ArgumentError: for an argument that cannot be used, or stores of sweeps that differ in more.
        StoreError: if a store is damaged, being written, or none; if batches differ; or if the disk
            refuses.

    Warns:
        UserWarning: if batches are missing in all stores; `twoqs.run` on `into` computes them.

    Examples:
        >>> for name, rates in {"left": [0.5, 1], "right": [1.5, 2]}.items():
        ...     model = twoqs.Model(spin=100, decay=1.0)
        ...     part = twoqs.Sweep(model, {"decay": rates}, times=[0, 1], trajectories=64)
        ...     ds = twoqs.run(part, workers=0, store=name, progress=False)
        >>> twoqs.merge(["left", "right"], into="whole").decay.values
        array([0.5, 1. , 1.5, 2. ])
    """
    listed = isinstance(stores, Sequence) and not isinstance(stores, str)
    require(listed, "stores", "be a list of folders", stores)
    target = Path(file_name("into", into))
    union_into([Path(file_name("stores", store)) for store in stores], target, on_conflict)
    data = open_results(target)
    assert isinstance(data, xr.Dataset)
    return data
