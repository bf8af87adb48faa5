"""Digests of code: they change with what a module imports, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import twoqs
from twoqs.sources import closure, closure_digest

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
        ("twoqs.kernels", "sequence.py", True),  # imported by kernels
        ("twoqs.kernels", "lattice.py", True),  # by what they import
        ("twoqs.kernels", "results.py", False),
        ("twoqs.figures.fig1", "figures/fig1.py", True),
        ("twoqs.figures.fig1", "figures/style.py", True),
        ("twoqs.figures.fig1", "figures/fig2.py", False),
        ("twoqs.run", "store/merge.py", True),  # by way of a package
        ("twoqs.run", "jobs/submit.py", True),  # imported in a function
        ("twoqs.run", "report/write.py", False),
        ("twoqs.run", "figures/fig1.py", False),
        ("twoqs.report", "report/page.html", True),  # a template
        ("twoqs.figures.draw", "figures/save.py", True),
        ("twoqs.figures.draw", "figures/fig2.py", False),
        ("twoqs.predictions.point", "holstein_primakoff.py", True),
        ("twoqs.predictions.point", "exact/driven.py", True),
        ("twoqs.predictions.point", "predictions/grid.py", False),
        ("twoqs.predictions.point", "store/files.py", False),
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
