"""Windows of time that begin before their values have relaxed: what is wrong, and what to type."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from twoqs.measure.drift import ALARMS, DRIFTING, RELAXATION_TIME, WINDOW_FLAG, WINDOW_WORDS
from twoqs.measure.names import error_name, without_errors
from twoqs.measure.statuses import NEVER_AT_REST

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 3
"""Values that a warning names; others are counted."""

LATE = 3.0
"""Relaxation times before which a window should not begin: then exp(-3) = 5 % are left."""


class NotStationaryWarning(UserWarning):
    """Averages over a window that begins too early, whatever their standard errors say.

    Examples:
        >>> import warnings
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0, initial="up")
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     ds = twoqs.simulate(model, average=(0, 1), trajectories=256)
        >>> print(told[0].message)
        The average over times 0 to 1 is none of a steady state: ...
    """


def drifting(data: Any) -> dict[str, float]:
    """Values that the window is off by more than their standard error: by how many at most.

    Args:
        data: a result over a window, or its variables at one point.
    """
    found = {name: _off(data, name) for name in without_errors(data)}
    return {name: off for name, off in found.items() if off > 1}


def _off(data: Any, name: str) -> float:
    """What the window is off by at most, in standard errors."""
    known = error_name(name, "drift") in data and error_name(name) in data
    if not known:
        return 0.0
    with np.errstate(all="ignore"):
        ratio = np.asarray(data[error_name(name, "drift")]) / np.asarray(data[error_name(name)])
    return float(np.max(np.nan_to_num(ratio, nan=0.0), initial=0.0))


def begin_at(time: float, average: tuple[float, float]) -> str:
    """When a window should begin, and where it ends then, in words."""
    start, end = average
    if math.isinf(time) or LATE * time > 100 * end:
        return (
            "the relaxation is too slow for this run to tell its time: try a window that begins "
            f"ten times as late, as {_window(10 * end, end - start)}"
        )
    first = max(LATE * time, end)
    return (
        f"relaxation time about {_rough(time)}: begin at {_rough(first)} or later, as "
        f"{_window(first, max(end - start, time))}"
    )


def _window(start: float, length: float) -> str:
    """A window of this length, or a tenth of its beginning: less is gone in two digits."""
    return f"average=({_rough(start)}, {_rough(start + max(length, start / 10))})"


def stationarity_note(
    data: xr.Dataset, average: tuple[float, float], keeps_length: bool
) -> str | None:
    """A sentence about a result over a window that begins too early; None about others.

    Args:
        keeps_length: whether the method keeps the lengths of spins; if not, no window is late
            enough for them.
    """
    if WINDOW_FLAG not in data:
        return None
    code = int(data.variables[WINDOW_FLAG].values)
    word = WINDOW_WORDS[code]
    off = drifting(data.variables) if word in ALARMS else {}
    if not off:
        return None
    worst = sorted(off, key=lambda name: -off[name])
    shown = ", ".join(f"`{name}` by {_rough(off[name])}" for name in worst[:SHOWN])
    others = f", and {len(off) - SHOWN} more" if len(off) > SHOWN else ""
    what = (
        "its second half differs from the first"
        if word == DRIFTING
        else "it remembers how trajectories began"
    )
    time = float(data.variables[RELAXATION_TIME].values)
    todo = begin_at(time, average).capitalize()
    if not keeps_length:
        todo += f"; but {NEVER_AT_REST}"
    return (
        f"The average over times {average[0]:g} to {average[1]:g} is none of a steady state: {what}"
        f". Values are off by more than their standard errors, {shown} of them{others} "
        f"(estimates: `{worst[0]}_drift` and so on). {todo}."
    )


def _rough(value: float) -> str:
    """Two digits of a number."""
    return f"{float(f'{value:.2g}'):g}"
