"""Packs: files to which records are appended, `000001.bin` and on; receipts say what is where.

What is in a pack is never written again. A writer goes on with the last pack only if it ends where
the receipts end: what a killed one left behind, or what lacks its end, is followed by a new pack.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import google_crc32c

from twoqs.store.files import sync

PACK_BYTES = 64_000_000
"""A pack of so many bytes is full: few files for millions of records, each easy to copy."""

TOGETHER_BYTES = 16_000_000
"""Rough size of records that are copied together."""

CHECKSUM_BYTES = 4

T = TypeVar("T")


def checksum(content: bytes) -> bytes:
    """The four bytes of crc32c that follow a content."""
    return int(google_crc32c.value(content)).to_bytes(CHECKSUM_BYTES, "little")


def without_checksum(content: bytes) -> bytes | None:
    """What stands before the checksum at the end of a content, or None if it does not fit."""
    body = content[:-CHECKSUM_BYTES]
    return body if content[-CHECKSUM_BYTES:] == checksum(body) else None


def in_groups(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Items in groups, whose records are brought to the disk together; the last one may be empty.

    Args:
        size: bytes of the record of an item.
    """
    group: list[T] = []
    total = 0
    for item in items:
        group.append(item)
        total += size(item)
        if total >= TOGETHER_BYTES:
            yield group
            group, total = [], 0
    yield group


class Packs:
    """The folder of packs, which need not be there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = str(path)  # records are many, and paths of pathlib slow

    def append(self, contents: list[bytes], end: tuple[int, int]) -> list[tuple[int, int]]:
        """Add contents, each with its checksum; all is on disk when this returns.

        Args:
            end: the last pack that receipts speak of, and where they end in it; (0, 0) if none is.

        Returns:
            Number of the pack and place of the first byte of each.

        Raises:
            OSError: if the disk refuses.
        """
        pack, offset = end
        if not pack or offset >= PACK_BYTES or self._size(pack) != offset:
            pack, offset = self._next(), 0
        places = []
        with open(self._file(pack), "ab" if offset else "xb") as file:
            for content in contents:
                places.append((pack, offset))
                file.write(content + checksum(content))
                offset += len(content) + CHECKSUM_BYTES
            file.flush()
            os.fsync(file.fileno())
        if places[0][1] == 0:
            sync(self._path)
        return places

    def read(self, pack: int, offset: int, size: int) -> bytes | None:
        """A content of `size` bytes, or None if it is absent or damaged."""
        whole = size + CHECKSUM_BYTES
        try:
            if (self._size(pack) or 0) < offset + whole:
                return None
            with open(self._file(pack), "rb") as file:
                file.seek(offset)
                return without_checksum(file.read(whole))
        except OSError:
            return None

    def sizes(self) -> dict[int, int]:
        """Numbers of the packs that are there, with their bytes."""
        found = (path.stem for path in self._path.glob("*.bin"))
        return {
            number: self._size(number) or 0 for number in map(int, filter(str.isdecimal, found))
        }

    def remove(self, packs: Iterable[int]) -> None:
        """Delete packs.

        Raises:
            OSError: if the disk refuses.
        """
        for pack in packs:
            Path(self._file(pack)).unlink(missing_ok=True)

    def _file(self, pack: int) -> str:
        return os.path.join(self._folder, f"{pack:06d}.bin")

    def _size(self, pack: int) -> int | None:
        """Bytes of a pack; None if it is no regular file: a pipe would be waited for."""
        try:
            found = os.stat(self._file(pack))
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def _next(self) -> int:
        """A number above all that are there; a receipt may name any."""
        if not self._path.exists():
            self._path.mkdir()
            sync(self._path.parent)
        return 1 + max(self.sizes(), default=0)
