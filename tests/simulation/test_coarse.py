"""Runs at twice the step with the noise of others: kernels against NumPy, what they are for."""

from __future__ import annotations

import numpy as np
import pytest
from plain_twins import deviation, keys, plain_parts, record_of

import twoqs as tq
from twoqs.flows.lowered import timetable_of
from twoqs.look.trusted import statuses
from twoqs.measure.coarse import coarse_part
from twoqs.measure.records import RecordLayout
from twoqs.measure.results import finalize
from twoqs.measure.statuses import VALUE_WORDS
from twoqs.methods import Conserving, draws
from twoqs.methods.causes import budget_settings
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import _Record, run_batch
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.calls import calls
from twoqs.simulation.coarse import CoarseTwin, bias_factors, why_no_coarse_twin
from twoqs.simulation.step_pairs import is_paired
from twoqs.simulation.timeline import timeline

ROUNDING = 1e-11
"""Relative to the state: thousands of operations of 1e-16 each, in another order."""

A, B = tq.Spin(5, "a"), tq.Spin(3, "b")
M, E = tq.Mode("m"), tq.Ensemble(12, "e")
TILTED = tq.coherent(1.2, 0.4)
DRIVEN = tq.Model(spin=100, field=(1.1, 0, 0), decay=1.0)

MODELS = {
    "driven": DRIVEN,
    "sites by themselves": tq.Model(
        spin=4, lattice=tq.from_edges([], n_sites=3), field=(0.3, 0, 0.2), initial=TILTED,
        decay=1.0, gain=[0.2, 0.0, 0.4], dephasing=[0.1, 0.0, 0.3],
    ),
    "chain": tq.Model(
        spin=6, lattice=tq.chain(7), coupling=(0.5, -0.8, 0.3), decay=[1, 0, 1, 1, 1, 2, 1],
        dephasing=0.2, initial=TILTED,
    ),
    "two spins on one bath": tq.Model(
        hamiltonian=0.4 * A.x + 0.1 * A.z * B.z, jumps=[tq.jump(A.minus + B.minus, 0.1)],
        initial={"a": "up"},
    ),
    "no noise": tq.Model(hamiltonian=0.4 * A.x + 0.1 * A.z**2, initial=TILTED),
    "a spin, a mode and an ensemble": tq.Model(
        hamiltonian=0.2 * (A.plus * M.a + A.minus * M.adag) + 0.05 * E.x * A.x,
        jumps=[tq.jump(M.a, 0.5), tq.jump(A.z, 0.02), tq.jump(tq.each(E.minus), 0.1)],
        initial={"a": "up"},
    ),
    "pulse and turn": tq.Model(
        hamiltonian=tq.Parameter("w", tq.gauss(1.0, 0.4, 2.0)) * A.x, jumps=[tq.jump(A.minus, 0.1)],
        events=[tq.turn(0.7, A, "x", 1.0)], initial=TILTED,
    ),
}  # fmt: skip

TIMES = (0.0, 0.1, 0.2, 0.7, 1.2, 5.5)
"""With 0, 1, 5, 5 and 43 steps of 0.1 between."""


@pytest.fixture(autouse=True)
def many_windows(monkeypatch):
    """Few draws ahead, so that steps of the machine take many windows, too."""
    monkeypatch.setattr(draws, "DRAWS_AHEAD", 8)


@pytest.mark.parametrize("name", MODELS)
def test_a_twin_equals_the_plain_one(name):
    numerics = resolve(MODELS[name], Numerics(times=TIMES, step=0.1001, scheme="conserving"))
    assert deviation(MODELS[name], numerics) < ROUNDING


@pytest.mark.parametrize("steps", [1, 2, 3, 8, 9])
@pytest.mark.parametrize("name", ["sites by themselves", "chain", "a spin, a mode and an ensemble"])
def test_noise_of_a_twin_is_independent(name, steps):
    """Combinations of independent draws with orthonormal coefficients, of the same sum outside."""
    method = Conserving()
    structure = method.structure(MODELS[name])
    parts = [one for some in plain_parts(method, structure, steps) for one in some]
    matrix = np.zeros((len(parts), len(keys(method, structure, steps))))
    for row, one in zip(matrix, parts, strict=True):
        row[list(one)] = list(one.values())
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(parts)), atol=1e-14)  # rounding


def test_noise_has_the_same_sum_from_sample_to_sample():
    """Turns by noise alone end where those of the finer run do."""
    model = tq.Model(spin=50, dephasing=0.3, initial=tq.coherent(1.2))
    for step in (0.1, 0.0901):
        numerics = resolve(model, Numerics(times=(1.0, 2.0), step=step))
        block = TrajectoryBlock(model, numerics, np.random.SeedSequence(3))
        segments = timeline(numerics, timetable_of(model))
        twin, record = CoarseTwin(block, model, numerics), _Record(model, numerics, segments, 1)
        for call in calls(model, numerics, segments):
            record.add(block, 0, call)
            twin.sample(call.first, call.samples, record._sums, record._rows(0), call.saved)
        off = np.abs(twin.state - block.state).max() / 50
        assert off < 0.01  # kicks are scaled by their cosine: 0.3 h/4 of angles of about 0.6


