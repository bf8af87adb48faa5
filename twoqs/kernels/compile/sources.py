"""Digests of source code: of a module together with all that it imports from this package.

What was computed, compiled or drawn by code is out of date once that code has changed. A digest of
the whole package would say so of everything at every change, one of a closure where it is true.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "twoqs"

TEMPLATES = "*.html"
"""Files beside modules that are code as well."""

_ROOT = Path(__file__).parents[2]


def closure_digest(*modules: str) -> str:
    """Hexadecimal SHA-256 of the source of modules and of all that they import, however indirectly.

    Templates of pages count with the modules in whose folder they are.

    Args:
        modules: dotted names, such as `twoqs.kernels`; a package stands for all files in it.

    Raises:
        ModuleNotFoundError: if one of them is not in this package.
    """
    sources = {_file(name) for name in closure(*modules)}
    templates = {page for file in sources for page in file.parent.glob(TEMPLATES)}
    digest = hashlib.sha256()
    for path in sorted(sources | templates):
        content = _content(path)
        digest.update(f"{path.relative_to(_ROOT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def closure(*modules: str) -> list[str]:
    """Names of modules and of all that they import from this package, in alphabetical order.

    Imports count wherever they stand, in functions too, but for those that are made for a type
    checker only. Raises as `closure_digest`.
    """
    found: set[str] = set()
    waiting = [name for module in modules for name in _members(module)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_imports(_file(name)))
    return sorted(found)


def _members(name: str) -> list[str]:
    """A module, or a package with all modules in it."""
    path = _file(name)
    if path.name != "__init__.py":
        return [name]
    files = [file for file in path.parent.rglob("*.py") if file != path]
    inner = (file.relative_to(_ROOT).with_suffix("").parts for file in files)
    return [name, *(".".join([PACKAGE, *parts]).removesuffix(".__init__") for parts in inner)]


def _file(name: str) -> Path:
    found = _find(name)
    if found is None:
        raise ModuleNotFoundError(f"There is no module {name} in {PACKAGE}.", name=name)
    return found


def _find(name: str) -> Path | None:
    first, *parts = name.split(".")
    path = _ROOT.joinpath(*parts)
    if first != PACKAGE or "" in parts:
        return None
    if (path / "__init__.py").exists():
        return path / "__init__.py"
    return path.with_suffix(".py") if parts and path.with_suffix(".py").exists() else None


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _imports(path: Path) -> tuple[str, ...]:
    return _parsed(path, hashlib.sha256(content := _content(path)).digest(), content)


@cache
def _parsed(path: Path, key: bytes, content: bytes) -> tuple[str, ...]:
    """Modules of this package that a file imports; remembered for the content that it has."""
    return tuple(dict.fromkeys(_imported(ast.parse(content))))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _find(alias.name))
    elif isinstance(node, ast.ImportFrom) and node.module and _find(node.module):
        # What is imported from a package is a module in it, or a name that the package itself has.
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name if _find(name) else node.module for name in names)
    else:
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            children = list(node.orelse)
        for child in children:
            yield from _imported(child)
