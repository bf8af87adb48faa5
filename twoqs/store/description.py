"""Which sweep a store belongs to: `sweep.json`, and who may open the store with another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twoqs.errors import ArgumentError, StoreError, shown
from twoqs.simulation.canonical import in_order
from twoqs.store.compatibility import spec_differences
from twoqs.store.files import PARTIAL, read_json, write_atomic
from twoqs.store.lock import LOCK
from twoqs.sweep import SpecError, Sweep
from twoqs.sweep.schema import check_format

FORMAT = 3
"""Version of the layout of a store: earlier ones would drop receipts with a place as damaged."""

READ_FORMATS = (1, 2, 3)
"""Versions that are read; a store is of the present one as soon as it is opened for writing."""

SWEEP = "sweep.json"

MODEL_ERRORS = "trust.nc"
"""What the method is off by at points of the sweep, if that was asked for; no record, no result."""


class NoStoreError(StoreError, ArgumentError):
    """There is no batch store at the path that was given."""


class OtherSweepError(StoreError, ArgumentError):
    """The store holds another sweep than the one that was given."""


def read_spec(path: Path) -> dict[str, Any]:
    """The normalised sweep that a store was last opened with.

    Raises:
        NoStoreError: if there is no store.
        StoreError: if its description is damaged, or of a newer format.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[int, dict[str, Any]]:
    """The format of a store and its sweep, as `read_spec`."""
    try:
        content = read_json(path / SWEEP)
        version, spec = content["format"], content["sweep"]
        if version in READ_FORMATS:
            check_format(spec)
    except OSError:
        inside = sorted(folder.parent.name for folder in path.glob(f"*/{SWEEP}"))
        several = f", but these in it have one: {', '.join(inside)}" if inside else ""
        raise NoStoreError(
            f"There is no sweep in {path}: it has no readable {SWEEP}{several}."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            f"The file {path / SWEEP} is damaged; restore it or use another store."
        ) from None
    if version not in READ_FORMATS:
        known = " and ".join(map(str, READ_FORMATS))
        text = f"The store {path} has format {shown(version)}; this twoqs reads {known}."
        raise StoreError(text)
    assert isinstance(spec, dict)
    return version, spec


def read_sweep(path: Path) -> Sweep:
    """The sweep that a store was last opened with.

    Raises:
        NoStoreError: if there is no store.
        StoreError: if its description is damaged, or of a newer format.
    """
    try:
        return Sweep.from_dict(read_spec(path))
    except SpecError as error:
        problem = error.problems[0].text
        raise StoreError(f"The file {path / SWEEP} is damaged: {problem}") from None


def check_sweep(path: Path, sweep: Sweep) -> bool:
    """Whether there is a store at `path`, for this sweep to go on with.

    Raises:
        OtherSweepError: if the store belongs to a sweep that this one does not go on with.
        NoStoreError: if the folder holds something else.
    """
    try:
        return _check_sweep(path, sweep)
    except OSError as error:
        raise NoStoreError(f"Cannot read the store {path}: {error.strerror}.") from error


def _check_sweep(path: Path, sweep: Sweep) -> bool:
    if (path / SWEEP).exists():
        found = spec_differences(read_spec(path), sweep.spec)
        if found:
            raise OtherSweepError(
                f"The store {path} belongs to another sweep: {'; '.join(found)}. "
                "Use another name or another store."
            )
        return True
    if path.exists() and not path.is_dir():
        raise NoStoreError(f"The path {path} is a file, but a store is a folder; use another one.")
    entries = path.iterdir() if path.exists() else ()
    if not all(entry.name.startswith(LOCK) or entry.name.endswith(PARTIAL) for entry in entries):
        raise NoStoreError(f"The folder {path} holds files, but is no store; use another one.")
    return False


def note_sweep(path: Path, sweep: Sweep) -> None:
    """Note a sweep that has been checked as the one that the store belongs to from now on."""
    present = FORMAT, in_order(sweep.spec)
    known = None
    if (path / SWEEP).exists():
        version, spec = _read(path)
        known = version, in_order(spec)
    if known != present:
        content = {"format": FORMAT, "sweep": sweep.spec}
        write_atomic(path / SWEEP, (json.dumps(content, indent=1) + "\n").encode())
