"""The time windows of the figures are long enough: twice the relaxation changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twoqs.measure.results import finalize
from twoqs.methods.numerics import resolve
from twoqs.simulation.batch import batch_trajectories, run_batch
from twoqs.sweep import Sweep

SWEEPS = Path(__file__).parent.parent / "config" / "sweeps"
MOMENTS = ("sz", "var_sx", "var_sy", "var_sz")


def result(point, window, seed, trajectories):
    numerics = resolve(point.model, replace(point.numerics, average=window))
    batches = range(-(-trajectories // batch_trajectories(point.model, numerics)))
    records = [run_batch(point.model, numerics, seed, batch) for batch in batches]
    return finalize(point.model, numerics, np.concatenate(records))


def chosen(name, axis, value):
    points = Sweep.from_file(SWEEPS / f"{name}.yaml").points
    here = [point for point in points if point.coordinates["case"] == "conserving"]
    return min(here, key=lambda point: abs(point.coordinates[axis] - value))


def largest_z(point, trajectories):
    start, end = point.numerics.average
    once = result(point, (start, end), 1, trajectories)
    twice = result(point, (2 * start, 2 * start + end - start), 2, trajectories)
    worst = 0.0
    for name in MOMENTS:
        error = np.hypot(once[f"{name}_se"], twice[f"{name}_se"])
        z = float((once[name] - twice[name]) / error)
        change = float(once[name] / twice[name] - 1)
        print(f"{point.label} {name}: {float(once[name]):.6g}, change {change:.2%}, z = {z:.2f}")
        worst = max(worst, abs(z))
    return worst


@pytest.mark.parametrize("jy", [-1.0, -0.8, -0.6, -0.55, -0.525, -0.49, -0.475])
def test_figure_7(jy):
    # 28 comparisons in all: one above 3.5 in 77 seeds.
    assert largest_z(chosen("fig7", "J_y", jy), trajectories=2048) < 3.5


@pytest.mark.parametrize("omega", [0.5, 1.0, 1.1, 1.5, 2.0])
def test_figure_4(omega):
    assert largest_z(chosen("fig4", "Omega", omega), trajectories=512) < 3.5
