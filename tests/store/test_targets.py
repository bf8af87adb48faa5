"""How many batches a target asks for, and what may be a target."""

from __future__ import annotations

import math
from typing import Any

import pytest
from sweeps import sweep

import twoqs
from twoqs.measure import asked
from twoqs.store.targets import (
    GROWTH,
    LEAST_GROWTH,
    next_batches,
)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
def test_a_target_that_is_met_asks_for_nothing(ratio: float) -> None:
    assert next_batches(7, ratio, 100) == 7


@pytest.mark.parametrize("number", [2, 3, 10, 1000])
@pytest.mark.parametrize("ratio", [1.0001, 1.05, 1.2, 1.5, 3.0, 1e9, math.inf])
def test_rounds_grow_within_bounds(number: int, ratio: float) -> None:
    following = next_batches(number, ratio, 10**9)
    assert number < following <= GROWTH * number
    assert following >= min(LEAST_GROWTH, ratio**2) * number
    # Beyond what is needed only by rounding up, or by the least growth.
    assert following <= max(number * ratio**2, LEAST_GROWTH * number) + 1
    assert next_batches(number, ratio, number + 1) == number + 1
    assert next_batches(number, ratio, number) == number


@pytest.mark.parametrize(
    ("model", "numerics"),
    [
        ({}, {"times": [0, 1]}),
        ({}, {"average": [0.5, 1.0]}),
        ({"lattice": {"chain": {"n": 6}}}, {"average": [0.5, 1.0]}),
        (
            {"lattice": {"chain": {"n": 6}}},
            {"average": [0.5, 1.0], "observables": ["sites", "correlation"]},
        ),
        ({"lattice": {"chain": {"n": 6}}}, {"times": [1], "observables": ["correlation"]}),
        (
            {"lattice": {"square": {"nx": 3, "ny": 3}}},
            {"average": [0.5, 1.0], "observables": ["correlation"]},
        ),
    ],
)
def test_targets_may_name_all_that_has_a_standard_error(model: Any, numerics: Any) -> None:
    (point,) = sweep(axes={}, model={"spin": 2, "decay": 1.0, **model}, numerics=numerics).points
    result = twoqs.simulate(point.model, trajectories=64, **numerics)
    assert set(asked(point.model, point.numerics)) == {
        str(name) for name in result.data_vars if f"{name}_se" in result
    }
