"""A folder with a workflow in it, ready to be run."""

from __future__ import annotations

import os
from pathlib import Path

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import file_name
from twoqs.workflow import HOME
from twoqs.workflow.examples import example_text

TEMPLATE = HOME / "template"

FIRST = "driven_spin"
"""The example that a new folder has."""


def make_folder(folder: str | os.PathLike[str]) -> Path:
    """Write a Snakefile, its configuration and a first sweep into a new or empty folder.

    Raises:
        ArgumentError: if there is something in the folder, or it cannot be written.
    """
    target = Path(file_name("folder", folder))
    try:
        empty = not target.exists() or (target.is_dir() and not any(target.iterdir()))
        require(empty, "folder", "be a new or an empty folder", str(target))
        for path in sorted(TEMPLATE.rglob("*")):
            if path.is_file():
                _write(target / path.relative_to(TEMPLATE), path.read_text(encoding="utf-8"))
        _write(target / "config" / "sweeps" / f"{FIRST}.yaml", example_text(FIRST))
    except OSError as error:
        wanted = f"be a folder that can be written ({error.strerror})"
        raise ArgumentError.of("folder", wanted, str(target)) from error
    return target


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
