"""Stores on disk: the only part of the package that writes Zarr."""

from __future__ import annotations

from twoqs.store.batches import Batches, BatchWriter
from twoqs.store.description import NoStoreError, OtherSweepError, check_sweep, read_spec
from twoqs.store.merge import build, intact, merged_attributes, tree_digest, write_merged
from twoqs.store.verify import verify

__all__ = [
    "BatchWriter",
    "Batches",
    "NoStoreError",
    "OtherSweepError",
    "build",
    "check_sweep",
    "intact",
    "merged_attributes",
    "read_spec",
    "tree_digest",
    "verify",
    "write_merged",
]
