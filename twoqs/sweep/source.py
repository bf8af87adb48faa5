"""Reads a sweep file: YAML 1.2 into plain values with line numbers; nothing is ever constructed.

The parser is used only up to its node tree, whose scalars are converted here. So tags cannot make
Python objects, duplicate keys cannot hide, and `1e-3` is a number.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from twoqs.errors import shown
from twoqs.model.arguments import file_name
from twoqs.model.limits import MOST_DEPTH, MOST_DIGITS, MOST_FILE_BYTES, MOST_NODES
from twoqs.sweep.compose import TOO_MUCH, compose
from twoqs.sweep.problems import KeyPath, Problem, SpecError, dotted

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
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: set[KeyPath] = field(default_factory=set)

    def line(self, path: KeyPath) -> int | None:
        """Line of the value at `path`, or of the nearest thing that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_document(file: str | os.PathLike[str]) -> Document:
    """The content of a YAML file.

    Raises:
        SpecError: if the file cannot be read, or is not one YAML mapping of plain values.
    """
    name = file_name("file", file)
    try:
        content = _content(name)
    except OSError as error:
        raise SpecError(name, [Problem(f"Cannot read the file: {error.strerror}.")]) from None
    try:
        return parse(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"The file is not UTF-8 text: it has the byte 0x{content[error.start]:02x}."
        raise SpecError(name, [Problem(text, line)]) from None


def _content(name: str) -> bytes:
    """The bytes of a file; a pipe or a device could go on for ever."""
    kind = os.stat(name).st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise SpecError(name, [Problem("Cannot read the file: it is a pipe or a device.")])
    with open(name, "rb") as file:
        content = file.read(MOST_FILE_BYTES + 1)
        if len(content) > MOST_FILE_BYTES:
            size = max(len(content), os.fstat(file.fileno()).st_size)
            text = f"The file must have at most {MOST_FILE_BYTES} bytes, but has {size}."
            raise SpecError(name, [Problem(text)])
    return content


def parse(content: str, name: str) -> Document:
    """The content of a YAML text; `name` is what messages call it."""
    document = Document(name, None)
    root = compose(content, name)
    if isinstance(root, MappingNode):
        document.data = _Converter(document).convert(root, ())
    else:
        document.problems.append(Problem("The file must be a mapping of keys to values."))
    if document.data is None:
        raise SpecError(name, document.problems)
    return document


class _Converter:
    """Turns nodes into plain values and notes lines and problems in the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def convert(self, node: Node, path: KeyPath) -> Any:
        line = node.start_mark.line + 1
        self.document.lines.setdefault(path, line)
        self.count += 1
        if self.count > MOST_NODES or len(path) > MOST_DEPTH:
            raise SpecError(self.document.name, [Problem(TOO_MUCH, line)])
        tag = str(node.tag)
        if isinstance(node, MappingNode) and tag == _TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and tag == _TAG + "seq":
            return [self.convert(item, (*path, i)) for i, item in enumerate(node.value)]
        kind = tag.removeprefix(_TAG)
        if not isinstance(node, ScalarNode) or kind not in _SCALARS:
            return self._refuse_value(path, line, f"be plain YAML, but has the type {shown(kind)}")
        make, wanted = _SCALARS[kind]
        try:
            return make(node.value)
        except (ValueError, KeyError):
            return self._refuse_value(path, line, f"be {wanted}, but got {shown(node.value)}")

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if str(key_node.tag) != _TAG + "str":
                self._refuse(path, line, f"have text as keys, but has {_described(key_node)}")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.document.lines[(*path, key)]
                text = f"be given once, but is also given in line {first}"
                self._refuse((*path, key), line, text)
                continue
            self.document.lines[(*path, key)] = line
            result[key] = self.convert(value_node, (*path, key))
        return result

    def _refuse_value(self, path: KeyPath, line: int, what: str) -> None:
        self.document.refused.add(path)
        self._refuse(path, line, what)

    def _refuse(self, path: KeyPath, line: int, what: str) -> None:
        name = dotted(path) or "the file"
        self.document.problems.append(Problem(f"Argument `{name}` must {what}.", line))


def _described(key: Node) -> str:
    """A key that is no text, for messages."""
    if not isinstance(key, ScalarNode):
        return "a mapping or a list as one"
    if str(key.tag) == _TAG + "merge":
        return "the merge key '<<' (write the keys out)"
    return f"the key {shown(key.value)}"


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError
    digits = text.replace("_", "")
    prefixed = digits.lstrip("+-")[:2].lower() in ("0x", "0o", "0b")
    return int(digits, 0 if prefixed else 10)


def _float(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, tuple[Callable[[str], Any], str]] = {
    "str": (str, "text"),
    "int": (_integer, f"an integer of at most {MOST_DIGITS} digits"),
    "float": (_float, "a number"),
    "bool": (lambda text: {"true": True, "false": False}[text.lower()], "true or false"),
    "null": (lambda text: {"": None, "~": None, "null": None}[text.lower()], "null"),
}
"""For each type of plain YAML how a value is made of its text, and what it must be."""
