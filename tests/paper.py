"""Small sweeps of the paper's figures, and a folder of results as the workflow makes it."""

from __future__ import annotations

import json
from pathlib import Path

from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.paper.figures import FIGURES, draw
from twoqs.sweep import Sweep
from twoqs.sweep.source import read_document

ROOT = Path(__file__).parent.parent

SMALLER = {
    "fig1": {}, "fig2": {},
    "fig3": {"numerics": {"times": {"linspace": [0, 3, 13]}}},
    "fig4": {"axes.Omega.values": [0.3, 0.6, 1.5], "model.spin": 10, "numerics.step": 0.1},
    "fig5": {"axes.Gamma.values": [0.0, 0.125, 0.25, 0.5, 1.0], "numerics.step": 0.1},
    "fig6": {"numerics.step": 0.1},
    "fig7": {
        "model.lattice.chain.n": 8, "axes.J_y.values": [-0.8, -0.49, -0.3], "numerics.step": 0.1,
        "axes.case.cases.pda": {"numerics.scheme": "pda", "numerics.average": [10, 20]},
        "axes.case.cases.conserving": {"numerics.average": [10, 20]},
    },
}  # fmt: skip
"""Changes that make the sweep of a figure a matter of seconds."""


def smaller(name: str) -> Sweep:
    """The sweep of a figure with few trajectories, short spins and short windows."""
    content = read_document(ROOT / "config" / "sweeps" / f"{name}.yaml").data
    overlay = {"trajectories": 256}
    for path, value in SMALLER[name].items():
        if path == "numerics":
            overlay |= {f"numerics.{key}": inner for key, inner in value.items()}
        else:
            overlay[path] = value
    if "spin" in content["axes"]:
        # S = 100 takes the master equation minutes, and the figure nothing else.
        overlay["axes.spin.values"] = [6, 10]
    for case, settings in content["axes"]["case"]["cases"].items():
        key = f"axes.case.cases.{case}"
        overlay.setdefault(key, {k: v for k, v in settings.items() if k != "trajectories"})
        if name == "fig4":
            overlay[key] = overlay[key] | {"numerics.average": [20, 40], "numerics.samples": 5}
    content["sizes"] = {"tiny": overlay}
    return Sweep.from_dict(content, "tiny")


def make_results(folder: Path) -> None:
    """Stores, predictions, tables and pictures of all figures, from small sweeps."""
    for name in FIGURES:
        sweep = smaller(name)
        carry_out(sweep, folder / name, Workers(0), quiet=True)
        spec = folder / f"{name}.yaml"
        spec.write_text(json.dumps(sweep.spec))
        predicted = folder / "predictions" / f"{name}-tiny.nc"
        assert main(["predict", str(spec), "--workers", "0", "--output", str(predicted)]) == 0
        table = folder / "validation" / f"{name}.csv"
        arguments = ["--predictions", str(predicted), "--csv", str(table)]
        assert main(["validate", str(folder / name), *arguments]) == 0
        pictures = [folder / "figures" / f"{name}.{ending}" for ending in ("pdf", "png")]
        draw(name, folder / name, predicted, pictures)
