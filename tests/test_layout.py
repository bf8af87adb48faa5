"""The wings of the package: imports point one way, and each heavy library has its place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import twoqs

ROOT = Path(twoqs.__file__).parent

WINGS = (
    "errors", "text", "system", "model", "flows", "kernels", "methods", "measure", "observe",
    "simulation", "theory", "truncation", "sweep", "store", "execution", "look", "interactive",
    "paper", "gallery", "workflow", "cli", "__main__",
)  # fmt: skip
RANK = {wing: number for number, wing in enumerate(WINGS)}

ONLY_IN = {
    "zarr": "store", "numcodecs": "store",
    "dask": "execution/dask", "distributed": "execution/dask",
    "dask_jobqueue": "execution/dask/jobs",
    "matplotlib": ("look/plot", "paper/figures", "gallery/items"),
    "qutip": "theory", "numba": "kernels", "ruamel": "sweep", "tqdm": "execution/progress",
    "adaptive": "look/refine", "plotly": "look/view", "jinja2": "paper/report", "snakemake": (),
}  # fmt: skip
"""The wings, or what of them, that may import a heavy library."""


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix()


def imported(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def offences(path: Path, here: str):
    """Imports of a file at the place `here` that the two tables forbid."""
    wing = here.split("/")[0]
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "twoqs" and len(parts) > 1 and parts[1] in RANK:
            if RANK[parts[1]] > RANK[wing]:
                yield name
        elif not here.startswith(ONLY_IN.get(parts[0], "")):
            yield name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    here = place_of(path)
    assert here.split("/")[0] in RANK, "a new wing: give it its rank"
    assert not list(offences(path, here))


@pytest.mark.parametrize(
    ("line", "offence"),
    [
        ("from twoqs.store import Store", "twoqs.store"),
        ("from twoqs import store", "twoqs.store"),
        ("import twoqs.execution.run", "twoqs.execution.run"),
        ("def f():\n    from twoqs.measure.results import finalize", "twoqs.measure.results"),
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
