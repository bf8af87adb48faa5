"""What options say in place of the sweep file."""

from __future__ import annotations

import argparse
import math
from typing import Any

from twoqs.errors import require


def changes_of(options: argparse.Namespace) -> dict[str, Any]:
    """Values by the dotted paths of a sweep file, of `--set`, `--target-se` and so on.

    Raises:
        ArgumentError: for what has not the form of such an option.
    """
    from twoqs.sweep.source import parse

    changes: dict[str, Any] = {}
    for text in options.set:
        path, separator, value = text.partition("=")
        form = "have the form PATH=VALUE, such as trajectories=64 or model.decay=0.5"
        require(all(path.split(".")) and bool(separator), "set", form, text)
        require(path not in changes, "set", f"name {path} once", text)
        changes[path] = parse(f"value: {value}", f"--set {path}").data["value"]
    for option in ("target-se", "target-step"):
        word = option.replace("-", "_")
        for text in getattr(options, word, []):
            name, separator, value = text.partition("=")
            form = "have the form VAR=ERROR, such as sz=1e-3"
            require(name.isidentifier() and bool(separator), option, form, text)
            key = f"{word}.{name}"
            require(key not in changes, option, f"name {name} once", text)
            changes[key] = _positive(option, value)
    if getattr(options, "max_trajectories", None) is not None:
        changes["max_trajectories"] = options.max_trajectories
    return changes


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    require(0 < value < math.inf, name, "give a positive number", text)
    return value
