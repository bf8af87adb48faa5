"""Makes the merged dataset of a sweep from its batches, one block of points at a time."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import ZstdCodec
from zarr.errors import ZarrUserWarning

from twoqs.errors import StoreError
from twoqs.results import finalize
from twoqs.store.batches import MERGED, Batches
from twoqs.store.files import PARTIAL, sync, sync_tree
from twoqs.store.grid import Region, chunk_shape, extent, numbers, regions
from twoqs.store.records import record_shape
from twoqs.sweep import Point

MISSING = -1
"""Value of a flag at points that are not finished, or that have no such result."""

BLOCK_BYTES = 64_000_000
"""Rough size of all values of one block of points: bounds the memory of a merge."""


def write_merged(store: Batches, attributes: dict[str, Any]) -> None:
    """Replace the merged dataset of a store; until it is whole, the old one stays.

    Raises:
        StoreError: if the disk refuses, or a record is damaged.
    """
    partial = store.merged.with_name(store.merged.name + PARTIAL)
    old = store.merged.with_name(store.merged.name + ".old" + PARTIAL)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        build(store, partial, attributes)
        sync_tree(partial)
        if store.merged.exists():
            os.replace(store.merged, old)
        os.replace(partial, store.merged)
        sync(store.path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"Cannot write {store.merged}: {error.strerror}.") from error


def build(store: Batches, path: Path, attributes: dict[str, Any]) -> None:
    """Write the merged dataset to a folder that does not exist yet.

    The arrays depend on the records alone; all that varies from run to run is in attributes.
    """
    merge = _Merge(store, zarr.create_group(path, zarr_format=3))
    merge.points()
    merge.coordinates()
    content = {"content_sha256": tree_digest(path)}
    merge.group.update_attributes({"coordinates": "point_id step", **attributes, **content})
    with warnings.catch_warnings():
        # Zarr warns that the format of consolidated metadata is not final; readers fall back.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(path)


def tree_digest(path: Path) -> str:
    """SHA-256 of all arrays below a folder, metadata included; the root's own is left out."""
    digest = hashlib.sha256()
    files = (file for file in path.rglob("*") if file.is_file() and file.parent != path)
    for file in sorted(files, key=lambda file: file.relative_to(path).as_posix()):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(path).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


