"""Files that are either whole and on disk, or absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial"
"""Ending of what is not finished: swept away when the store is next opened for writing."""


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file as a whole; after a return it survives a power cut."""
    partial = path.with_name(path.name + PARTIAL)
    write_synced(partial, content)
    os.replace(partial, path)
    sync_directory(path.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until its content is on disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    """Wait until everything below `root` is on disk."""
    for folder, _, files in os.walk(root):
        for name in files:
            descriptor = os.open(os.path.join(folder, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_directory(Path(folder))


def sweep_partial(root: Path) -> int:
    """Remove what a killed process left unfinished below `root`; returns how many there were."""
    count = 0
    for folder, folders, files in os.walk(root):
        for name in [name for name in folders if name.endswith(PARTIAL)]:
            shutil.rmtree(os.path.join(folder, name))
            folders.remove(name)
            count += 1
        for name in files:
            if name.endswith(PARTIAL):
                os.unlink(os.path.join(folder, name))
                count += 1
    return count


@contextmanager
def atomically(path: Path) -> Iterator[Path]:
    """A place to write a file to that replaces `path` as a whole at the end, or not at all."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
        sync_directory(path.parent)
    finally:
        partial.unlink(missing_ok=True)
