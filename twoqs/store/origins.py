"""What computed the records: `origins.jsonl`, which receipts refer to by a short identity.

Records are equal to the bit within one origin (code, libraries, CPU family, rounding). A store has
few of them and up to millions of receipts, so that each is written once, before the first receipt
that names it, and in a file of its own: a line of the receipts is a batch, and nothing else. The
file decides nothing. If it is damaged, the records are as good as before; they are only known less
well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from twoqs.simulation.canonical import canonical
from twoqs.store.files import write_atomic
from twoqs.store.journal import contents, encode

ORIGINS = "origins.jsonl"

MOST_TEXT = 200
"""Letters of a value of an origin that are believed ..."""

SHOWN_LETTERS = 40
"""... and of one that a remark repeats."""


class Origin(NamedTuple):
    """One line of the file.

    Attributes:
        id: digest of `made_by`, 16 hexadecimal digits.
        made_by: see `twoqs.simulation.provenance.origin`.
    """

    id: str
    made_by: dict[str, str]


class Origins:
    """The origins that a store knows.

    Args:
        path: the file, which need not be there.

    Raises:
        StoreError: if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        found = (_origin(content) for content in contents(path))
        self._known = {origin.id: origin.made_by for origin in found if origin is not None}

    def note(self, made_by: dict[str, str]) -> str | None:
        """The identity of an origin, which is on disk when this returns; None for that of nothing.

        Raises:
            OSError: if the disk refuses.
        """
        if not made_by:
            return None
        identity = _identity(made_by)
        if identity not in self._known:
            known = self._known | {identity: made_by}
            lines = [encode(Origin(*item)) for item in sorted(known.items())]
            write_atomic(self._path, b"".join(lines))
            self._known = known
        return identity

    def made_by(self, identity: str) -> dict[str, str]:
        """What an origin is; nothing if it is not known."""
        return self._known.get(identity, {})

    def of_code(self, begin: str) -> dict[str, str]:
        """Digests of code that begin so, by the identity of the origin."""
        codes = {identity: one.get("code", "") for identity, one in self._known.items()}
        return {identity: code for identity, code in codes.items() if code.startswith(begin)}

    def listed(self, counts: dict[str, int]) -> list[dict[str, Any]]:
        """Origins with the number of their `batches`.

        Args:
            counts: batches by identity. What is not known has no other keys, but for its `id`;
                that of the identity "", which earlier versions did not note, not even that.
        """
        return [
            {"batches": count, **self._known.get(identity, {"id": identity} if identity else {})}
            for identity, count in sorted(counts.items())
        ]


def origin_differences(listed: list[dict[str, Any]]) -> Iterator[str]:
    """Origins in words, each by what tells it from the others."""
    keys = dict.fromkeys(key for origin in listed for key in origin if key != "batches")
    telling = [key for key in keys if len({origin.get(key) for origin in listed}) > 1]
    return (_told(origin, telling) for origin in listed)


def origin_lines(listed: list[dict[str, Any]]) -> Iterator[str]:
    """Origins in words, with all that is known of each."""
    return (_told(origin, [key for key in origin if key != "batches"]) for origin in listed)


def _told(origin: dict[str, Any], keys: list[str]) -> str:
    known = [f"{key} {origin[key][:SHOWN_LETTERS]}" for key in keys if key in origin]
    return f"{origin['batches']} by {', '.join(known) or 'an origin that was not noted'}"


def _identity(made_by: dict[str, str]) -> str:
    return hashlib.sha256(canonical(made_by).encode()).hexdigest()[:16]


def _origin(content: dict[str, Any]) -> Origin | None:
    """The origin of a line, or None if it is none; a checksum does not tell who wrote it."""
    if content.keys() != set(Origin._fields) or not isinstance(content["made_by"], dict):
        return None
    origin = Origin(**content)
    texts = origin.made_by.values()
    if not all(isinstance(t, str) and t.isprintable() and len(t) <= MOST_TEXT for t in texts):
        return None
    return origin if origin.id == _identity(origin.made_by) and origin.made_by else None
