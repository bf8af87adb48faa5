"""Opens, checks and describes finished sweeps."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import xarray as xr

from twoqs.errors import StoreError
from twoqs.store import Batches, merged_attributes, read_spec
from twoqs.store.batches import MERGED
from twoqs.sweep.settings import canonical


def open(path: str | os.PathLike[str]) -> xr.Dataset:  # noqa: A001 - read as `twoqs.open`
    """The merged dataset of a sweep, read lazily.

    Args:
        path: folder of the store, such as `results/fig7`.

    Returns:
        Dataset over the sweep's axes and the dimensions of its results. Points that are not
        finished are NaN and have 0 `trajectories`.

    Raises:
        StoreError: if there is no store, or it has no merged dataset yet.
    """
    folder = Path(path)
    spec = read_spec(folder)
    attributes = merged_attributes(folder)
    if not attributes:
        done, total = Batches(folder).counts()
        raise StoreError(
            f"The sweep in {folder} is not finished: {done} of {total} batches are done. "
            "Run it again to go on where it stopped."
        )
    if attributes.get("sweep") != canonical(spec):
        warnings.warn(
            f"The sweep in {folder} has been changed since this dataset was made, and the run of "
            "the changed one is not finished.",
            UserWarning,
            stacklevel=2,
        )
    return xr.open_zarr(folder / MERGED, chunks={})
