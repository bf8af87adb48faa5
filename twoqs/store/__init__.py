"""Stores on disk: the only part of the package that writes Zarr."""

from __future__ import annotations

from twoqs.store.attributes import attributes
from twoqs.store.description import NoStoreError, OtherSweepError, check_sweep, read_spec
from twoqs.store.lock import writer_of
from twoqs.store.merge import build_merged, view, write_merged
from twoqs.store.merged import intact, is_current, lacks_chunks, merged_attributes, tree_digest
from twoqs.store.store import Store
from twoqs.store.verify import remarks, verify
from twoqs.store.writer import BatchWriter

__all__ = [
    "BatchWriter",
    "NoStoreError",
    "OtherSweepError",
    "Store",
    "attributes",
    "build_merged",
    "check_sweep",
    "intact",
    "is_current",
    "lacks_chunks",
    "merged_attributes",
    "read_spec",
    "remarks",
    "tree_digest",
    "verify",
    "view",
    "write_merged",
    "writer_of",
]
