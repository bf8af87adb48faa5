"""Points of large sweeps that were made before, kept among the user's caches.

To make a point takes about a millisecond: its model is built and checked. What is kept counts for
the same settings, code and libraries alone. A file that is absent, damaged or of others costs the
time to make the points again, and no more.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from twoqs.simulation.batch import Cost
from twoqs.simulation.canonical import canonical
from twoqs.simulation.provenance import identity
from twoqs.sweep.axes import Axis
from twoqs.sweep.point import Point, PointFacts
from twoqs.sweep.points import grid_of

LARGE_GRID = 500
"""Points of a sweep that are worth a file ..."""

MOST_LETTERS = 200_000_000
"""... unless their settings have more letters than this ..."""

MOST_FILES = 16
"""... and this many files are kept at most: the last ones."""

_DIGEST_SIZE = hashlib.sha256().digest_size


class RecalledPoints:
    """The file for the points of one grid.

    Args:
        base: settings that all points share.
        axes: what sets the others.
    """

    def __init__(self, base: dict[str, Any], axes: tuple[Axis, ...]) -> None:
        self._base, self._axes = base, axes
        self._path = self._file(base)

    def _file(self, base: dict[str, Any]) -> Path:
        known = canonical(base), self._axes, sorted(identity().items())
        name = hashlib.sha256(repr(known).encode()).hexdigest()[:32]
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(root) / "twoqs" / "points" / name

    def read(self) -> list[Point] | None:
        """The points, or None if they are not there."""
        try:
            content = self._path.read_bytes()
            digest, packed = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
            if hashlib.sha256(packed).digest() != digest:
                return None
            numerics, rows = json.loads(zlib.decompress(packed))
        except OSError:
            return None
        dims, points = [axis.name for axis in self._axes], []
        places = grid_of(self._base, self._axes)
        for (index, coordinates, _), row in zip(places, rows, strict=True):
            own = {name: coordinates[name] for name in dims}
            together = {name: value for name, value in coordinates.items() if name not in own}
            model, number, name, requested, auto, per_batch, cost, *others = row
            facts = PointFacts(per_batch, Cost(*cost), *others)
            settings = model, numerics[number]
            points.append(Point(index, own, settings, facts, name, requested, together, auto))
        return points

    def keep(self, points: Sequence[Point]) -> None:
        """Write the points, if the disk takes them."""
        if sum(len(point.settings[0]) for point in points) > MOST_LETTERS:
            return
        numerics = {text: i for i, text in enumerate({p.settings[1]: 0 for p in points})}
        rows = [
            (p.settings[0], numerics[p.settings[1]], p.point_id, p.requested, p.auto, *p.facts)
            for p in points
        ]
        packed = zlib.compress(json.dumps([list(numerics), rows]).encode(), 1)
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(hashlib.sha256(packed).digest() + packed)
            os.replace(partial, self._path)
            self._keep_named(points)
            files = sorted(self._path.parent.iterdir(), key=lambda file: file.stat().st_mtime_ns)
            for file in files[:-MOST_FILES]:
                file.unlink()

    def _keep_named(self, points: Sequence[Point]) -> None:
        """Keep the points for the content of the same sweep that names the scheme, as stores do."""
        numerics, schemes = self._base["numerics"], {point.facts.scheme for point in points}
        if "scheme" not in numerics and len(schemes) == 1:
            named = self._file(self._base | {"numerics": numerics | {"scheme": schemes.pop()}})
            named.unlink(missing_ok=True)
            os.link(self._path, named)
