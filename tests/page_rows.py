"""The rows of the page on models, as models: what they name, in Python and in YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pages import blocks, page

import twoqs
from twoqs.sweep import Sweep
from twoqs.sweep.source import read_document

PAGE = page("models.md")
SWEEP = """\
name: row
seed: 1
trajectories: 64
numerics: {times: [0, 1]}
axes: {}
"""
FIRST, *_ = (content for language, content, _ in blocks(PAGE) if language == "python")


def names_of_page() -> dict[str, Any]:
    """What the first block of the page defines."""
    space: dict[str, Any] = {}
    exec(FIRST, space)
    return space


def members_of_page(folder: Path) -> dict[str, Any]:
    """The same in YAML: `members` and `parameters`."""
    (content,) = (content for _, content, _ in blocks(PAGE) if "# members.yaml" in content)
    file = folder / "members.yaml"
    file.write_text(content)
    found: dict[str, Any] = read_document(file).data["model"]
    return found


def used(text: str, candidates: dict[str, Any]) -> dict[str, Any]:
    """Those of some names that occur in formulas."""
    return {n: value for n, value in candidates.items() if re.search(rf"(?<![\w.]){n}\b", text)}


def from_yaml(tmp_path: Path, model: str) -> twoqs.Model:
    """The model of a sweep file with this text below `model`."""
    (tmp_path / "row.yaml").write_text(SWEEP + model)
    return Sweep.from_file(tmp_path / "row.yaml").points[0].model


def with_members(tmp_path: Path, members: dict[str, Any], key: str, cell: str) -> twoqs.Model:
    """The model of one key in YAML, with the members and parameters that it names."""
    formulas = re.sub(r"\b(operators?|rates?|collapse):", "", cell)
    kept = {part: used(formulas, members[part]) for part in ("members", "parameters")}
    lines = [f"  {part}: {value}".replace("False", "false") for part, value in kept.items()]
    return from_yaml(tmp_path, "\n".join(["model:", *lines, f"  {key}: {cell}\n"]))
