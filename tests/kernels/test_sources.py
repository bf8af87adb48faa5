"""Digests of code: they change with what a module imports, and with nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import twoqs
from twoqs.kernels.compile import sources
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
        ("twoqs.execution.run", "store/merge.py", True),  # by way of a package
        ("twoqs.execution.run", "execution/dask/jobs/submit.py", True),  # imported in a function
        ("twoqs.execution.run", "paper/report/write.py", False),
        ("twoqs.execution.run", "paper/figures/fig1.py", False),
        ("twoqs.paper.report", "paper/report/page.html", True),  # a template
        ("twoqs.paper.figures.draw", "look/plot/save.py", True),
        ("twoqs.paper.figures.draw", "paper/figures/fig2.py", False),
        ("twoqs.theory.point", "theory/spin_waves.py", True),
        ("twoqs.theory.point", "theory/driven.py", True),
        ("twoqs.theory.point", "execution/predict/grid.py", False),
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


def parsed(node: ast.AST) -> Iterator[str]:
    """Names that the statements of a file import, by Python's own parser."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield from (f"{module}.{alias.name}" for alias in names)
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            assert not node.orelse
        case _:
            for child in ast.iter_child_nodes(node):
                yield from parsed(child)


def test_statements_are_read_as_python_does():
    """In all files of the package: they are not parsed, which would take longer than a start."""
    count = 0
    for path in ROOT.rglob("*.py"):
        content = path.read_bytes()
        names = {name for name in parsed(ast.parse(content)) if f"{name}.".startswith("twoqs.")}
        pairs = sources._statements(content)
        found = {f"{module}.{name}" for module, names in pairs for name in names}
        assert found | {module for module, names in pairs if not names} == names, path
        count += len(names)
    assert count > 1000


@pytest.mark.parametrize("name", ["twoqs.kernel", "numpy", "twoqs.errors.ArgumentError", "twoqs."])
def test_no_such_module(name):
    with pytest.raises(ModuleNotFoundError, match="There is no module"):
        closure(name)
