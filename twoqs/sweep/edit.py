"""Changes axes in the text of a sweep file, and leaves all else as it was written."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node

LINE_WIDTH = 100
"""Columns that a list of values fills."""

INDENT = 2


def dump(spec: Mapping[str, Any]) -> str:
    """The text of a sweep file with this content."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = LINE_WIDTH
    stream = io.StringIO()
    yaml.dump(dict(spec), stream)
    return stream.getvalue()


def with_axis_values(
    text: str, values: Mapping[str, Sequence[int | float]], size: str | None = None
) -> str:
    """The text with other values of some axes, each as a list of numbers.

    What stands elsewhere, comments included, stays. With `size`, the values are those of this size:
    they are written among what it lays over the rest.

    Args:
        values: by the names of axes, `path.zip.J_x` for what moves along another.
    """
    for name, numbers in values.items():
        text = _replaced(text, name, numbers, size)
    return text


def _replaced(text: str, name: str, numbers: Sequence[int | float], size: str | None) -> str:
    root = YAML(typ="safe", pure=True).compose(text)
    overlay = None if size is None else _at(_at(root, "sizes"), size)
    if not isinstance(overlay, MappingNode):
        key, holder = "values", _at(root, "axes")
        for part in name.split("."):
            holder = _at(holder, part)
    else:
        key, holder = f"axes.{name}.values", overlay
    assert isinstance(holder, MappingNode)
    node = _at(holder, key)
    if node is None:
        return _inserted(text, holder, key, numbers)
    start, column = node.start_mark.index, node.start_mark.column
    # The dashes of a list may stand below the key, but a list in brackets must be indented.
    indent = int(holder.start_mark.column) + INDENT
    missing = max(0, indent - column)
    listed = _listed(numbers, column + missing, indent)
    return f"{text[:start]}{' ' * missing}{listed}{text[_end(node) :]}"


def with_zipped_axes(text: str, names: Sequence[str], dim: str) -> str:
    """The text with axes that move together along a new one, at the place of the first of them.

    What stands elsewhere, comments included, stays.
    """
    axes = _at(YAML(typ="safe", pure=True).compose(text), "axes")
    assert isinstance(axes, MappingNode)
    cut = _cut_from_flow if axes.flow_style else _cut_from_block
    return cut(text, axes, names, dim)


def _cut_from_block(text: str, axes: MappingNode, names: Sequence[str], dim: str) -> str:
    lines, taken = text.splitlines(keepends=True), {}
    spans = {
        key.value: (key.start_mark.line, text.count("\n", 0, _end(value)) + 1)
        for key, value in axes.value
        if key.value in names
    }
    for name in sorted(names, key=lambda name: spans[name], reverse=True):
        first, last = spans[name]
        taken[name] = "".join(lines[first:last]).rstrip("\n") + "\n"
        lines[first:last] = []
    before = " " * int(axes.start_mark.column)
    parts = "".join(textwrap.indent(taken[name], 2 * INDENT * " ") for name in names)
    lines.insert(first, f"{before}{dim}:\n{before}{' ' * INDENT}zip:\n{parts}")
    return "".join(lines)


def _cut_from_flow(text: str, axes: MappingNode, names: Sequence[str], dim: str) -> str:
    items = {key.value: text[key.start_mark.index : _end(value)] for key, value in axes.value}
    both = ", ".join(items[name] for name in names)
    place = min(list(items).index(name) for name in names)
    kept = [item for name, item in items.items() if name not in names]
    kept.insert(place, f'"{dim}": {{"zip": {{{both}}}}}')
    return f"{text[: axes.start_mark.index]}{{{', '.join(kept)}}}{text[_end(axes) :]}"


def _inserted(text: str, holder: MappingNode, key: str, numbers: Sequence[int | float]) -> str:
    """The text with a key more at the start of a mapping."""
    start = holder.start_mark.index
    column = int(holder.start_mark.column)
    listed = _listed(numbers, column + len(key) + 2, column + INDENT)
    if holder.flow_style:
        comma = ", " if holder.value else ""
        return f"{text[: start + 1]}{key}: {listed}{comma}{text[start + 1 :]}"
    return f"{text[:start]}{key}: {listed}\n{' ' * column}{text[start:]}"


def _at(node: Node | None, key: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _end(node: Node) -> int:
    """Where a value ends: after its last part, for the end of a block includes what follows it."""
    if isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _listed(numbers: Sequence[int | float], column: int, indent: int) -> str:
    """A list of numbers as YAML, and as JSON, in lines that are indented by `indent`."""
    content = "[" + ", ".join(repr(number) for number in numbers) + "]"
    lines = textwrap.fill(
        content,
        LINE_WIDTH,
        initial_indent=" " * min(column, LINE_WIDTH // 2),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.lstrip()
