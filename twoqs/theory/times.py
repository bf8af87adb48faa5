"""Times at which a theory is asked for values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twoqs.errors import require
from twoqs.model.arrays import Floats


def checked_times(times: ArrayLike) -> Floats:
    """Times as an array of shape (time,).

    Raises:
        ArgumentError: unless they are finite, not negative and ascending.
    """
    t = np.asarray(times, dtype=float)
    ok = t.ndim == 1 and len(t) > 0 and bool(np.all(np.isfinite(t)) and t[0] >= 0)
    ok = ok and bool(np.all(np.diff(t) >= 0))
    require(ok, "times", "be an ascending list of finite numbers from 0 on", times)
    return t
