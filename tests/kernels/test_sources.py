"""Digests of code: they change with what a module imports, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import twoqs
from twoqs.kernels.compile.sources import closure, closure_digest

ROOT = Path(twoqs.__file__).parent


def edited(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Another content of one file, as after an edit."""
    read = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda self: read(self) + b"\n#" * (self == ROOT / name)
    )


@pytest.mark.parametrize(
    ("module", "file", "changes"),
    [
        ("twoqs.kernels", "kernels/series.py", True),
        ("twoqs.kernels", "flows/sequence.py", True),  # imported by kernels
        ("twoqs.kernels", "model/lattice.py", True),  # by what they import
        ("twoqs.kernels", "measure/results.py", False),
        ("twoqs.paper.figures.fig1", "paper/figures/fig1.py", True),
        ("twoqs.paper.figures.fig1", "look/plot/style.py", True),
        ("twoqs.paper.figures.fig1", "paper/figures/fig2.py", False),
        ("twoqs.run.run", "store/merge.py", True),  # by way of a package
        ("twoqs.run.run", "run/dask/jobs/submit.py", True),  # imported in a function
        ("twoqs.run.run", "paper/report/write.py", False),
        ("twoqs.run.run", "paper/figures/fig1.py", False),
        ("twoqs.paper.report", "paper/report/page.html", True),  # a template
        ("twoqs.paper.figures.draw", "look/plot/save.py", True),
        ("twoqs.paper.figures.draw", "paper/figures/fig2.py", False),
        ("twoqs.theory.point", "theory/spin_waves.py", True),
        ("twoqs.theory.point", "theory/driven.py", True),
        ("twoqs.theory.point", "run/predict/grid.py", False),
        ("twoqs.theory.point", "store/files.py", False),
    ],
)
def test_what_a_digest_depends_on(monkeypatch, module, file, changes):
    before = closure_digest(module)
    assert closure_digest(module) == before
    edited(monkeypatch, file)
    assert (closure_digest(module) != before) == changes


def test_a_package_stands_for_all_its_files():
    kernels = {f"twoqs.kernels.{path.stem}" for path in (ROOT / "kernels").glob("[!_]*.py")}
    assert kernels <= set(closure("twoqs.kernels"))


def test_a_closure_is_one():
    """Nothing that its modules import is missing."""
    found = closure("twoqs.cli")
    plain = [name for name in found if (ROOT.parent / f"{name.replace('.', '/')}.py").exists()]
    assert set(closure(*plain)) <= set(found)
    assert len(found) > 100


@pytest.mark.parametrize("name", ["twoqs.kernel", "numpy", "twoqs.errors.ArgumentError", "twoqs."])
def test_no_such_module(name):
    with pytest.raises(ModuleNotFoundError, match="There is no module"):
        closure(name)
