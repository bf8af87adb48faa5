"""Makes the merged dataset of a sweep from its batches, one region of points at a time."""

from __future__ import annotations

import math
import os
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twoqs.errors import StoreError
from twoqs.measure.statuses import MISSING
from twoqs.measure.variables import Results, Variable
from twoqs.store.files import PARTIAL, sync, sync_tree
from twoqs.store.grid import Region, chunk_shape, extent, positions, regions
from twoqs.store.merged import tree_digest
from twoqs.store.records import record_shape
from twoqs.store.store import Store
from twoqs.store.together import estimates_of_points, without_values
from twoqs.sweep import Point
from twoqs.sweep.points import OF_WINDOWS

if TYPE_CHECKING:  # what only plans, or tells how far a run is, needs none of it
    import zarr
    from zarr.storage import MemoryStore

MISSING_FLAG = -1
"""Value of a flag at points that are not finished, or that have no such result."""

REGION_BYTES = 64_000_000
"""Rough size of all values of one region of points: bounds the memory of a merge."""

CHUNK_BYTES = 2_000_000
"""Rough size of a chunk of one variable, which may hold several regions: few files open fast."""

_ENDS = tuple(f"{end} of the window that is averaged over" for end in ("start", "end"))

COORDINATES = ("complete", "point_id", "step")
"""Variables that are read as coordinates, though no dimension has their name."""


def write_merged(store: Store, attributes: dict[str, Any]) -> None:
    """Replace the merged dataset of a store; until it is whole, the old one stays.

    Raises:
        StoreError: if the disk refuses, or a record is damaged.
    """
    partial = store.merged.with_name(store.merged.name + PARTIAL)
    old = store.merged.with_name(store.merged.name + ".old" + PARTIAL)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        build_merged(store, partial, attributes)
        sync_tree(partial)
        if store.merged.exists():
            os.replace(store.merged, old)
        os.replace(partial, store.merged)
        sync(store.path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"Cannot write {store.merged}: {error.strerror}.") from error


def build_merged(store: Store, path: Path, attributes: dict[str, Any]) -> None:
    """Write the merged dataset to a folder that does not exist yet.

    The arrays depend on the records alone; all that varies from run to run is in attributes.
    """
    import zarr
    from zarr.errors import ZarrUserWarning

    group = zarr.create_group(path, zarr_format=3)
    _write_arrays(store, group)
    content = {"content_sha256": tree_digest(path)}
    group.update_attributes({**attributes, **content, **_coordinates(store)})
    with warnings.catch_warnings():
        # Zarr warns that the format of consolidated metadata is not final; readers fall back.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(path)


def view(store: Store, attributes: dict[str, Any], early: bool = False) -> MemoryStore:
    """The same dataset in memory: of what is finished now, whoever writes to the store meanwhile.

    Args:
        early: whether points of which some batches are done have values, too.

    Raises:
        StoreError: if a record was damaged since the store was opened.
    """
    import zarr
    from zarr.storage import MemoryStore

    memory = MemoryStore()
    group = zarr.create_group(memory, zarr_format=3)
    _write_arrays(store, group, early)
    group.update_attributes({**attributes, **_coordinates(store)})
    return memory


def _coordinates(store: Store) -> dict[str, str]:
    """The attribute by which readers know coordinates that are no dimensions."""
    together = [part.name for axis in store.sweep.axes for part in axis.parts]
    windows = OF_WINDOWS if _finds_windows(store) else ()
    return {"coordinates": " ".join([*COORDINATES, *windows, *together])}


def _finds_windows(store: Store) -> bool:
    return any(point.auto for point in store.sweep.points)


def _write_arrays(store: Store, group: zarr.Group, early: bool = False) -> None:
    merge = _Merge(store, group, early)
    merge.points()
    merge.coordinates()


