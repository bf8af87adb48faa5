"""What a sweep of many short points costs: commands, files, bytes, and how busy workers are.

A map of a driven, decaying spin, 256 trajectories at each point. Each command is a process of its
own, as people run them; the time to import the package is told first, and part of all others.

Run: python benchmarks/scale.py [--points N] [--workers N] [--path FOLDER]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from twoqs.simulation.provenance import cpu_model
from twoqs.store import Store
from twoqs.store.records import RECORDS

IMPORT = "import twoqs, xarray, scipy.special, twoqs.execution.run"
OPEN = (
    "import time, twoqs; t = time.perf_counter(); twoqs.open({!r}); print(time.perf_counter() - t)"
)


def content(points: int) -> dict[str, Any]:
    """The sweep, of about so many points."""
    side = max(2, round(math.sqrt(points)))
    drives, decays = {"linspace": [0.1, 2.0, side]}, {"linspace": [0.5, 1.5, side]}
    return {
        "name": "scale",
        "seed": 1,
        "trajectories": 256,
        "model": {"spin": 100, "field": [0.5, 0, 0], "decay": 1.0},
        "numerics": {"average": [2, 4]},
        "axes": {
            "omega": {"sets": "model.field.x", "values": drives},
            "gamma": {"sets": "model.decay", "values": decays},
        },
    }


def measured(what: str, *arguments: str) -> float:
    """Run a command and print its wall time, the time of its processors and its memory."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{what} failed")
    own = f", of which {float(said):.2f} s for the call itself" if what == "open" else ""
    processors = used.ru_utime + used.ru_stime
    print(f"{what:14} {wall:8.2f} s, {processors:8.2f} s of processors, "
          f"{used.ru_maxrss / 1e3:5.0f} MB{own}", flush=True)  # fmt: skip
    return wall


def measure(folder: Path, points: int, workers: int) -> None:
    spec, store = folder / "scale.yaml", folder / "s"
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")  # nothing is known of the points yet
    spec.write_text(json.dumps(content(points)), encoding="utf-8")
    command, into = ("-m", "twoqs"), (str(spec), "--store", str(store))
    run = (*command, "run", *into, "--workers", str(workers), "--quiet")
    measured("import", "-c", IMPORT)
    measured("first plan", *command, "plan", *into)
    measured("plan", *command, "plan", *into)
    seconds = measured("run", *run)
    measured("nothing to do", *run)
    measured("status", *command, "status", str(store))
    measured("verify", *command, "verify", str(store))
    measured("open", "-c", OPEN.format(str(store)))
    found = Store(store)
    work = sum(found.ledger.seconds(p.point_id, p.batches) for p in found.sweep.points)
    print(f"{work:.1f} s of work: workers were {work / seconds / max(1, workers):.0%} busy")
    sizes = {path: path.stat().st_size for path in store.rglob("*") if path.is_file()}
    records = sum(point.cost.bytes * point.batches for point in found.sweep.points)
    packed = sum(size for path, size in sizes.items() if path.parent.name == RECORDS)
    print(f"{len(sizes)} files of {sum(sizes.values()) / 1e6:.1f} MB, packs {packed / 1e6:.1f} MB; "
          f"{records / 1e6:.1f} MB of records")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=900)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--path", type=Path, help="folder to work in; a temporary one if left out")
    options = parser.parse_args()
    print(f"{cpu_model()}, {os.cpu_count()} cores, {options.points} points", flush=True)
    if options.path is not None:
        options.path.mkdir(parents=True, exist_ok=True)
        measure(options.path, options.points, options.workers)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.points, options.workers)


if __name__ == "__main__":
    main()