def test_a_twin_whose_block_draws_something_else_is_lost():
    numerics = resolve(DRIVEN, Numerics(times=(0.4, 0.8), step=0.1))
    block = TrajectoryBlock(DRIVEN, numerics, np.random.SeedSequence(3))
    first, second = segments = timeline(numerics, timetable_of(DRIVEN))
    twin, record = CoarseTwin(block, DRIVEN, numerics), _Record(DRIVEN, numerics, segments, 1)
    for one in (block, twin):
        one.sample(first, 1, record._sums, record._rows(0), -1)
    assert not twin.lost
    assert np.all(twin.finite == 1)
    twin.sample(second, 1, record._sums, record._rows(0), -1)
    assert twin.lost
    assert np.all(twin.finite == 0)


@pytest.mark.parametrize("steps", [10, 9], ids=["even", "odd"])
def test_the_difference_is_the_error_of_the_step(steps):
    """With little noise: the start is the same in all runs of a seed."""
    model = tq.Model(spin=1e6, field=(2.0, 0, 0.5), decay=1.0, initial=tq.coherent(1.0, 0.4))
    times = (1.0, 2.0, 3.0)
    means = []
    for refined in (1, 16):
        numerics = resolve(model, Numerics(times=times, step=1 / steps / refined + 1e-9))
        rows, coarse, _ = record_of(model, numerics, 1)
        means.append([finalize(model, numerics, one) for one in (rows, coarse)])
    (fine, twin), (best, _) = means
    numerics = resolve(model, Numerics(times=times, step=1 / steps + 1e-9))
    factors = bias_factors(numerics.method, timeline(numerics, timetable_of(model)))
    assert factors == pytest.approx(1 / 3 if steps == 10 else 9 / 24)
    for name in ("sx", "sy", "sz"):
        truth, found = (fine[name] - best[name]) / 1e6, factors * (twin[name] - fine[name]) / 1e6
        # terms of fourth order, (2 h)^2 of the second, also where that vanishes; noise of 1e-3/8
        np.testing.assert_allclose(found, truth, rtol=0.15, atol=3e-4)
        assert np.abs(truth).max() > 1e-3


def test_many_samples_after_odd_numbers_of_steps_have_twins():
    times = 0.15 * np.arange(1, 61)
    found = tq.simulate(DRIVEN, times=times, step=0.05, trajectories=512, budget=("step",))
    assert np.isfinite(found.sz_step).all()
    # A fiftieth was found; with noise of their own: half of sqrt(2 * 8) times the error, twice it.
    assert float(found.sz_step_se.max()) < float(found.sz_se.max()) / 10


def test_what_has_no_twin_says_why():
    halves = tq.Model(spin=0.5, decay=1.0, lattice=tq.chain(3), coupling=(0.5, 0, 0))
    single = Numerics(times=(0.0, 0.1, 0.2), step=0.1)
    for model, given, reason in (
        (halves, Numerics(times=(0.5,), scheme="discrete"), "the noise of two steps"),
        (DRIVEN, Numerics(times=(0.5,), scheme="euler-maruyama"), "the noise of two steps"),
        (DRIVEN, single, "there is one step"),
        (DRIVEN, Numerics(times=(0.5,), step=0.1), None),
    ):
        numerics = resolve(model, given)
        segments = timeline(numerics, timetable_of(model))
        found = why_no_coarse_twin(model, numerics, segments)
        assert found is None if reason is None else reason in found


def test_the_sixteenth_block_has_a_twin_by_default_and_then_every_32nd():
    numerics = Numerics(times=(1.0,), **budget_settings(None))
    assert [number for number in range(100) if is_paired(numerics, number)] == [15, 47, 79]
    asked = {"times": [1.0], "step": 0.05}
    few, enough = (tq.simulate(DRIVEN, trajectories=n, **asked) for n in (512, 1024))
    every = tq.simulate(DRIVEN, trajectories=512, budget=("drift", "step"), **asked)
    assert "sz_step" not in few
    assert {"sz_step", "sz_step_se"} <= set(enough.variables) & set(every.variables)
    assert few.sz == every.sz, "twins change nothing"
    assert few.point_id == every.point_id


def test_twins_that_have_parted_are_told():
    """Noise of its own in the twin is what chaotic motion makes of the same noise."""
    numerics = resolve(DRIVEN, Numerics(times=(1.0, 5.0), step=0.1, budget=("step",)))
    together, apart = (
        np.concatenate([run_batch(DRIVEN, numerics, seed, batch) for batch in range(4)])
        for seed in (1, 2)
    )
    layout = RecordLayout.of(DRIVEN, numerics)
    both, others = layout.split(together), layout.split(apart)
    found = [finalize(DRIVEN, numerics, together)]
    for name in ("count", "sums"):
        part = coarse_part(name)
        both[part][...] = others[part]
    found.append(finalize(DRIVEN, numerics, together))
    assert [one.step_status.values.tolist() for one in found] == [[0, 0], [1, 1]]
    # Where they have parted nothing is said of values, however large the difference is.
    data = tq.simulate(DRIVEN, times=[1, 5], step=0.1, trajectories=256)
    off = data.assign(sz_step=100 * data.sz_se, sz_step_se=data.sz_se)
    words = [
        {VALUE_WORDS[code] for code in statuses(off.assign(step_status=one), "sz").values}
        for one in (found[0].step_status, found[1].step_status)
    ]
    assert words == [{"step-error"}, {"ok"}]
