"""The rooms of the package: imports point one way, and each heavy library has one room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import twoqs

ROOT = Path(twoqs.__file__).parent

RANK = {
    "errors": 0, "limits": 0, "sources": 0, "signals": 0, "machine": 0, "shell": 0,
    "arguments": 1, "tls": 1, "lattice": 1, "terms": 0, "model": 2, "selection": 2,
    "rates": 3, "matching": 3, "sequence": 3, "kernels": 3, "methods": 4, "numerics": 5,
    "accuracy": 6, "canonical": 6,
    "reference": 5, "exact": 5, "holstein_primakoff": 5, "analysis": 5,
    "integrate": 6, "records": 6, "measure": 6, "spectrum": 6, "statistics": 6, "statuses": 6,
    "results": 7, "batch": 7,
    "simulation": 8, "sweep": 8, "provenance": 8, "work": 8, "progress": 8, "demand": 8,
    "validity": 8, "choice": 8, "per_spin": 9, "store": 9, "vetting": 9, "recall": 9,
    "schedule": 10, "engine": 10, "cluster": 10, "jobs": 10, "target": 10, "forecast": 10,
    "plan": 11, "status": 11, "run": 11, "access": 11, "predictions": 11,
    "table": 12, "export": 12, "validation": 12, "refine": 12,
    "figures": 13, "report": 13, "cli": 14, "__main__": 15,
}  # fmt: skip

ONLY_IN = {
    "zarr": {"store"}, "numcodecs": {"store"},
    "dask": {"cluster", "jobs"}, "distributed": {"cluster", "engine", "jobs", "recall", "vetting"},
    "dask_jobqueue": {"jobs"},
    "matplotlib": {"figures"}, "qutip": {"exact"}, "numba": {"kernels"}, "ruamel": {"sweep"},
    "tqdm": {"progress"}, "adaptive": {"refine"}, "jinja2": {"report"}, "snakemake": set(),
}  # fmt: skip


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def offences(path: Path, here: str):
    """Imports of a file in the room `here` that the two tables forbid."""
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "twoqs" and len(parts) > 1 and parts[1] in RANK and parts[1] != here:
            if RANK[parts[1]] > RANK[here]:
                yield name
        elif here not in ONLY_IN.get(parts[0], {here}):
            yield name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    here = room(path)
    assert here in RANK, f"a new room: give {here} its rank"
    assert not list(offences(path, here))


@pytest.mark.parametrize(
    ("line", "offence"),
    [
        ("from twoqs.store import Batches", "twoqs.store"),
        ("from twoqs import store", "twoqs.store"),
        ("import twoqs.run", "twoqs.run"),
        ("def f():\n    from twoqs.results import finalize", "twoqs.results"),
        ("import zarr", "zarr"),
        ("from distributed import Client", "distributed"),
    ],
)
def test_the_rule_can_fail(tmp_path, line, offence):
    """Negative control: a kernel that does this is seen."""
    path = tmp_path / "offender.py"
    path.write_text("import numpy\nimport numba\nfrom twoqs import errors\n")
    assert not list(offences(path, "kernels"))
    path.write_text(line + "\n")
    assert offence in list(offences(path, "kernels"))
