"""What sweeps of a workflow may be called."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.text import hint

SWEEP_NAME = "[A-Za-z0-9][A-Za-z0-9_-]*?"
"""Names of sweeps as a regular expression: a size at the end of a file's name is no part of it."""

SIZES = ("preview", "fine")
"""Sizes that files of results can be asked for beside the one of the configuration."""


def suffixes(size: str) -> str:
    """Regular expression of what follows names in files of results: `-preview`, or nothing.

    The full size, `paper`, is what sweep files have without any.
    """
    named = dict.fromkeys([*SIZES, *([] if size == "paper" else [size])])
    return "|".join(["", *(f"-{one}" for one in named)])


def check_sweeps(
    names: Sequence[str], folder: str, size: str, reserved: Mapping[str, Path | str]
) -> None:
    """Refuse names of one's own sweeps that cannot be made.

    Args:
        names: of the configuration.
        folder: where their files are, `<name>.yaml`.
        size: of the configuration.
        reserved: names that the workflow has for its own sweeps, and their files.

    Raises:
        ArgumentError: for a name that has no file, is reserved, or can be no name of a sweep.
    """
    for name in names:
        wanted = "name sweeps of your own: the paper's are made by `figures` and `accuracy`"
        require(name not in reserved, "sweeps", wanted, name)
        endings = suffixes(size)
        wanted = "hold names of letters, digits, - and _ that do not end in " + " or ".join(
            endings.split("|")[1:]
        )
        alone = re.fullmatch(f"({SWEEP_NAME})({endings})", name)
        require(alone is not None and alone[1] == name, "sweeps", wanted, name)
        if not Path(folder, f"{name}.yaml").is_file():
            raise ArgumentError(
                f"Argument `sweeps` must name files of the folder {folder}, but there is no "
                f"{name}.yaml{hint(name, _names(folder, reserved), _told)}."
            )
    for name, file in reserved.items():
        path = Path(folder, f"{name}.yaml")
        if path.is_file() and not (Path(file).is_file() and path.samefile(file)):
            wanted = f"hold no sweep that is called {name}, as one of the paper's"
            raise ArgumentError.of("sweeps_folder", wanted, folder)


def _names(folder: str, reserved: Collection[str]) -> list[str]:
    return sorted({path.stem for path in Path(folder).glob("*.yaml")} - {*reserved})


def _told(few: Sequence[str]) -> str:
    return f"there are: {', '.join(few)}"


def check_title(path: str, title: Any) -> None:
    """Refuse a sweep that calls itself otherwise than its file is called.

    Raises:
        ArgumentError: then; results would be found under two names.
    """
    if isinstance(title, str) and title != Path(path).stem:
        raise ArgumentError(
            f"{path}: Argument `name` must be that of the file, {Path(path).stem}, "
            f"but got {title!r}."
        )
