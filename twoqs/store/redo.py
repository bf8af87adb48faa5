"""Which batches of a store are to be computed anew, though they are done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from twoqs.errors import ArgumentError
from twoqs.store.store import Store
from twoqs.sweep import Point


class Chosen(NamedTuple):
    """Batches of a point that are done.

    Attributes:
        point: the point.
        batches: their numbers, in order.
    """

    point: Point
    batches: list[int]


def chosen_batches(
    store: Store, points: Iterable[Point], batches: slice = slice(None), code: str | None = None
) -> list[Chosen]:
    """Batches of points that are done, point by point.

    Args:
        batches: their numbers; also those beyond what the sweep asks for by now.
        code: beginning of the digest of the code that computed them, if only its own are meant.

    Raises:
        ArgumentError: if no such code computed anything.
    """
    origins = None if code is None else store.origins.of_code(code)
    if origins == {}:
        known = ", ".join(sorted({one[:16] for one in store.origins.of_code("").values()}))
        raise ArgumentError.of("origin", f"be how the digest of a code begins ({known})", code)
    found = []
    for identity, point in {point.point_id: point for point in points}.items():
        span = store.ledger.span(identity)
        inside = range(span)[batches]
        numbers = [
            batch
            for batch in store.ledger.done(identity, span)
            if batch in inside
            and (origins is None or store.ledger.origin(identity, batch) in origins)
        ]
        if numbers:
            found.append(Chosen(point, numbers))
    return found
