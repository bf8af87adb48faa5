"""Files that are either whole and on disk, or absent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PARTIAL = ".partial"
"""Ending of what is not finished: swept away when the store is next opened for writing."""


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file as a whole; after a return it survives a power cut."""
    partial = path.with_name(path.name + PARTIAL)
    write_synced(partial, content)
    os.replace(partial, path)
    sync(path.parent)


def write_all_atomic(contents: dict[Path, bytes]) -> None:
    """The same for many files, which reach the disk together: sooner than one after the other."""
    partials = {path: path.with_name(path.name + PARTIAL) for path in contents}
    for path, content in contents.items():
        partials[path].write_bytes(content)
    for partial in partials.values():
        sync(partial)
    for path, partial in partials.items():
        os.replace(partial, path)
    for folder in {path.parent for path in contents}:
        sync(folder)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until its content is on disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a directory, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    """Wait until everything below `root` is on disk."""
    for folder, _, files in os.walk(root):
        for name in files:
            sync(Path(folder, name))
        sync(Path(folder))


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
