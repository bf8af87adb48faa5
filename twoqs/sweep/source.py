"""Reads a sweep file: YAML 1.2 into plain values with line numbers; nothing is ever constructed.

The parser is used only up to its node tree, whose scalars are converted here. So tags cannot make
Python objects, duplicate keys cannot hide, and `1e-3` is a number.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from twoqs.sweep.problems import Path, Problem, SpecError, dotted

MAX_BYTES = 8_000_000
"""Larger files are refused before they are parsed."""

MAX_NODES = 1_000_000
"""Values in a file after aliases are followed: aliases of aliases grow exponentially."""

MAX_DEPTH = 32

_TAG = "tag:yaml.org,2002:"


@dataclass
class Document:
    """The plain content of a sweep file.

    Attributes:
        name: what messages call the file.
        data: dictionaries, lists, strings, numbers, true, false and null.
        lines: line of each value, counted from 1, by its path; empty for a spec from Python.
        problems: errors found on the way.
        refused: paths of values that are errors already, so that nothing more is said of them.
    """

    name: str
    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: set[Path] = field(default_factory=set)

    def line(self, path: Path) -> int | None:
        """Line of the value at `path`, or of the nearest thing that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read(file: str | os.PathLike[str]) -> Document:
    """The content of a YAML file.

    Raises:
        SpecError: if the file cannot be read, or is not one YAML mapping of plain values.
    """
    name = os.fspath(file)
    try:
        size = os.stat(file).st_size
        if size > MAX_BYTES:
            text = f"A sweep file must have at most {MAX_BYTES} bytes, but this one has {size}."
            raise SpecError(name, [Problem(text)])
        content = FilePath(file).read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(name, [Problem(f"Cannot read the sweep file: {error.strerror}.")]) from None
    except UnicodeDecodeError as error:
        raise SpecError(name, [Problem(f"The sweep file is not UTF-8 text: {error}.")]) from None
    return parse(content, name)


def parse(content: str, name: str) -> Document:
    """The same for a text; `name` is what messages call it."""
    try:
        root = YAML(typ="safe", pure=True).compose(content)
        document = Document(name, None)
        if not isinstance(root, MappingNode):
            document.problems.append(Problem("A sweep file must be a mapping of keys to values."))
        else:
            document.data = _Converter(document).convert(root, ())
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        reason = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise SpecError(name, [Problem(f"Not valid YAML: {reason}.", line)]) from None
    except YAMLError as error:
        reason = str(error).splitlines()[0]
        raise SpecError(name, [Problem(f"Not valid YAML: {reason}.")]) from None
    except RecursionError:
        raise SpecError(name, [Problem("The YAML is nested too deeply.")]) from None
    if document.data is None:
        raise SpecError(name, document.problems)
    return document


class _Converter:
    """Turns nodes into plain values and notes lines and problems in the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def convert(self, node: Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.document.lines.setdefault(path, line)
        self.count += 1
        if self.count > MAX_NODES or len(path) > MAX_DEPTH:
            text = f"The YAML holds more than {MAX_NODES} values or is nested too deeply."
            raise SpecError(self.document.name, [Problem(text, line)])
        tag = str(node.tag)
        if isinstance(node, MappingNode) and tag == _TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and tag == _TAG + "seq":
            return [self.convert(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and tag.removeprefix(_TAG) in _SCALARS:
            try:
                return _SCALARS[tag.removeprefix(_TAG)](node.value)
            except ValueError:
                pass
        kind = tag.removeprefix(_TAG)
        self.document.refused.add(path)
        self._refuse(path, line, f"must be plain YAML, but has the type {kind!r}")
        return None

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if str(key_node.tag) != _TAG + "str":
                shown = getattr(key_node, "value", "")
                self._refuse(path, line, f"must have text as keys, but has the key {shown!r}")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.document.lines[(*path, key)]
                self._refuse(
                    (*path, key), line, f"must be given once, but is also given in line {first}"
                )
                continue
            self.document.lines[(*path, key)] = line
            result[key] = self.convert(value_node, (*path, key))
        return result

    def _refuse(self, path: Path, line: int, what: str) -> None:
        name = dotted(path) or "the sweep"
        self.document.problems.append(Problem(f"Argument `{name}` {what}.", line))


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign, body = (digits[0], digits[1:]) if digits[0] in "+-" else ("", digits)
    prefixed = body[:2].lower() in ("0x", "0o", "0b")
    return int(sign + body, 0 if prefixed else 10)


def _float(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _integer,
    "float": _float,
    "bool": lambda text: text.lower() == "true",
    "null": lambda text: None,
}
