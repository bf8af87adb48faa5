"""The configuration of a workflow of sweeps: its keys, their defaults, and what they may be."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.text import hint
from twoqs.workflow.names import SWEEP_NAME

DEFAULTS: dict[str, Any] = {
    "sweeps": [],  # names of sweeps of one's own
    "sweeps_folder": "config/sweeps",  # where their files are
    "variables": {},  # what their pictures show, by name
    "size": "paper",  # of all sweeps
    "claims": "",  # file of claims
    "scheduler": "",  # address of a Dask scheduler
    "tls": "",  # folder of its ca.pem, cert.pem and key.pem
    "cluster": "",  # cluster file
}
"""Keys, and what they are if left out; an empty text stands for none."""

_FORMS: dict[type, tuple[str, str]] = {
    list: (r".+", "be a list of names, each once"),
    dict: (r"[A-Za-z]\w*", "be a mapping of names of sweeps to names of variables"),
    str: (r".*", "be text"),
}
"""Regular expression of the entries of values, and words for both, by the type of the default."""

_PATTERNS = {
    "size": (SWEEP_NAME, "be the name of a size"),
    # It becomes part of a command.
    "scheduler": (r"((tcp|tls)://[A-Za-z0-9_.:\[\]-]+)?", "be tcp://host:port or tls://host:port"),
    "sweeps_folder": (r".+", "be the path of a folder"),
}
"""Likewise of single keys."""


def settings(
    config: Mapping[str, Any], choices: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """A configuration with all defaults filled in, and the home folder in place of `~`.

    Args:
        choices: what a key may be, or a list may hold; keys that `DEFAULTS` has not are lists.

    Raises:
        ArgumentError: for a key that does not exist, or a value that cannot be.
    """
    choices = choices or {}
    defaults = {key: list(names) for key, names in choices.items()} | DEFAULTS
    for key, value in config.items():
        if key not in defaults:
            told = hint(key, list(defaults), lambda few: f"valid: {', '.join(few)}")
            raise ArgumentError(f"Argument `{key}` must be left out: there is no such key{told}.")
        pattern, wanted = _PATTERNS.get(key, _FORMS[type(defaults[key])])
        fits = isinstance(value, type(defaults[key])) and all(
            isinstance(one, str) and re.fullmatch(pattern, one) for one in _entries(value)
        )
        twice = isinstance(value, list) and len(set(map(str, value))) < len(value)
        require(fits and not twice, key, wanted, value)
        if key in choices:
            known = all(one in choices[key] for one in _entries(value)) and len(value) > 0
            few = "be some of" if isinstance(value, list) else "be one of"
            require(known, key, f"{few} {', '.join(choices[key])}", value)
    found = defaults | dict(config)
    return found | {key: os.path.expanduser(found[key]) for key in ("sweeps_folder", "claims")}


def _entries(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]
