"""Checks a store from its receipts to its merged dataset."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from twoqs.store.files import read_json
from twoqs.store.grid import regions
from twoqs.store.merge import build_merged
from twoqs.store.merged import intact, merged_attributes, tree_digest
from twoqs.store.metadata import check_array
from twoqs.store.origins import ORIGINS, origin_differences
from twoqs.store.store import Store
from twoqs.sweep.problems import counted


def verify(path: Path) -> Iterator[str]:
    """All that is wrong with a store, in words: nothing, if it is whole and finished.

    Every record is read and held against its receipt. The merged dataset is held against one that
    is made afresh from the records.

    Raises:
        StoreError: if there is no store.
    """
    store = Store(path, trusting=False, strict=False)
    damaged = False
    for receipt in store.foreign:
        yield (
            f"batch {receipt.batch} of point {receipt.point}: computed with seed {receipt.seed}, "
            f"but the sweep has seed {store.sweep.seed}"
        )
    for point, batch in store.damaged():
        damaged = True
        yield f"batch {batch} of point {point.point_id} at {point.label}: the record is damaged"
    if waiting := store.pending():
        yield f"the windows of {counted(len(waiting), 'point')} are missing"
    done, total = store.counts()
    if done < total:
        yield f"{total - done} of {total} batches are missing"
    attributes = merged_attributes(path)
    if not attributes:
        yield f"{store.merged} is missing or damaged"
    elif attributes.get("digest") != store.digest():
        yield f"{store.merged} was made from other records than those that are there now"
    elif not damaged:
        yield from _compare(store, attributes.get("content_sha256"))


def remarks(path: Path) -> Iterator[str]:
    """What is worth knowing about a store though nothing is wrong with it, in words.

    After an update, or on other machines, a sweep goes on with other code than it began with. That
    is as it should be, but then one run in one place need not give the same bits.

    Raises:
        StoreError: if there is no store.
    """
    made_by = Store(path, strict=False).made_by()
    if len(made_by) > 1:
        yield (
            f"The batches have {len(made_by)} origins, and are equal to the bit to others of the "
            f"same one only: {'; '.join(origin_differences(made_by))}."
        )
    old = sum(origin["batches"] for origin in made_by if origin.keys() == {"batches"})
    unknown = sum(origin["batches"] for origin in made_by if origin.keys() == {"batches", "id"})
    if unknown:
        yield (
            f"{path / ORIGINS} is gone or damaged: it does not say what computed "
            f"{counted(unknown, 'batch', 'es')}. The records are as good as before."
        )
    if old:
        yield (
            f"{counted(old, 'batch', 'es')} without a note of seed and origin, from an earlier "
            "version of twoqs: that they belong to this sweep is not checked."
        )


def _compare(store: Store, stored_digest: str | None) -> Iterator[str]:
    import zarr

    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "merged.zarr"
        build_merged(store, fresh, {})
        if tree_digest(fresh) == stored_digest and intact(store.path):
            return
        named = False
        # Other library versions may compress otherwise; what counts is the values.
        names = sorted(name for name, _ in zarr.open_group(fresh, mode="r").arrays())
        for name in names:
            if not _same(fresh, store.merged, name):
                named = True
                yield f"{store.merged}: the array {name} differs from its records"
        if not named and not intact(store.path):
            yield f"{store.merged}: files are not as they were written"


def _same(fresh: Path, merged: Path, name: str) -> bool:
    import zarr

    try:
        check_array(read_json(merged / name / "zarr.json"))
        a = zarr.open_array(fresh, path=name, mode="r", zarr_format=3)
        b = zarr.open_array(merged, path=name, mode="r", zarr_format=3)
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        parts = regions(a.shape, a.chunks)
        return all(_equal(np.asarray(a[part]), np.asarray(b[part])) for part in parts)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return False


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
