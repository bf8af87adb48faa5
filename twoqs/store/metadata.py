"""Metadata of a merged dataset, held against what is ever written there, before Zarr reads it.

A store may come from anyone. Metadata name files and codecs, and say how much memory to take.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from pathlib import Path
from typing import Any

from twoqs.model.limits import MOST_POINTS, MOST_SITES, MOST_TIMES
from twoqs.store.files import read_json
from twoqs.sweep.axes import count_values
from twoqs.sweep.schema import check_format

TYPES = ("bool", "float64", "int8", "int64", "string")
CODECS = ("bytes", "vlen-utf8", "zstd")

MOST_DIMENSION = max(MOST_TIMES, MOST_SITES)
"""Values along a dimension that is no axis: times, sites or distances."""

MOST_CHUNK = 3 * 10**8
"""Values in one chunk."""

MOST_FILE = 3 * 10**9
"""Bytes in one file."""

ATTRIBUTES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("title", "comment", "sweep", "digest", "content_sha256"), str),
    **dict.fromkeys(("code", "commit", "versions", "cpu"), str),
    **dict.fromkeys(("seed", "batches_done", "batches_total", "receipts_bytes"), int),
    "compute_seconds": (int, float),
}
"""Attributes of the dataset that others rely on."""

DECODED = ("_FillValue", "missing_value", "scale_factor", "add_offset", "dtype", "_Unsigned")
"""Attributes of an array by which readers would change its values."""

AxisSizes = dict[str, int]
"""Values along each axis."""


def read_root(path: Path) -> dict[str, Any]:
    """The metadata of the root of a merged dataset, with those of all its arrays.

    Raises:
        OSError: if there is none, or a file below `path` is a link, a pipe or too large.
        ValueError: if they are not what is written there, or are damaged.
    """
    root = read_json(path / "zarr.json")
    try:
        grid = _grid(root["attributes"])
        sizes = dict(grid)
        _expect(root["zarr_format"] == 3 and root["node_type"] == "group")
        for name, array in root["consolidated_metadata"]["metadata"].items():
            _expect(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name))
            check_array(array)
            _expect(_fits(array, sizes, grid))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("unexpected metadata") from error
    check_tree(path)
    return dict(root)


def check_array(array: Any) -> None:
    """Refuse metadata of an array that is none of ours.

    Raises:
        ValueError: if a type, a codec, a shape or an attribute is not one that is written here.
    """
    try:
        _expect(array["zarr_format"] == 3 and array["node_type"] == "array")
        _expect(array["data_type"] in TYPES and not array.get("storage_transformers"))
        _expect(all(codec["name"] in CODECS for codec in array["codecs"]))
        _expect(array["chunk_grid"]["name"] == "regular")
        shape = array["shape"]
        chunks = array["chunk_grid"]["configuration"]["chunk_shape"]
        _expect(len(shape) == len(chunks) == len(_dims(array)))
        _expect(all(type(n) is int and n > 0 for n in (*shape, *chunks)))
        _expect(math.prod(chunks) <= MOST_CHUNK)
        _expect(not any(key in array["attributes"] for key in DECODED))
        _expect("since" not in str(array["attributes"].get("units")))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("unexpected metadata of an array") from error


def check_tree(path: Path) -> None:
    """Refuse a folder with anything but folders and files of a bearable size.

    Raises:
        OSError: naming what there is.
    """
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            found = os.lstat(os.path.join(folder, name))
            plain = stat.S_ISREG(found.st_mode) and found.st_size <= MOST_FILE
            if not plain and not stat.S_ISDIR(found.st_mode):
                raise OSError(f"unexpected file {name}")


def _grid(attributes: dict[str, Any]) -> AxisSizes:
    """The axes of a dataset, from its own description."""
    for name, kind in ATTRIBUTES.items():
        _expect(isinstance(attributes[name], kind))
    _expect(isinstance(json.loads(attributes["versions"]), dict))
    spec = check_format(json.loads(attributes["sweep"]))
    grid = {name: count_values(axis) for name, axis in spec.axes.items()}
    _expect(math.prod(grid.values()) <= MOST_POINTS)
    return grid


def _dims(array: dict[str, Any]) -> list[str]:
    return array.get("dimension_names") or []  # Zarr leaves out an empty list


def _fits(array: dict[str, Any], sizes: dict[str, int], grid: AxisSizes) -> bool:
    """Whether the dimensions of an array are the axes, and those of other arrays so far."""
    names, shape = _dims(array), array["shape"]
    chunks = array["chunk_grid"]["configuration"]["chunk_shape"]
    count = math.prod(-(-n // c) for n, c in zip(shape, chunks, strict=True))
    known = all(sizes.setdefault(name, n) == n for name, n in zip(names, shape, strict=True))
    bearable = all(n <= MOST_DIMENSION for name, n in sizes.items() if name not in grid)
    return known and bearable and count <= max(1, math.prod(grid.values()))


def _expect(condition: object) -> None:
    if not condition:
        raise ValueError("unexpected metadata")
