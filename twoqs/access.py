"""Opens, checks and describes finished sweeps."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

from twoqs.arguments import file_name
from twoqs.errors import StoreError
from twoqs.store import Batches, intact, merged_attributes, read_spec
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
        StoreError: if there is no store, or it has no merged dataset yet, or a damaged one.
    """
    return _open(Path(file_name("path", path)), 3)


def _open(folder: Path, level: int) -> xr.Dataset:
    spec = read_spec(folder)
    attributes = merged_attributes(folder)
    if not attributes:
        raise StoreError(_not_merged(folder))
    if attributes.get("sweep") != canonical(spec):
        warnings.warn(
            f"The sweep in {folder} has been changed since this dataset was made, and the run of "
            "the changed one is not finished.",
            UserWarning,
            stacklevel=level,
        )
    with _clear_errors(folder):
        return xr.open_zarr(folder / MERGED, chunks={})


def load(path: str | os.PathLike[str]) -> xr.Dataset:
    """The merged dataset of a sweep in memory, checked to be what was written.

    Raises:
        StoreError: if there is no store, it has no merged dataset yet, or that is damaged.
    """
    folder = Path(file_name("path", path))
    data = _open(folder, 3)
    with _clear_errors(folder):
        if not intact(folder):
            raise ValueError("the files are not those that were written")
        return data.load()


def _not_merged(folder: Path) -> str:
    done, total = Batches(folder).counts()
    if done == total:
        return (
            f"All {total} batches of the sweep in {folder} are done, but its merged dataset is "
            "missing or damaged. Run the sweep again to make it."
        )
    return (
        f"The sweep in {folder} is not finished: {done} of {total} batches are done. "
        "Run it again to go on where it stopped."
    )


@contextmanager
def _clear_errors(folder: Path) -> Iterator[None]:
    """Errors of Zarr and its codecs about damaged files, as one that says what to do."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, MemoryError) as error:
        raise StoreError(
            f"The merged dataset in {folder} is damaged. Run the sweep again to make it anew."
        ) from error
