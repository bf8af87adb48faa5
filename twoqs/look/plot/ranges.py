"""Which part of an axis is drawn, and whether by its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from twoqs.measure import error_name

LOG_RATIO = 100.0
"""Ratio of the ends of an axis from which on it may be logarithmic."""

OMEGA, FAINT, CERTAIN, BESIDE_LINES = "_omega", 0.01, 4.0, 1.25
"""How dimensions of frequencies end; of a spectrum the share of its height and the errors above
which it has a line, and how much is shown beside the lines."""


def feature_range(data: xr.Dataset, name: str, x: str) -> tuple[float, float] | None:
    """The frequencies at which spectra have lines, of both signs if they have; None for all.

    Lines are where one is off its median by more than FAINT of the most, and by CERTAIN errors.
    """
    if not x.endswith(OMEGA):
        return None
    off = np.abs(data[name] - data[name].median(x))
    certain = CERTAIN * data[error_name(name)] if error_name(name) in data else 0.0
    seen = (off > FAINT * off.max()) & (off > certain)
    omega = np.abs(data[x].values)
    along = seen.any([dim for dim in seen.dims if dim != x]).values
    end = BESIDE_LINES * float(np.max(omega, where=along, initial=0.0))
    if not 0 < end < np.max(omega):
        return None
    return (-end if np.min(data[x]) < 0 else 0.0), end


def is_geometric(values: Any) -> bool:
    """Whether values, as those of a logspace, are more even in their logarithm than as they are."""
    values = np.unique(values)
    if len(values) < 3 or values[0] <= 0 or values[-1] / values[0] < LOG_RATIO:
        return False
    gaps, ratios = np.diff(values), np.diff(np.log(values))
    return bool(ratios.std() / ratios.mean() < gaps.std() / gaps.mean())
