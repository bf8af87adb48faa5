"""Which part of its sweep a store was last asked for: `part.json`; without it, the whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from twoqs.errors import StoreError
from twoqs.store.files import read_json, sync, write_atomic
from twoqs.sweep import Sweep
from twoqs.sweep.part import SweepPart, checked_part

PART = "part.json"


def note_part(path: Path, part: SweepPart | None) -> None:
    """Note a part, or the whole, as what the store is asked for from now on.

    Raises:
        StoreError: if the disk refuses.
    """
    try:
        if part is not None:
            write_atomic(path / PART, (json.dumps(asdict(part)) + "\n").encode())
        elif (path / PART).exists():
            (path / PART).unlink()
            sync(path)
    except OSError as error:
        raise StoreError(f"Cannot write {path / PART}: {error.strerror}.") from error


def read_part(path: Path, sweep: Sweep) -> SweepPart | None:
    """The part that is noted; None for the whole, and if the note is damaged: it decides nothing.

    Args:
        sweep: of the store.
    """
    try:
        content = read_json(path / PART)
        return checked_part(sweep, content["share"], content["batches"], content["only"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
