"""Quantiles of what a histogram has counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twoqs.model.arrays import Floats


def quantiles(
    shares: Floats, below: Floats, edges: Floats, probabilities: Sequence[float]
) -> Floats:
    """Values that a share of all others is below, between edges as if bins were filled evenly.

    Args:
        shares: of values in bins, shape (..., bin).
        below: share of values below all bins, shape (...).

    Returns:
        Shape (..., probability); NaN where a quantile is outside of all bins.
    """
    until = below[..., None] + np.concatenate(
        [np.zeros((*below.shape, 1)), np.cumsum(shares, axis=-1)], axis=-1
    )
    found = np.full((*below.shape, len(probabilities)), np.nan)
    for k, probability in enumerate(probabilities):
        reached = until[..., 1:] >= probability
        bin_ = np.argmax(reached, axis=-1)
        low = np.take_along_axis(until, bin_[..., None], axis=-1)[..., 0]
        share = np.take_along_axis(shares, bin_[..., None], axis=-1)[..., 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            inner = np.clip((probability - low) / share, 0.0, 1.0)
        value = edges[bin_] + inner * np.diff(edges)[bin_]
        known = reached.any(axis=-1) & (below < probability)
        found[..., k] = np.where(known, value, np.nan)
    return found
