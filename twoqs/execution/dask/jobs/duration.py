"""Durations as queueing systems write them."""

from __future__ import annotations

HOURS = r"^(\d{1,3}-)?\d{1,4}:[0-5]\d:[0-5]\d$"
"""Hours, minutes and seconds, with days before them if need be: 04:00:00, 2-00:00:00."""


def seconds(text: str) -> float:
    """Seconds in `[days-]hours:minutes[:seconds]`."""
    days, _, clock = text.rpartition("-")
    hours, minutes, *rest = (int(part) for part in clock.split(":"))
    return float(86400 * int(days or 0) + 3600 * hours + 60 * minutes + sum(rest))
