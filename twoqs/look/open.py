"""Opens sweeps: one or a folder of them, finished or still running."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xarray as xr

# Importing it gives every dataset the accessor `twoqs`.
import twoqs.look.select  # noqa: F401
from twoqs.errors import ArgumentError, StoreError, TwoqsError
from twoqs.look.choice import only
from twoqs.look.replicas import STORE_OF_RESULT
from twoqs.measure import STATUS_OF
from twoqs.measure.coarse import STEP_FLAG
from twoqs.measure.drift import RELAXATION_TIME, WINDOW_FLAG
from twoqs.model.arguments import file_name, flag
from twoqs.simulation.quanta import NEEDED_OF_MODES
from twoqs.simulation.validity import NEEDED
from twoqs.store import (
    Store,
    attributes,
    intact,
    is_current,
    lacks_chunks,
    merged_attributes,
    read_spec,
    view,
)
from twoqs.store.description import MODEL_ERRORS, SWEEP, NoStoreError
from twoqs.store.files import PARTIAL
from twoqs.store.store import MERGED

IN_MEMORY = 100_000_000
"""Bytes up to which a dataset is read as a whole, and larger ones piece by piece when needed."""

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError, MemoryError)
"""What Zarr, its codecs and xarray raise about damaged files."""


def open(  # noqa: A001 - read as `twoqs.open`
    path: str | os.PathLike[str],
    *,
    partial: bool = False,
    chunks: Any = None,
    early: bool = False,
) -> xr.Dataset | xr.DataTree:
    """The results of a sweep, or of all sweeps in a folder.

    Whoever runs the sweep at this time is not disturbed. If its merged dataset is not there yet, or
    older than its receipts, the dataset is made in memory of the points that are finished now,
    which takes some milliseconds for each of them.

    Args:
        path: folder of a sweep, such as `results/fig7`, or of sweeps, such as `results`.
        partial: whether points may be unfinished; if not, there is a warning about them.
        chunks: as in `xarray.open_zarr`, to get Dask arrays whatever their size. If left out, up to
            `IN_MEMORY` bytes are read, and checked to be what was written; what is larger becomes
            Dask arrays with the chunks on disk. Those read from disk later: open them again when
            the sweep has been run again.
        early: whether unfinished points have values, too, of the batches that are done by now:
            `trajectories` says of how many, and the coordinate `complete` is false.

    Returns:
        Dataset over the sweep's axes and the dimensions of its results. Points that are not
        finished are NaN, with 0 `trajectories` and the coordinate `complete` false. Model errors
        that `twoqs trust` has found of some points are there as `<name>_model`. For a folder
        of sweeps a DataTree of them, each by the name of its folder; other folders are passed over.

    Raises:
        StoreError: if there is no sweep, or a damaged one.
        ArgumentError: if `chunks` do not fit, or another argument is neither true nor false.

    Warns:
        UserWarning: about points that are not finished, unless `partial`; and about model errors
            beside the sweep (`twoqs trust`) that are of other points, or damaged.

    Examples:
        >>> model = twoqs.Model(spin=100, decay=1.0)
        >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1]}, times=[0, 1], trajectories=64)
        >>> ds = twoqs.run(sweep, workers=0, store="results/drive", progress=False)
        >>> twoqs.open("results/drive").equals(ds), list(twoqs.open("results"))
        (True, ['drive'])
    """
    folder = Path(file_name("path", path))
    partial, early = flag("partial", partial), flag("early", early)
    if (folder / SWEEP).exists():
        return _sweep(folder, partial, chunks, 3, early)
    nodes = {}
    for name in _sweeps(folder):
        nodes[name] = _sweep(folder / name, partial, chunks, 3, early)
    return xr.DataTree.from_dict(nodes, name=folder.name)


def open_one(path: str | os.PathLike[str], early: bool = False) -> xr.Dataset:
    """What is finished of one sweep, as `open` with `partial`; with what is begun, if `early`.

    Raises:
        StoreError: if there is no sweep, or a damaged one.
    """
    folder = Path(file_name("path", path))
    read_spec(folder)
    return _sweep(folder, True, None, 2, early)


def read_variables(
    path: str | os.PathLike[str], variables: Sequence[str], early: bool = False
) -> xr.Dataset:
    """Some variables of what is finished of one sweep, in memory, with all that belongs to them:
    errors, the flag that says why a value is missing, and what `unphysical` and statuses need.

    Raises:
        StoreError: if there is no sweep, or a damaged one.
        ArgumentError: if there is no such variable.
    """
    data = open_one(path, early)
    flags = [STATUS_OF[name] for name in variables if STATUS_OF.get(name) in data]
    telling = (*NEEDED, *NEEDED_OF_MODES, STEP_FLAG, WINDOW_FLAG, RELAXATION_TIME)
    needed = [name for name in telling if name in data.data_vars]
    data = only(data, [*variables, *flags, *needed])
    with reading(Path(file_name("path", path))):
        return data.load()


def load(path: str | os.PathLike[str]) -> xr.Dataset:
    """The merged dataset of a sweep in memory, checked to be what was written.

    Raises:
        StoreError: if there is no sweep, it is not finished, or its merged dataset is damaged.
    """
    folder = Path(file_name("path", path))
    data = _merged(folder, None)
    if data is None:
        raise StoreError(_not_merged(folder))
    data.encoding[STORE_OF_RESULT] = str(folder.resolve())
    with reading(folder):
        if data.chunks and not intact(folder):
            raise ValueError("the files are not those that were written")
        return data.load()


def check_merged(path: Path) -> dict[str, Any]:
    """The attributes of the merged dataset of a sweep, all of which is as it was written.

    Raises:
        StoreError: as `load`.
    """
    found = merged_attributes(path)
    if not found or not is_current(path, found):
        raise StoreError(_not_merged(path))
    if not intact(path):
        raise _damaged(path)
    return found


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Errors about damaged files of a merged dataset, as one that says what to do."""
    try:
        yield
    except TwoqsError:
        raise
    except _UNREADABLE as error:
        raise _damaged(folder) from error


