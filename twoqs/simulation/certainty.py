"""How far noise alone takes a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.kernels.moments import GROUP
from twoqs.measure.statistics import MOST_GROUPS
from twoqs.model.arrays import Floats

TAIL_PROBABILITY = 1e-6
"""Probability that noise alone exceeds the slack at a value, so that a dataset of 10^4 has none;
errors of few groups are uncertain themselves, hence Student's distribution."""


def certain_errors(trajectories: NDArray[Any]) -> Floats:
    """Standard errors that noise does not exceed, by the number of groups they are made from.

    NaN, which no value exceeds, where there is no error.
    """
    groups = np.minimum(trajectories // GROUP, MOST_GROUPS)
    quantile = scipy.special.stdtrit(np.maximum(groups - 1, 1), 1 - TAIL_PROBABILITY)
    return np.where(groups > 1, quantile, np.nan)
