"""Targets of standard errors at full size: how near a run comes to the least budget."""

from __future__ import annotations

from itertools import count

from twoqs.execution.run import Workers, carry_out
from twoqs.store import Store
from twoqs.store.records import record_shape
from twoqs.store.targets import standard_errors
from twoqs.sweep import Sweep

TARGET = 1.5e-3

CHAIN = {
    "name": "chain",
    "seed": 11,
    "trajectories": 512,
    "target_se": {"sz": TARGET},
    "model": {
        "spin": 5000,
        "lattice": {"chain": {"n": 100}},
        "coupling": [0.5, 0, 0],
        "decay": 1.0,
    },
    "numerics": {"average": [10, 30]},
    # Up to the transition at J_y = -2, in the phase that Holstein-Primakoff theory describes.
    "axes": {
        "J_y": {"sets": "model.coupling.y", "values": [0, -0.8, -1.2, -1.4, -1.6, -1.7, -1.8]}
    },
}


def test_the_holstein_primakoff_chain_takes_at_most_1_3_times_the_least_budget(tmp_path):
    """Least: the fewest batches of each point, from one on, whose merged error meets the target."""
    sweep = Sweep.from_dict(CHAIN)
    outcome = carry_out(sweep, tmp_path / "s", Workers(2))
    assert not outcome.failures
    assert not outcome.missed
    store = Store(tmp_path / "s")
    used = {point.label: point.batches for point in store.sweep.points}
    least = {point.label: _least(store, point) for point in store.sweep.points}
    for label, number in used.items():
        print(f"{label}: {number} batches, least {least[label]}")
    ratio = sum(used.values()) / sum(least.values())
    print(f"{sum(used.values())} batches, least {sum(least.values())}: {ratio:.3f}")
    assert 1 <= ratio <= 1.3


def _least(store, point):
    rows, each = store.rows(point), record_shape(point)[0]
    for number in count(1):
        if standard_errors(point, rows[: each * number], ["sz"])["sz"] <= TARGET:
            return number
    raise AssertionError