def _sweeps(folder: Path) -> list[str]:
    """Names of the sweeps in a folder, in alphabetical order."""
    try:
        found = (entry.name for entry in folder.iterdir() if (entry / SWEEP).exists())
        names = sorted(name for name in found if not name.endswith(PARTIAL))
    except OSError:
        names = []
    if not names:
        raise NoStoreError(
            f"There is no sweep in {folder}: neither it nor a folder in it has a {SWEEP}."
        )
    return names


def _sweep(folder: Path, partial: bool, chunks: Any, level: int, early: bool = False) -> xr.Dataset:
    data = _merged(folder, chunks)
    if data is None or (early and not bool(data.complete.all())):
        data = _of_records(folder, chunks, early)
    if not partial and not early and not bool(data.complete.all()):
        warnings.warn(_unfinished(folder, data), UserWarning, stacklevel=level)
    if (folder / MODEL_ERRORS).exists():
        from twoqs.look.model_error import with_kept  # which few need

        data = with_kept(data, folder)
    data.encoding[STORE_OF_RESULT] = str(folder.resolve())
    return data


def _merged(folder: Path, chunks: Any) -> xr.Dataset | None:
    """The merged dataset, or None if it is not there or not up to date.

    A writer may replace it at any time. Only what was the same before and after is of one piece.
    """
    while (before := merged_attributes(folder)) and is_current(folder, before):
        try:
            data = _checked(folder, chunks)
        except TwoqsError:
            raise
        except _UNREADABLE as error:
            if merged_attributes(folder) == before:
                raise _damaged(folder) from error
            continue
        if merged_attributes(folder) == before:
            return data
    return None


def _checked(folder: Path, chunks: Any) -> xr.Dataset:
    data = _opened(folder / MERGED, chunks)
    # What is read later is guarded by checksums, but for chunks that are gone altogether.
    later = chunks is not None or data.nbytes > IN_MEMORY
    whole = not lacks_chunks(folder) if later else intact(folder)
    if not whole:
        raise ValueError("the files are not those that were written")
    return data


def _of_records(folder: Path, chunks: Any, early: bool) -> xr.Dataset:
    """The dataset of the points that are finished now, or only begun, from their records."""
    batches = Store(folder)
    # A record that is not what its receipt says is about to be computed again.
    batches.revoke_damaged()
    what = "batches that are done" if early else "points that are finished"
    how = f"read by twoqs.open from the records of the {what}"
    return _opened(view(batches, attributes(batches, batches.digest(), how), early), chunks)


def _opened(store: Any, chunks: Any) -> xr.Dataset:
    consolidated = isinstance(store, Path)
    data = xr.open_zarr(store, chunks=None, consolidated=consolidated)
    names = sorted(data.data_vars)
    if chunks is None and data.nbytes <= IN_MEMORY:
        return _with_plain_text(data.load()[names])
    # Texts, of which there are few, stay in memory: Dask cannot tell their size for "auto".
    texts = _texts(data)
    try:
        sizes = {} if chunks is None else chunks
        pieces = xr.open_zarr(
            store, chunks=sizes, consolidated=consolidated, drop_variables=texts
        ).assign_coords({name: data[name].variable.load() for name in texts})
    except (ValueError, TypeError) as error:
        dims = ", ".join(str(dim) for dim in data.dims)
        wanted = f"be a number, 'auto' or a dict of some of {dims}"
        raise ArgumentError.of("chunks", wanted, chunks) from error
    return _with_plain_text(pieces[names])


def _with_plain_text(data: xr.Dataset) -> xr.Dataset:
    """Text as objects, which may be missing: NumPy's own texts cannot be reindexed or merged.

    Values that move together have the order of the sweep file, and not that of the alphabet.
    """
    axes = json.loads(data.attrs["sweep"])["axes"].values()
    order = [name for axis in axes for name in axis.get("zip", ())]
    data = data.drop_vars(order).assign_coords({name: data[name].variable for name in order})
    return data.assign_coords({name: data[name].astype(object) for name in _texts(data)})


def _texts(data: xr.Dataset) -> list[str]:
    return [str(name) for name, values in data.variables.items() if values.dtype.kind == "T"]


def _unfinished(folder: Path, data: xr.Dataset) -> str:
    points = f"{int(data.complete.sum())} of {data.complete.size} points"
    batches = f"{data.attrs['batches_done']} of {data.attrs['batches_total']} batches"
    return (
        f"The sweep in {folder} is not finished: {points} are, {batches}. "
        "The others are NaN, with the coordinate `complete` false."
    )


def _not_merged(folder: Path) -> str:
    done, total = Store(folder).counts()
    if done == total:
        return (
            f"All {total} batches of the sweep in {folder} are done, but its merged dataset is "
            "missing, damaged or older than they are. Run the sweep again to make it."
        )
    return (
        f"The sweep in {folder} is not finished: {done} of {total} batches are done. "
        "Run it again to go on where it stopped."
    )


def _damaged(folder: Path) -> StoreError:
    return StoreError(
        f"The merged dataset in {folder} is damaged. Run the sweep again to make it anew."
    )
