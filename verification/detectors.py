"""Detectors and correlators that are wrong on purpose, for negative controls."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from twoqs.methods.numerics import Numerics
from twoqs.methods.request import SamplesOfCall
from twoqs.observe import coherence
from twoqs.observe.output import _Recorder
from twoqs.observe.piece_sums import PieceSums


def noise_apart(monkeypatch: pytest.MonkeyPatch, rate: float, width: float, weight: float) -> None:
    """Records of sqrt(2G) s^- of the first site, with vacuum noise that the system does not see.

    Args:
        rate: G.
        width: of a bin.
        weight: m of <S^-> = m E[s^-].
    """
    monkeypatch.setattr(Numerics, "vectors", True)
    for taker in (_Recorder, PieceSums):
        monkeypatch.setattr(taker, "add_all", _apart(taker.add_all, rate, width, weight))


def _apart(
    right: Callable[[Any, SamplesOfCall], None], rate: float, width: float, weight: float
) -> Callable[[Any, SamplesOfCall], None]:
    rng = np.random.default_rng(1)

    def add_all(taker: Any, samples: SamplesOfCall) -> None:
        x, y = samples.bloch[:, 0, 0], samples.bloch[:, 1, 0]
        light = math.sqrt(2 * rate) * weight * width * np.stack([x, -y], axis=1)
        noise = rng.normal(size=light.shape) * math.sqrt(width) / 2
        right(taker, samples._replace(fields=(light + noise)[:, None]))

    return add_all


def lags_off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each lag has the products of the next one."""
    right = coherence.lag_sums

    def late(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
        return np.asarray(right(one, other, count + 1)[1:])

    monkeypatch.setattr(coherence, "lag_sums", late)
