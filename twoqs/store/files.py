"""Files that are either whole and on disk, or absent."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twoqs.errors import StoreError

PARTIAL = ".partial"
"""Ending of what is not finished: swept away when the store is next opened for writing."""


MOST_JSON = 64_000_000
"""Bytes of a file of JSON that is read: a million values of an axis are half of that."""


def read_regular(path: Path, most: int) -> bytes:
    """The content of a file; never waits for a pipe, or reads on for ever.

    Raises:
        OSError: if there is none, or it is no regular file of at most `most` bytes.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def read_json(path: Path) -> Any:
    """The content of a file of JSON.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(read_regular(path, MOST_JSON).decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None


def refuse_links(store: Path, *folders: str) -> None:
    """Refuse a store that is about to be written if a link in it leads elsewhere.

    Args:
        folders: those whose entries count, too.

    Raises:
        StoreError: naming the link.
    """
    for folder in (store, *(store / name for name in folders)):
        if not folder.is_dir():
            continue
        with os.scandir(folder) as entries:
            links = [entry.path for entry in entries if entry.is_symlink()]
        if links:
            raise StoreError(
                f"The store {store} holds the link {os.path.relpath(links[0], store)}, "
                "which leads elsewhere; put what it points to in its place."
            )


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file as a whole; after a return it survives a power cut."""
    partial = path.with_name(path.name + PARTIAL)
    write_synced(partial, content)
    os.replace(partial, path)
    sync(path.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until its content is on disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a directory, are on disk.

    Windows opens no directory; it writes their names by itself.
    """
    if sys.platform == "win32" and path.is_dir():
        return
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


@contextmanager
def atomically(path: Path) -> Iterator[Path]:
    """The path of a file to write, which replaces `path` as a whole at the end, or not at all."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        yield partial
        with partial.open("r+b") as file:  # Windows syncs what may be written alone
            os.fsync(file.fileno())
        os.replace(partial, path)
        sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)
