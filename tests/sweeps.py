"""Small sweeps and looks into stores, shared by the tests of the pipeline."""

from __future__ import annotations

import copy
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

from twoqs.store.store import MERGED, RECEIPTS
from twoqs.sweep import Sweep
from twoqs.sweep.work import Task

SMALL: dict[str, Any] = {
    "name": "small",
    "seed": 7,
    "trajectories": 512,
    "model": {"spin": 10, "field": [0.5, 0, 0], "decay": 1.0},
    "numerics": {"times": [0, 1, 2]},
    "axes": {
        "omega": {"sets": "model.field.x", "values": [0.5, 1.5], "units": "Gamma"},
        "case": {"cases": {"pda": {"numerics.scheme": "pda"}, "conserving": {}}},
    },
}
"""Two by two points, two batches each, a few milliseconds in all."""

DRIFTING = "ignore:.*Lengths of spins drift apart"
"""As they do in it at omega=1.5, case=pda: a quarter of S, of which `plan` and runs warn."""

BASE = """\
name: bad
seed: 1
trajectories: 100
model: {spin: 10, decay: 1.0}
numerics: {times: [0, 1]}
"""
"""A good sweep file, to be spoilt."""


def small(**changes: Any) -> dict[str, Any]:
    """SMALL with other values at dotted paths, whose dots are written as two underscores."""
    spec = copy.deepcopy(SMALL)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = spec
        for key in parents:
            inner = inner[key]
        inner[last] = value
    return spec


def sweep(**changes: Any) -> Sweep:
    """The same as a sweep."""
    return Sweep.from_dict(small(**changes))


def tasks(count: int) -> list[Task]:
    """Batches of its first point."""
    content = sweep()
    return [Task.of(content.points[0], content.seed, batch) for batch in range(count)]


def write_spec(path: Path, spec: dict[str, Any]) -> Path:
    """A sweep file: JSON is YAML."""
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path


KIND_OF_STORES = "avx512 075d4a8a"
"""The kind of machine that made those stores, as of `golden.machine_kind`."""


def earlier_store(version: int, folder: Path) -> Path:
    """A store of an earlier version, unpacked below a folder; see `tests/data/README.md`."""
    with tarfile.open(Path(__file__).parent / "data" / f"format{version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / f"format{version}"


def merged_bytes(store: Path) -> dict[str, bytes]:
    """All files of the merged arrays; the root's metadata carries dates and durations."""
    root = store / MERGED
    files = [file for file in root.rglob("*") if file.is_file() and file.parent != root]
    assert files
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def receipts(store: Path) -> list[tuple[str, int]]:
    """(point, batch) of each line of the journal."""
    lines = (store / RECEIPTS).read_text(encoding="utf-8").splitlines()
    return [(line["point"], line["batch"]) for line in map(json.loads, lines)]


def mtimes(store: Path) -> dict[str, int]:
    """When each file of a store was written, but for the lock."""
    files = [file for file in store.rglob("*") if file.is_file() and file.name != "lock"]
    return {file.relative_to(store).as_posix(): file.stat().st_mtime_ns for file in files}


def command(*arguments: str | Path) -> list[str]:
    """The command line of twoqs."""
    return [sys.executable, "-m", "twoqs", *(str(argument) for argument in arguments)]
