"""The ring of 100 spins beside XMDS2, the field's C++ generator, and vectorised NumPy, in one run.

Run: python benchmarks/peers.py [--repeats N]

XMDS2 is the Debian package `xmds2`; without it, its row is left out with a message.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kernel import CHAIN, block_run, plain_run

from twoqs.kernels.jit import LANES
from twoqs.provenance import cpu_model

STEP = 0.02
STEPS = 1000
"""The same step and number of steps for all: rates at equal step, not at equal accuracy."""

Timed = Callable[[], float]
"""Seconds that one run of all steps takes."""


def xmds2(folder: Path) -> Timed | None:
    """The compiled script, or None where XMDS2 is not installed or does not build."""
    if shutil.which("xmds2") is None:
        print("XMDS2 is not installed: its row is left out.")
        return None
    script = (Path(__file__).parent / "xmds2" / "chain.xmds").read_text()
    script = script.replace("STEPS_TIMES_STEP", str(STEPS * STEP)).replace('"STEPS"', f'"{STEPS}"')
    (folder / "chain.xmds").write_text(script)
    done = subprocess.run(["xmds2", "chain.xmds"], cwd=folder, capture_output=True, text=True)
    if not (folder / "twoqs_chain").exists():
        print(f"XMDS2 did not build the script: {done.stdout[-300:]}{done.stderr[-300:]}")
        return None

    def run() -> float:
        out = subprocess.run(["./twoqs_chain"], cwd=folder, capture_output=True, text=True)
        found = re.search(r"Time elapsed for simulation is: ([0-9.]+)", out.stdout)
        if found is None:
            raise SystemExit(f"XMDS2 did not run: {out.stdout}{out.stderr}")
        return float(found[1])

    return run


def ours(make: Callable[[], Callable[[int, float], float]], step: float = STEP) -> Timed:
    """Seconds of this many steps by a function of `kernel`."""
    run = make()
    run(1, step)

    def timed() -> float:
        start = time.perf_counter()
        run(STEPS, step)
        return time.perf_counter() - start

    return timed


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        rows: dict[str, Timed | None] = {
            "conserving": ours(block_run(CHAIN, "conserving", "W")),
            "pda W": ours(block_run(CHAIN, "pda", "W")),
            "plain NumPy, Euler": ours(plain_run(CHAIN, False), 0.001),
            "XMDS2, semi-implicit": xmds2(Path(folder)),
        }
        present = {name: run for name, run in rows.items() if run is not None}
        times: dict[str, list[float]] = {name: [] for name in present}
        for _ in range(repeats):  # in turns, as the machine may be busy with other things
            for name, run in present.items():
                times[name].append(run())
    print(f"{cpu_model()}; load {os.getloadavg()[0]:.2f}; {LANES} trajectories, {STEPS} steps")
    print(f"{'code':<22} {'best':>8} {'median':>8}   ns per site, trajectory and step; ratio\n")
    first = min(times["conserving"])
    for name, values in times.items():
        best, median = min(values), sorted(values)[len(values) // 2]
        scale = 1e9 / (STEPS * CHAIN.n_sites * LANES)
        print(f"{name:<22} {best * scale:>8.2f} {median * scale:>8.2f}   {best / first:.1f}")


if __name__ == "__main__":
    main()
