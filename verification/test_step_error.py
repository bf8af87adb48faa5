"""What coarse twins say of the step, against runs at a sixteenth of it; and their other kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plain_twins import deviation, record_of
from schemes import random_model

import twoqs as tq
from twoqs.flows.lowered import timetable_of
from twoqs.measure import asked
from twoqs.measure.estimates import estimates_of, sums_of
from twoqs.measure.records import RecordLayout
from twoqs.measure.statistics import differences
from twoqs.methods.numerics import Numerics, resolve
from twoqs.methods.quickest import fastest_rate
from twoqs.simulation.batch import run_batch
from twoqs.simulation.coarse import bias_factors
from twoqs.simulation.timeline import timeline

TIMES = (0.0, 0.1, 0.2, 0.7, 1.2, 5.5)
A, B, M = tq.Spin(10, "a"), tq.Spin(3, "b"), tq.Mode("m")
E = tq.Ensemble(40, "e")
TILTED = tq.coherent(1.2, 0.4)


@pytest.mark.parametrize("rates", [("decay",), ("gain", "decay"), ("dephasing", "gain")], ids=str)
def test_a_twin_of_spinors_equals_the_plain_one(rates):
    model = random_model(4, rates, True, np.random.default_rng(1))
    numerics = resolve(model, Numerics(times=TIMES, step=0.1001, scheme="pda"))
    # thousands of operations of 1e-16 each, in another order
    assert deviation(model, numerics) < 1e-11


@pytest.mark.parametrize(
    "model",
    [
        tq.Model(spin=6, lattice=tq.chain(7), coupling=(0.5, -0.8, 0.3), decay=1.0),
        tq.Model(jumps=[tq.jump(A.minus + B.minus, 0.1)], initial={"a": "up"}),
    ],
    ids=["chain", "two spins on one bath"],
)
def test_a_twin_in_single_precision(model):
    numerics = resolve(model, Numerics(times=TIMES, step=0.1001, precision="single"))
    # hundreds of operations of 6e-8 each, some of which grow in the dynamics
    assert 1e-9 < deviation(model, numerics) < 3e-5


def test_a_twin_of_steps_that_run_together_equals_the_plain_one():
    model = tq.Model(
        spin=6, lattice=tq.chain(194), coupling=(0.5, -0.8, 0), decay=1.0, initial=TILTED
    )
    numerics = resolve(model, Numerics(times=TIMES, step=0.1001))
    assert deviation(model, numerics) < 1e-11


def driven(drive):
    return tq.Model(spin=100, field=(drive, 0, 0), decay=1.0)


def xy_chain(along_y):
    return tq.Model(spin=100, lattice=tq.chain(10), coupling=(0.5, along_y, 0), decay=1.0)


CASES = {
    # name: (model, step, end)
    **{f"driven by {drive}, step {h}": (driven(drive), h, 20.0)
       for drive in (0.5, 1.1, 2.0) for h in (0.2, 0.1)},
    "polarised chain": (xy_chain(-0.8), 0.1, 20.0),
    "mixed chain": (xy_chain(-4.0), 0.1, 4.0),
    "twisted": (tq.Model(spin=100, twist=(1.0, 0, 0), decay=0.25), 0.2, 4.0),
    "a mode": (
        tq.Model(
            hamiltonian=0.2 * (A.plus * M.a + A.minus * M.adag), jumps=[tq.jump(M.a, 0.5)],
            initial={"a": tq.coherent(2.0)},
        ),
        0.1, 8.0,
    ),
    "an ensemble": (
        tq.Model(hamiltonian=0.02 * E.x**2 + 0.5 * E.z, initial=TILTED,
                 jumps=[tq.jump(tq.each(E.minus), 0.1), tq.jump(E.minus, 0.01)]),
        0.1, 8.0,
    ),
}  # fmt: skip
QUANTITIES = range(6)
"""Means and squares of components."""


def values(layout, rows, model):
    """Averages of each row over sites, in units of S and S^2, shape (row, time, quantity)."""
    parts = layout.split(rows)
    size = np.sqrt(np.mean(np.square(model.spins)))
    scale = np.array([size] * 3 + [size**2] * 3)
    return parts["sums"].mean(axis=-1)[:, :, QUANTITIES] / parts["count"][..., None] / scale


@pytest.mark.parametrize("name", CASES)
def test_estimates_from_pairs_are_the_error_of_the_step(name):
    model, step, end = CASES[name]
    times = tuple(np.linspace(0, end, 6)[1:])
    numerics, best = (resolve(model, Numerics(times=times, step=h)) for h in (step, step / 16))
    layout = RecordLayout.of(model, numerics)
    fine, coarse, twins = record_of(model, numerics, 8)
    assert not any(twin.lost for twin in twins)
    difference = values(layout, coarse, model) - values(layout, fine, model)
    estimates = (
        bias_factors(numerics.method, timeline(numerics, timetable_of(model)))[:, None] * difference
    )
    pairs = len(estimates)
    found, error = estimates.mean(axis=0), estimates.std(axis=0, ddof=1) / math.sqrt(pairs)
    shares = difference.var(axis=0) / np.maximum(values(layout, fine, model).var(axis=0), 1e-12)
    means, errors = [], []
    for one in (numerics, best):
        rows = np.concatenate([run_batch(model, one, 5, batch) for batch in range(40)])
        of_rows = values(layout, rows, model)
        means.append(of_rows.mean(axis=0))
        errors.append(of_rows.std(axis=0, ddof=1) / math.sqrt(len(of_rows)))
    off = found - (means[0] - means[1])
    z = off / np.sqrt(error**2 + errors[0] ** 2 + errors[1] ** 2 + 1e-12)
    largest = np.abs(found).max()
    print(f"{name}: largest {largest:.5f} ({error.max():.5f}), worst z {np.abs(z).max():.1f},")
    print(f"  variance of differences {np.median(shares):.1e}, at most {shares.max():.1e}")
    # 30 comparisons; and a fifth of the estimate, for terms of fourth order
    assert np.all(np.abs(off) < 3.5 * np.abs(off / z) + 0.2 * np.abs(found))
    assert np.median(shares) < 0.05 or name == "mixed chain"


HALVINGS, SEEDS = 3, range(6)


def true_bias(model, step, times):
    """What the step adds to values, as the sum of what its halves change, with errors; by name.

    Pairs of runs on shared noise at each of HALVINGS; what is left is a 63rd, if of second order.
    """
    total, squares = {}, {}
    for level in range(HALVINGS):
        numerics = resolve(model, Numerics(times=times, step=step / 2 ** (level + 1)))
        layout, observables = RecordLayout.of(model, numerics), asked(model, numerics)
        fine, coarse, _ = record_of(model, numerics, 32, root=100 + level)
        sums = [sums_of(layout.split(rows)) for rows in (coarse, fine)]
        for name, one in differences(*estimates_of(model, numerics, sums, observables)).items():
            total[name] = total.get(name, 0.0) + one.value
            squares[name] = squares.get(name, 0.0) + one.error**2
    share = 4**HALVINGS / (4**HALVINGS - 1)
    return {name: (share * total[name], share * np.sqrt(squares[name])) for name in total}


@pytest.mark.parametrize("trajectories", [1024, 3072])
def test_biases_by_default_are_within_three_of_their_errors(trajectories):
    """Of one paired block, whose error comes from four groups, and of two."""
    ratios, resolved = [], []
    for model, step, end in CASES.values():
        if 2 * step > tq.Conserving.largest_step / fastest_rate(model):
            continue  # nothing runs at twice the step
        times = tuple(np.linspace(0, end, 6)[1:])
        truth = true_bias(model, step, times)
        for seed in SEEDS:
            data = tq.simulate(model, times=times, step=step, trajectories=trajectories, seed=seed)
            known = data.step_status.values == 0
            resolved += known.tolist()
            for name, (bias, error) in truth.items():
                own = data[f"{name}_step_se"].values
                with np.errstate(invalid="ignore", divide="ignore"):
                    z = np.abs(data[f"{name}_step"].values - bias) / np.hypot(own, error)
                ratios += [one for one in z[known].ravel().tolist() if math.isfinite(one)]
    within = np.mean(np.array(ratios) < 3)
    print(f"{len(ratios)} biases of {trajectories} trajectories, within 3 errors {within:.1%},")
    print(f"  median {np.median(ratios):.2f}; resolved at {np.mean(resolved):.0%} of times")
    assert np.mean(resolved) > 0.9
    assert within > 0.95


def test_blocks_with_detectors_have_twins():
    """Fields of sites are kept by kernels of their own; twins keep none, and have their noise."""
    spin = tq.Spin(5, "a")
    model = tq.Model(hamiltonian=1.1 * spin.x, jumps=[tq.jump(spin.minus, 0.1, label="out")])
    asked = {"average": (5, 10), "samples": 51, "step": 0.02, "budget": ("step",)}
    found = tq.simulate(model, trajectories=1024, **asked, observables={"out": {"spectrum": "out"}})
    assert 0 < abs(float(found.sz_step)) < 5 * float(found.sz_step_se)
    # Of two runs of 64 trajectories with noise of their own it would be 4 times the error of 1024.
    assert float(found.sz_step_se) < float(found.sz_se) / 2
