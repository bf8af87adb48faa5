"""Digests of source code: of a module together with all that it imports from this package.

What was computed, compiled or drawn by code is out of date once that code has changed. A digest of
the whole package would say so of everything at every change, one of a closure where it is true.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "twoqs"

TEMPLATES = "*.html"
"""Files beside modules that are code as well."""

_ROOT = Path(__file__).parents[2]

_IMPORT = re.compile(
    rf"^[ \t]*(?:from ({PACKAGE}[\w.]*) import (\([^)]*\)|[^\n]*)|import ({PACKAGE}\b[^\n]*))", re.M
)

_FOR_CHECKERS = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)*", re.M)
"""What is imported for type checkers alone."""


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


@cache
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


@cache
def _statements(content: bytes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Modules that a file imports something of, and the names; remembered for its content.

    By the forms that statements have here, one a line or in brackets: to parse all files of a
    closure would take as long as to start without.
    """
    found = []
    for match in _IMPORT.finditer(_FOR_CHECKERS.sub("\n", content.decode())):
        module, names, modules = match.groups()
        if module:
            plain = re.sub(r"#.*| as \w+", "", names)
            found.append((module, tuple(re.findall(r"\w+", plain))))
        else:
            found += [(name, ()) for name in re.findall(rf"{PACKAGE}[\w.]*", modules)]
    return tuple(found)


def _imports(path: Path) -> Iterator[str]:
    """Modules of this package that a file imports."""
    for module, names in _statements(_content(path)):
        # What is imported from a package is a module in it, or a name that the package itself has.
        inner = [f"{module}.{name}" for name in names] or [module]
        yield from (name if _find(name) else module for name in inner if _find(module))
