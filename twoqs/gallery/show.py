"""Makes an item of the gallery: its picture, and the table of its numbers beside published ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pandas as pd

import twoqs.gallery.items
from twoqs.errors import require
from twoqs.gallery.claims import Published, claims_of, read_published
from twoqs.gallery.numbers import Compared
from twoqs.look.open import load
from twoqs.look.plot.save import check_output, save
from twoqs.store.files import write_atomic

ITEMS = tuple(sorted(module.name for module in iter_modules(twoqs.gallery.items.__path__)))
"""Each is a module: `SWEEPS`, names of its sweeps; `figure` and `numbers` of their datasets."""


def item_of(name: str) -> ModuleType:
    """The module of an item.

    Raises:
        ArgumentError: if there is none of this name.
    """
    require(name in ITEMS, "name", f"be one of {', '.join(ITEMS)}", name)
    return import_module(f"twoqs.gallery.items.{name}")


def show(
    name: str,
    stores: Sequence[str | os.PathLike[str]],
    claims: str | os.PathLike[str],
    outputs: Iterable[str | os.PathLike[str]],
    table: str | os.PathLike[str],
) -> pd.DataFrame:
    """Draw an item from its stores, and write its numbers beside those that were published.

    Args:
        stores: of its sweeps, in the order of `SWEEPS`.
        claims: file of what was published.
        outputs: pictures (PDF, PNG, SVG by their ending).
        table: file of the numbers, CSV.

    Returns:
        The table: `claim says value se published within holds expected source because`.

    Raises:
        ArgumentError: if there is no such item, or it has another number of sweeps, or other claims
            than numbers.
        SpecError: if the file of claims cannot be used.
        StoreError: if a store is not finished, or a file cannot be written.
    """
    item, paths = item_of(name), [Path(output) for output in outputs]
    for path in paths:
        check_output(path)
    wanted = f"be {len(item.SWEEPS)}, of {', '.join(item.SWEEPS)}"
    require(len(stores) == len(item.SWEEPS), "stores", wanted, len(stores))
    published = claims_of(read_published(claims), name)
    data = [load(store) for store in stores]
    numbers: dict[str, Compared] = item.numbers(*data)
    same = numbers.keys() == published.keys()
    require(same, "claims", f"be about {', '.join(numbers)}", ", ".join(published))
    rows = [_row(one, numbers[one], claim) for one, claim in published.items()]
    found = pd.DataFrame(rows)
    save(lambda: item.figure(*data), paths)
    write_atomic(Path(table), found.to_csv(index=False).encode())
    return found


def _row(name: str, number: Compared, claim: Published) -> dict[str, object]:
    return {
        "claim": name,
        "says": claim.says,
        "value": number.value,
        "se": number.se,
        "published": claim.published,
        "within": claim.within,
        "holds": claim.holds(number),
        "expected": claim.expected,
        "source": claim.source,
        "because": claim.because,
    }
