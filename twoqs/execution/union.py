"""Makes one store of several: `twoqs merge`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from twoqs.errors import StoreError, require
from twoqs.execution.ending import remerge
from twoqs.execution.log import Log
from twoqs.store import BatchWriter, Store
from twoqs.store.files import PARTIAL, sync
from twoqs.store.lock import refuse_writer
from twoqs.store.union import ON_CONFLICT, Union
from twoqs.store.united import united_sweep
from twoqs.sweep import Sweep


def union_into(
    stores: Sequence[Path], into: Path, on_conflict: str = "refuse", dry_run: bool = False
) -> Union:
    """Put the batches of several stores into one, with its merged dataset.

    The sweep of that one is what the sweeps of the others are parts of. It appears as a whole or
    not at all. It may be one of them, which then gets the batches of the others under its lock,
    group by group: killed in between, the same call goes on.

    Args:
        stores: folders.
        into: folder that is not there yet, or one of `stores`.
        on_conflict: what to do about batches that differ between stores: "refuse", or keep those
            of the store that is named "first" or "last".
        dry_run: whether to write nothing.

    Returns:
        What is taken from where.

    Raises:
        ArgumentError: for stores that are named twice, a folder `into` that is there, or stores of
            sweeps that are no parts of one.
        StoreError: if a store is being written, damaged or none; if batches differ; or if the disk
            refuses.
    """
    known = ", ".join(ON_CONFLICT)
    require(on_conflict in ON_CONFLICT, "on_conflict", f"be one of {known}", on_conflict)
    real = [os.path.realpath(path) for path in stores]
    wanted = "name one store at least, and each once"
    require(len(set(real)) == len(real) > 0, "stores", wanted, list(map(str, stores)))
    own = real.index(os.path.realpath(into)) if os.path.realpath(into) in real else None
    wanted = "be a folder that is not there yet, or one of the stores, which then gets the others"
    free = own is not None or not os.path.lexists(into)
    require(free, "into", wanted, str(into))
    ranked = list(stores) if own is None else [stores[own], *stores[:own], *stores[own + 1 :]]
    sweep = united_sweep(ranked)
    opened = [_opened(path, sweep) for path in stores]
    if own is not None:
        opened[own].revoke_damaged()  # which another one may have
    union = Union(opened, sweep, on_conflict, own)
    if dry_run:
        return union
    if own is not None:
        _fill(stores[own], sweep, union)
        return union
    partial = into.with_name(into.name + PARTIAL)
    refuse_writer(partial)
    try:
        if partial.exists():
            shutil.rmtree(partial)  # of a merge that was killed
        into.parent.mkdir(parents=True, exist_ok=True)
        _fill(partial, sweep, union)
        os.replace(partial, into)
        sync(into.parent)
    except OSError as error:
        raise StoreError(f"Cannot write the store {into}: {error.strerror}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return union


def _opened(path: Path, sweep: Sweep) -> Store:
    """A store with the united sweep, whose points need to be made only once for all of them."""
    store = Store(path, sweep)
    refuse_writer(path)
    return store


def _fill(path: Path, sweep: Sweep, union: Union) -> None:
    if union.windows:
        with BatchWriter(path, sweep) as batches:
            union.write_windows(batches)
    with BatchWriter(path, sweep) as batches:
        batches.take(None)
        union.write(batches)
        remerge(batches, Log(quiet=True))
