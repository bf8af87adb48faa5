"""Opening a merged sweep of a thousand points: files, and seconds, here and in a new process.

Run: python benchmarks/query.py [--store DIR]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

import twoqs
from twoqs.execution.run import Workers, carry_out
from twoqs.simulation.provenance import cpu_model
from twoqs.store.store import MERGED
from twoqs.sweep import Sweep

REPEATS = 9

THOUSAND: dict[str, Any] = {
    "name": "thousand", "seed": 1, "trajectories": 64,
    "model": {
        "spin": 5000, "lattice": {"chain": {"n": 100, "periodic": True}},
        "coupling": [0.5, 0.0, 0.0], "decay": 1.0,
    },
    "numerics": {"step": 0.05, "average": [1, 2], "samples": 3, "observables": ["correlation"]},
    "axes": {
        "J_y": {"sets": "model.coupling.y", "values": {"linspace": [-4, 0, 500]}, "units": "Gamma"},
        "case": {"cases": {"pda": {"numerics.scheme": "pda"}, "conserving": {}}},
    },
}  # fmt: skip
"""The chain of figure 7 with all its variables, on a finer grid and for a shorter time."""


def timed(action: Callable[[], object]) -> str:
    """Best, median and worst of some repeats."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return f"{min(seconds):>8.3f} {statistics.median(seconds):>8.3f} {max(seconds):>8.3f}"


def in_new_process(code: str) -> Callable[[], object]:
    """Runs code in a Python of its own, with all imports."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def measure(store: Path) -> None:
    """Print one table."""
    files = [path for path in (store / MERGED).rglob("*") if path.is_file()]
    data = twoqs.open(store)
    assert isinstance(data, xr.Dataset)
    print(
        f"{int(data.complete.sum())} points, {len(data.data_vars)} variables, "
        f"{data.nbytes / 1e6:.1f} MB, in {len(files)} files\n"
    )
    head = f"{'seconds':<52} {'best':>8} {'median':>8} {'worst':>8}"
    print(head + "\n" + "-" * len(head))
    rows: dict[str, Callable[[], object]] = {
        "twoqs.open: in memory, checked": lambda: twoqs.open(store),
        "twoqs.open(chunks={}): Dask arrays": lambda: twoqs.open(store, chunks={}),
        "xarray.open_zarr": lambda: xr.open_zarr(store / MERGED),
        "new process: import twoqs, xarray; twoqs.open": in_new_process(
            f"import twoqs, xarray; twoqs.open({str(store)!r})"
        ),
        "new process: twoqs.look.open alone": in_new_process("import twoqs.look.open"),
    }
    for name, action in rows.items():
        print(f"{name:<52} {timed(action)}", flush=True)


def main() -> None:
    """Run the sweep, and open it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a sweep that is there, in place of the own one")
    store = parser.parse_args().store
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}")
    if store is not None:
        measure(store)
        return
    with tempfile.TemporaryDirectory() as folder:
        carry_out(Sweep.from_dict(THOUSAND), Path(folder) / "s", Workers(0), quiet=True)
        measure(Path(folder) / "s")


if __name__ == "__main__":
    main()
