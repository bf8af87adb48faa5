"""What differs between two sweeps and between what computed them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def setting_differences(
    one: dict[str, Any], other: dict[str, Any], steps: tuple[str, str]
) -> Iterator[tuple[str, Any, Any]]:
    """What differs between two sweeps, and between what computed them: name, and both values."""
    yield from _unequal("", json.loads(one["sweep"]), json.loads(other["sweep"]))
    if steps[0] != steps[1]:
        yield "longest step", *steps
    made_by = [json.loads(attributes["origins"]) for attributes in (one, other)]
    for key in sorted({key for origins in made_by for origin in origins for key in origin}):
        texts = [", ".join(sorted({str(x.get(key)) for x in origins})) for origins in made_by]
        if texts[0] != texts[1] and key != "batches":
            yield f"origin: {key}", texts[0], texts[1]


def _unequal(path: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(set(one) | set(other)):
            inner = f"{path}.{key}" if path else key
            yield from _unequal(inner, one.get(key), other.get(key))
    elif one != other:
        yield path, one, other
