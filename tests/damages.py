"""Damage to a store, or harm put into it: functions of its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twoqs.store.merged import tree_digest

Damage = Callable[[Path], None]
NESTED = "[" * 100_000 + "]" * 100_000


def text(name: str, content: str) -> Damage:
    return lambda store: (store / name).write_text(content, encoding="utf-8") and None


def pipe(name: str) -> Damage:
    def damage(store: Path) -> None:
        (store / name).unlink()
        os.mkfifo(store / name)

    return damage


def endless(name: str) -> Damage:
    def damage(store: Path) -> None:
        (store / name).unlink()
        (store / name).symlink_to("/dev/zero")

    return damage


def huge(name: str) -> Damage:
    return lambda store: os.truncate(store / name, 10**11)


def edited(name: str, *path: str, value: Any) -> Damage:
    """A JSON file with another value at a path."""

    def damage(store: Path) -> None:
        content = json.loads((store / name).read_text(encoding="utf-8"))
        inner = content
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        (store / name).write_text(json.dumps(content), encoding="utf-8")

    return damage


def array(name: str, *path: str, value: Any) -> Damage:
    """Other metadata of a merged array, with all digests made to fit."""

    def damage(store: Path) -> None:
        merged = store / "merged.zarr"
        edited(f"merged.zarr/{name}/zarr.json", *path, value=value)(store)
        metadata = json.loads((merged / name / "zarr.json").read_text(encoding="utf-8"))
        root = "merged.zarr/zarr.json"
        edited(root, "consolidated_metadata", "metadata", name, value=metadata)(store)
        edited(root, "attributes", "content_sha256", value=tree_digest(merged))(store)

    return damage


def root(*path: str, value: Any) -> Damage:
    return edited("merged.zarr/zarr.json", *path, value=value)


def known(name: str, value: Any) -> Damage:
    return root("consolidated_metadata", "metadata", name, value=value)
