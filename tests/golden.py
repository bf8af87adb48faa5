"""Models and settings whose raw sums of one seed are kept, and what writes them down.

    python tests/golden.py          # writes data/golden.json anew for this kind of machine

Kinds are code paths of kernels, each with the versions of functions that NumPy and OpenBLAS take.

Done only where physics or a stream has to change; the changelog then says so.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from twoqs import Model, all_to_all, chain, coherent, cubic, from_edges, square
from twoqs.kernels.compile.jit import processor_has
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.simulation.batch import run_batch
from twoqs.simulation.rounding import rounding

FILE = Path(__file__).parent / "data" / "golden.json"

SEED = 20261129

TILTED = coherent(1.1, 0.4)

RING = from_edges([(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)], weights=[1.0, 0.5, -0.7, 1.2, 0.1])

MODELS = {
    "decay": Model(spin=20, decay=1.0, initial="up"),
    "driven": Model(spin=50, field=(1.5, 0, 0), decay=1.0),
    "pumped": Model(spin=10, field=(0.3, 0.2, 0.1), decay=1.0, gain=0.4, initial=TILTED),
    "dephased": Model(spin=10, field=(0.5, 0, 0.2), dephasing=0.3, initial=TILTED),
    "twisted": Model(spin=30, twist=(0.4, -0.2, 0.7), decay=0.5, initial=coherent(1.57)),
    "everything": Model(
        spin=7.5, lattice=chain(3), field=(0.3, -0.2, 0.5), coupling=(0.4, -0.6, 0.2),
        twist=(0.1, 0.3, -0.2), decay=0.7, gain=0.2, dephasing=0.15, initial=TILTED,
    ),
    "xy-chain": Model(spin=100, lattice=chain(30), coupling=(0.5, -1.8, 0), decay=1.0),
    "open-chain": Model(
        spin=5, lattice=chain(5, periodic=False), coupling=(0.5, 0.3, -0.8), decay=1.0,
    ),
    "square": Model(spin=20, lattice=square(4, 3), coupling=(0.2, 0.1, 0.4), decay=1.0, gain=0.1),
    "cubic": Model(
        spin=20, lattice=cubic(3, 3, 2, periodic=False), coupling=(0.2, -0.3, 0), decay=1.0,
        dephasing=0.05,
    ),
    "all-to-all": Model(
        spin=10, lattice=all_to_all(6), coupling=(0.1, 0.2, -0.3), twist=(0, 0, 0.2), decay=0.5,
        initial=TILTED,
    ),
    "pair": Model(spin=4, lattice=chain(2, periodic=False), coupling=(0, 0, 0.9), initial=TILTED),
    "graph": Model(
        spin=15, lattice=RING, coupling=([0.1, 0.2, 0.3, 0.4, 0.5], 0.2, 0), decay=1.0,
    ),
    "sites": Model(
        spin=12, lattice=chain(4), field=([0.1, 0.2, 0.3, 0.4], 0.1, [0, 0, 0.5, 0]),
        coupling=([0.3, -0.2, 0.1, 0.4], 0.2, 0.1), twist=(0, [0.1, 0, 0.2, 0], 0.1),
        decay=[1.0, 0.5, 0.0, 0.2], gain=[0.0, 0.1, 0.3, 0.0], dephasing=[0.0, 0.2, 0.1, 0.0],
        initial=coherent([0.3, 1.2, 2.0, 3.0], [0.0, 1.0, -2.0, 0.5]),
    ),
}  # fmt: skip

DRIFTING = "interaction-diffusion"

SETTINGS = {
    "times": Numerics(times=(0.0, 0.35, 1.0)),
    "window": Numerics(average=(0.4, 1.4)),
    "samples": Numerics(average=(0.2, 0.9), samples=7, step=0.03),
    "single": Numerics(times=(0.5, 1.5), precision="single"),
    "sites": Numerics(times=(0.3, 0.8), observables=("sites",)),
    "correlation": Numerics(times=(0.3, 0.8), observables=("correlation",)),
    "correlation-window": Numerics(average=(0.3, 1.1), observables=("correlation", "sites")),
    "pda-W": Numerics(scheme="pda", times=(0.3, 0.8)),
    "pda-P": Numerics(scheme="pda", representation="P", times=(0.3, 0.8), neglect=DRIFTING),
    "pda-Q": Numerics(scheme="pda", representation="Q", times=(0.3, 0.8), neglect=DRIFTING),
    "pda-single": Numerics(scheme="pda", average=(0.3, 0.8), precision="single"),
    "euler-W": Numerics(scheme="euler-maruyama", times=(0.05, 0.1)),
    "euler-P": Numerics(
        scheme="euler-maruyama", representation="P", times=(0.1,), step=0.002, neglect=DRIFTING,
    ),
    "euler-Q": Numerics(
        scheme="euler-maruyama", representation="Q", average=(0.05, 0.1), neglect=DRIFTING,
    ),
}  # fmt: skip

EVERY_MODEL = ("times", "pda-W", "euler-W")
EVERY_SETTING = ("everything", "sites", "xy-chain")
OTHERS = [setting for setting in SETTINGS if setting not in EVERY_MODEL]
CASES = [
    *((model, setting) for model in MODELS for setting in EVERY_MODEL),
    *((model, setting) for model in EVERY_SETTING for setting in OTHERS),
    *(("square", setting) for setting in ("correlation", "correlation-window")),
    *(("decay", setting) for setting in ("window", "pda-P", "pda-Q", "single")),
]  # fmt: skip


def machine_kind() -> str:
    """Name of what this machine runs; each rounds in its own way."""
    path = "avx512" if processor_has("avx512f") else "avx2" if processor_has("avx2") else "other"
    return f"{path} {rounding()}"


def record_of(case: tuple[str, str]) -> dict[str, object]:
    """What is kept of a case: its point's identity, and its second batch by digest and in part."""
    model = MODELS[case[0]]
    numerics = resolve(model, SETTINGS[case[1]])
    rows = run_batch(model, numerics, SEED, 1)
    some = rows[0, rows.any(axis=0)][-4:]
    return {
        "point": point_id(model, numerics),
        "shape": list(rows.shape),
        "last": [value.hex() for value in some.tolist()],
        "sha256": hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest(),
    }


def name_of(case: tuple[str, str]) -> str:
    """A case as it is named in the file."""
    return "/".join(case)


def main() -> None:
    """Write the records of this kind of machine, beside those of others."""
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    kept[machine_kind()] = {name_of(case): record_of(case) for case in CASES}
    FILE.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