class _Merge:
    """The arrays of a merged dataset while they are written."""

    def __init__(self, store: Store, group: zarr.Group, early: bool) -> None:
        self.store, self.sweep, self.group = store, store.sweep, group
        self.early = early
        sizes = {record_shape(point)[1] for point in store.sweep.requirements.values()}
        self.chunks = chunk_shape(self.sweep.shape, REGION_BYTES // (16 * max(sizes)))
        self.arrays: dict[str, zarr.Array] = {}
        self.written: dict[str, set[int]] = {}
        self.own_coordinates: dict[str, Variable] = {}

    def points(self) -> None:
        """Write all estimates; points that have none are NaN, or the flag MISSING_FLAG."""
        self._all_variables()
        all_regions = list(regions(self.sweep.shape, self.chunks))
        for i, region in enumerate(all_regions):
            for name, values in self._estimates(region).items():
                self._write(name, i, region, values)
        for name, written in self.written.items():
            array = self.arrays[name]
            for i in set(range(len(all_regions))) - written:
                own = array.shape[len(self.sweep.shape) :]
                empty = _empty((*extent(all_regions[i]), *own), array.dtype)
                self._write(name, i, all_regions[i], empty)

    def _all_variables(self) -> None:
        """Create the variables of points that are not finished, too: all are there at any time."""
        seen = set()
        for point in self.sweep.points:
            kind = point.kind, point.trajectories
            if self.store.finished(point) or kind in seen:
                continue
            seen.add(kind)
            result = without_values(point)
            self._check_coordinates(result, point)
            for name, variable in result.variables.items():
                self._ensure(name, variable)

    def _estimates(self, region: Region) -> dict[str, np.ndarray]:
        grid = extent(region)
        values: dict[str, np.ndarray] = {}
        places = positions(self.sweep.shape, region)
        points = [self.sweep.points[position] for position in places]
        having = [i for i, point in enumerate(points) if self._batches(point)]
        for some, result in estimates_of_points(self.store, [points[i] for i in having]):
            chosen = [having[i] for i in some]
            self._check_coordinates(result, points[chosen[0]])
            for name, variable in result.variables.items():
                if name not in values:
                    own = variable.values.shape[1:]
                    values[name] = _empty((math.prod(grid), *own), _dtype(variable))
                    self._ensure(name, variable._replace(values=variable.values[0]))
                values[name][chosen] = variable.values
        return {name: flat.reshape((*grid, *flat.shape[1:])) for name, flat in values.items()}

    def _batches(self, point: Point) -> int:
        """How many batches the values of a point are of; 0 if it has none."""
        done = self.store.ledger.count(point.point_id, point.batches)
        return done if self.early or done == point.batches else 0

    def _ensure(self, name: str, variable: Variable) -> None:
        if name in self.written:
            return
        dims, own = [*self.sweep.dims, *variable.dims], variable.values.shape
        points = max(math.prod(self.chunks), CHUNK_BYTES // (8 * math.prod(own)))
        chunks = (*chunk_shape(self.sweep.shape, points), *own)
        shape = (*self.sweep.shape, *own)
        attributes = variable.attributes
        if _is_flag(variable):
            attributes = _with_missing(attributes)
        dtype = _dtype(variable).str
        self.arrays[name] = self._create(name, shape, chunks, dtype, dims, attributes)
        self.written[name] = set()

    def _create(
        self,
        name: str,
        shape: tuple[int, ...],
        chunks: tuple[int, ...],
        dtype: str,
        dims: list[str],
        attributes: dict[Any, Any],
    ) -> zarr.Array:
        from zarr.codecs import ZstdCodec

        return self.group.create_array(
            name,
            shape=shape,
            chunks=chunks,
            dtype=dtype,
            fill_value=np.nan if dtype == "<f8" else None,
            compressors=[ZstdCodec(level=0, checksum=True)],
            config={"write_empty_chunks": True},
            dimension_names=dims,
            attributes={str(key): _plain(value) for key, value in attributes.items()},
        )

    def _write(self, name: str, index: int, region: Region, values: np.ndarray) -> None:
        self.arrays[name][region if region else ...] = values
        self.written[name].add(index)

    def _check_coordinates(self, result: Results, point: Point) -> None:
        for name, coordinate in result.coordinates.items():
            known = self.own_coordinates.setdefault(name, coordinate)
            if not np.array_equal(known.values, coordinate.values):
                raise StoreError(
                    f"The result at {point.label} has other values of `{name}` than the points "
                    "before it, so that they do not fit into one dataset."
                )

    def coordinates(self) -> None:
        """Write the axes, the dimensions of results, and what is known of each point."""
        for axis in self.sweep.axes:
            values = np.array(axis.coordinates)
            self._whole(axis.name, values, [axis.name], axis.attributes)
            for part in axis.parts:
                self._whole(part.name, np.array(part.coordinates), [axis.name], part.attributes)
        for name, coordinate in self.own_coordinates.items():
            self._whole(name, coordinate.values, list(coordinate.dims), coordinate.attributes)
        points = self.sweep.points
        complete = np.array([self.store.finished(point) for point in points])
        otherwise = "of the batches that are done" if self.early else "NaN"
        text = f"whether the point is finished; if not, its values are {otherwise}"
        self._grid("complete", complete, text)
        each = [point.trajectories // point.batches for point in points]
        counts = np.array([self._batches(point) for point in points], "<i8") * each
        text = "number of trajectories; 0 where there are no values"
        count = {"units": "1", "standard_name": "number_of_observations"}
        self._grid("trajectories", counts, text, **count)
        steps = np.array([point.facts.step for point in points], "<f8")
        self._grid("step", steps, "longest time step", units="inverse unit of the rates")
        if _finds_windows(self.store):
            unknown = np.nan, np.nan
            found = [unknown if p.pending else p.numerics.average or unknown for p in points]
            for name, times, text in zip(OF_WINDOWS, np.transpose(found), _ENDS, strict=True):
                self._grid(name, times, text, units="inverse unit of the rates")
        identities = np.array([point.point_id for point in points])
        self._grid("point_id", identities, "identity of model and numerics")

    def _grid(self, name: str, values: np.ndarray, text: str, **attributes: str) -> None:
        values, dims = values.reshape(self.sweep.shape), list(self.sweep.dims)
        self._whole(name, values, dims, {"long_name": text} | attributes)

    def _whole(
        self, name: str, values: np.ndarray, dims: list[str], attributes: dict[Any, Any]
    ) -> None:
        text = values.dtype.kind == "U"
        dtype = "str" if text else values.dtype.newbyteorder("<").str
        array = self._create(name, values.shape, values.shape, dtype, dims, attributes)
        array[...] = values.astype(object) if text else values


def _is_flag(variable: Variable) -> bool:
    return "flag_values" in variable.attributes


def _dtype(variable: Variable) -> np.dtype[Any]:
    """Type in the merged dataset: flags stay integers, all else are numbers."""
    return np.dtype("i1" if _is_flag(variable) else "<f8")


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    return np.full(shape, np.nan if dtype.kind == "f" else MISSING_FLAG, dtype)


def _with_missing(attributes: dict[Any, Any]) -> dict[Any, Any]:
    """Attributes of a flag that may also be MISSING_FLAG."""
    values = [*np.asarray(attributes["flag_values"]).tolist(), MISSING_FLAG]
    meanings = f"{attributes['flag_meanings']} {MISSING}"
    return attributes | {"flag_values": values, "flag_meanings": meanings}


def _plain(value: Any) -> Any:
    """An attribute as JSON has it."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