class _Merge:
    """The arrays of a merged dataset while they are written."""

    def __init__(self, store: Batches, group: zarr.Group) -> None:
        self.store, self.sweep, self.group = store, store.sweep, group
        sizes = {record_shape(point)[1] for point in store.sweep.requirements.values()}
        self.chunks = chunk_shape(self.sweep.shape, BLOCK_BYTES // (16 * max(sizes)))
        self.arrays: dict[str, zarr.Array] = {}
        self.written: dict[str, set[int]] = {}
        self.own_coordinates: dict[str, xr.DataArray] = {}

    def points(self) -> None:
        """Write all estimates; points that are not finished are NaN, or the flag MISSING."""
        blocks = list(regions(self.sweep.shape, self.chunks))
        for number, region in enumerate(blocks):
            for name, values in self._block(region).items():
                self._write(name, number, region, values)
        for name, written in self.written.items():
            array = self.arrays[name]
            for number in set(range(len(blocks))) - written:
                own = array.shape[len(self.sweep.shape) :]
                empty = _empty((*extent(blocks[number]), *own), array.dtype)
                self._write(name, number, blocks[number], empty)

    def _block(self, region: Region) -> dict[str, np.ndarray]:
        grid = extent(region)
        values: dict[str, np.ndarray] = {}
        for place, number in enumerate(numbers(self.sweep.shape, region)):
            point = self.sweep.points[number]
            if not self.store.finished(point):
                continue
            result = finalize(point.model, point.numerics, self.store.rows(point))
            self._check_coordinates(result, point)
            for name, variable in result.data_vars.items():
                own = variable.shape
                if name not in values:
                    flat = _empty((math.prod(grid), *own), _dtype(variable))
                    values[str(name)] = flat
                    self._ensure(str(name), variable)
                values[str(name)][place] = variable.values
        return {name: flat.reshape((*grid, *flat.shape[1:])) for name, flat in values.items()}

    def _ensure(self, name: str, variable: xr.DataArray) -> None:
        if name in self.written:
            return
        dims = [*self.sweep.dims, *(str(dim) for dim in variable.dims)]
        chunks = (*self.chunks, *variable.shape)
        shape = (*self.sweep.shape, *variable.shape)
        attributes = _with_missing(variable.attrs) if _is_flag(variable) else variable.attrs
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

    def _write(self, name: str, number: int, region: Region, values: np.ndarray) -> None:
        self.arrays[name][region if region else ...] = values
        self.written[name].add(number)

    def _check_coordinates(self, result: xr.Dataset, point: Point) -> None:
        for name, coordinate in result.coords.items():
            known = self.own_coordinates.setdefault(str(name), coordinate)
            if not known.equals(coordinate):
                raise StoreError(
                    f"The result at {point.label} has other values of `{name}` than the points "
                    "before it, so that they do not fit into one dataset."
                )

    def coordinates(self) -> None:
        """Write the axes, the dimensions of results, and what is known of each point."""
        for axis in self.sweep.axes:
            values = np.array(axis.coordinates)
            self._whole(axis.name, values, [axis.name], axis.attributes)
        for name, coordinate in self.own_coordinates.items():
            dims = [str(dim) for dim in coordinate.dims]
            self._whole(name, coordinate.values, dims, coordinate.attrs)
        points, dims = self.sweep.points, list(self.sweep.dims)
        counts = [point.trajectories if self.store.finished(point) else 0 for point in points]
        text = "number of trajectories; 0 where the point is not finished"
        self._grid("trajectories", np.array(counts, "<i8"), dims, text)
        steps = [point.numerics.step for point in points]
        self._grid("step", np.array(steps, "<f8"), dims, "longest time step")
        identities = np.array([point.point_id for point in points])
        self._grid("point_id", identities, dims, "identity of model and numerics")

    def _grid(self, name: str, values: np.ndarray, dims: list[str], text: str) -> None:
        self._whole(name, values.reshape(self.sweep.shape), dims, {"long_name": text})

    def _whole(
        self, name: str, values: np.ndarray, dims: list[str], attributes: dict[Any, Any]
    ) -> None:
        text = values.dtype.kind == "U"
        dtype = "str" if text else values.dtype.newbyteorder("<").str
        array = self._create(name, values.shape, values.shape, dtype, dims, attributes)
        array[...] = values.astype(object) if text else values


def _is_flag(variable: xr.DataArray) -> bool:
    return "flag_values" in variable.attrs


def _dtype(variable: xr.DataArray) -> np.dtype[Any]:
    """Type in the merged dataset: flags stay integers, all else are numbers."""
    return np.dtype("i1" if _is_flag(variable) else "<f8")


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    return np.full(shape, np.nan if dtype.kind == "f" else MISSING, dtype)


def _with_missing(attributes: dict[Any, Any]) -> dict[Any, Any]:
    """Attributes of a flag that may also be MISSING."""
    values = [*np.asarray(attributes["flag_values"]).tolist(), MISSING]
    meanings = f"{attributes['flag_meanings']} missing"
    return attributes | {"flag_values": values, "flag_meanings": meanings}


def _plain(value: Any) -> Any:
    """An attribute as JSON has it."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def intact(store: Path) -> bool:
    """Whether the merged dataset of a store is there, and is what was written; reads all of it."""
    path = store / MERGED
    try:
        root = _json(path / "zarr.json")
        arrays = {file.parent.name: _json(file) for file in path.glob("*/zarr.json")}
        known = root["consolidated_metadata"]["metadata"]
        return bool(arrays == known and tree_digest(path) == root["attributes"]["content_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def merged_attributes(store: Path) -> dict[str, Any]:
    """Attributes of the merged dataset of a store; empty if there is none that can be read."""
    try:
        return dict(_json(store / MERGED / "zarr.json")["attributes"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
