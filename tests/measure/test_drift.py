"""Windows tell from their halves whether they begin late enough."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from batches import blocks_of, parts_of

import twoqs
from twoqs.flows.lowered import timetable_of
from twoqs.measure.drift import relaxation_of
from twoqs.measure.halves import half_parts, has_halves
from twoqs.measure.records import RecordLayout
from twoqs.measure.results import finalize
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.simulation.asked import asked_of
from twoqs.simulation.batch import run_batch
from twoqs.simulation.starts import by_chance
from twoqs.simulation.timeline import timeline
from twoqs.simulation.unrelaxed import begin_at

DRIVEN = twoqs.Model(spin=100, field=(2.0, 0, 0), decay=1.0)
QUIET = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)


def windowed(model: twoqs.Model, average: tuple[float, float], **settings) -> Numerics:
    return resolve(model, Numerics(average=average, **{"budget": ("drift",), **settings}))


def relaxing(rng, time: float, average: tuple[float, float], far: float, trajectories: int):
    """Parts of records of x that begins at `far` and relaxes to 0, with noise of variance 1.

    An Ornstein-Uhlenbeck process, exact at the samples; all other quantities are independent.
    """
    start, end = average
    times = np.linspace(start, end, 41)
    values = np.empty((41, 6, trajectories))
    values[0] = rng.standard_normal((6, trajectories))
    kept = np.exp(-(times[1] - times[0]) / time)
    for i in range(1, 41):
        noise = rng.standard_normal((6, trajectories))
        values[i] = kept * values[i - 1] + np.sqrt(1 - kept**2) * noise
    values[:, 0] += far * np.exp(-times / time)[:, None]
    a, b = values[:20].mean(axis=0), values[20:40].mean(axis=0)
    sums = np.stack([a, b, a * a, b * b, a * b]).sum(axis=-1)[None, :, :, None]
    begun = np.zeros((1, 11, 1))
    begun[0, 0] = far * trajectories
    count = np.full((1, 1), float(trajectories))
    return {
        "at start:count": count, "at start:sums": begun,
        "of halves:count": count, "of halves:sums": sums,
    }  # fmt: skip


@pytest.mark.parametrize("time", [3.0, 10.0, 30.0])
def test_relaxation_times_and_what_is_missing_are_those_of_the_process(time: float) -> None:
    """Of 40 000 trajectories: correlations are known to 0.005, and times from them to 10 %."""
    average = (20.0, 40.0)
    parts = relaxing(np.random.default_rng(1), time, average, 50.0, 40_000)
    found = relaxation_of(QUIET, windowed(QUIET, average), parts)
    assert found is not None
    assert found.time[0, 0] == pytest.approx(time, rel=0.1)
    true = 50 * np.mean(np.exp(-np.linspace(20, 40, 41)[:40] / time))
    assert found.bias[0, 0] == pytest.approx(true, rel=0.25, abs=0.02)
    assert found.drifts[0, 0]
    assert not found.drifts[1:].any()


def test_one_stationary_window_in_a_hundred_alarms() -> None:
    """Of 200 windows of 64 trajectories 2 are expected, and more than 7 once in 1000 times."""
    rng, average = np.random.default_rng(2), (20.0, 40.0)
    numerics = windowed(QUIET, average)
    found = [
        relaxation_of(QUIET, numerics, relaxing(rng, 2.0, average, 0.0, 64)) for _ in range(200)
    ]
    alarms = sum(one is not None and bool(one.alarmed.any()) for one in found)
    assert alarms <= 7


def test_too_few_trajectories_tell_nothing() -> None:
    parts = relaxing(np.random.default_rng(3), 2.0, (20.0, 40.0), 0.0, 6)
    assert relaxation_of(QUIET, windowed(QUIET, (20, 40)), parts) is None


@pytest.mark.parametrize(
    "model",
    [DRIVEN, twoqs.Model(spin=4, lattice=twoqs.chain(3), field=([0.1, 0.2, 0.3], 0, 0), decay=1.0)],
)
def test_halves_are_those_of_the_trajectories(model: twoqs.Model) -> None:
    numerics = windowed(model, (1.0, 3.0), observables=("sites",))
    parts = parts_of(model, numerics)
    assert len(half_parts(parts)) == 4
    plain = windowed(model, (1.0, 3.0), observables=("sites",), budget=())
    record = run_batch(model, numerics, 0, 0)
    short = run_batch(model, plain, 0, 0)
    np.testing.assert_array_equal(record[:, : short.shape[1]], short)
    assert point_id(model, plain) == point_id(model, numerics)
    # Averages of the first block's halves, sample by sample.
    (block,) = blocks_of(model, numerics, 0, [0])
    start, samples = block.state[:3].copy(), []
    for segment in timeline(numerics, timetable_of(model)):
        block.turn(segment)
        block.advance(segment)
        if segment.measured:
            samples.append(block.bloch[:3].copy())
    values = np.stack([np.concatenate([one, one**2]).mean(axis=1) for one in samples])
    count = len(samples)
    a, b = values[: count // 2].mean(axis=0), values[count // 2 : count - 1].mean(axis=0)
    wanted = np.stack([a, b, a * a, b * b, a * b]).reshape(5, 6, 4, 16).sum(axis=-1)
    found = parts["of halves:sums"][:4, ..., 0]
    np.testing.assert_allclose(found, np.moveaxis(wanted, -1, 0), rtol=1e-12)
    begun = start.reshape(3, model.n_sites, 4, 16).sum(axis=(1, 3)).T
    np.testing.assert_allclose(parts["at start:sums"][:4, :3].sum(axis=-1), begun, rtol=1e-12)


def test_older_records_have_no_halves() -> None:
    numerics = windowed(DRIVEN, (1.0, 3.0))
    layout = RecordLayout.of(DRIVEN, numerics)
    short = run_batch(DRIVEN, windowed(DRIVEN, (1.0, 3.0), budget=()), 0, 0)
    assert not half_parts(layout.split(short))
    assert relaxation_of(DRIVEN, numerics, layout.split(short)) is None
    assert not has_halves(resolve(DRIVEN, Numerics(times=(1.0,), budget=("drift",))))
    assert not has_halves(windowed(DRIVEN, (1.0, 3.0), samples=3))


def test_an_early_window_is_told_with_the_time_to_begin_at() -> None:
    message = (
        r"^The average over times 20 to 40 is none of a steady state: .* than their standard "
        r"errors, `\w+` by \d+.* [Rr]elaxation time about \d+: begin at \d+ or later, as average="
    )
    with pytest.warns(twoqs.NotStationaryWarning, match=message):
        data = twoqs.simulate(DRIVEN, average=(20, 40), trajectories=256)
    assert data.attrs["numerics"].find("budget") == -1
    words = data.relaxation.attrs["flag_meanings"].split()
    assert words[int(data.relaxation)] == "drifting"
    assert float(data.var_sx_drift) > float(data.var_sx_se)
    for name in ("sy", "var_sx"):
        assert int(data.twoqs.status(name)) == 3


def test_what_has_relaxed_is_not() -> None:
    data = twoqs.simulate(QUIET, average=(20, 40), trajectories=256)
    assert int(data.relaxation) == 0
    assert float(data.sz_drift) < float(data.sz_se)
    total = float(data.twoqs.total_error("sz"))
    assert total == pytest.approx(np.hypot(float(data.sz_se), float(data.sz_drift)))
    assert int(data.twoqs.status("sz")) == 0
    assert float(data.twoqs.trusted().sz) == float(data.sz)
    off = twoqs.simulate(QUIET, average=(20, 40), trajectories=256, budget=())
    assert "relaxation" not in off
    assert float(off.sz) == float(data.sz)


def test_a_conserved_quantity_does_not_drift() -> None:
    """Rotation about z: S^z of each trajectory stays what it was."""
    model = twoqs.Model(spin=20, field=(0, 0, 1.0), initial=twoqs.coherent(1.0))
    data = twoqs.simulate(model, average=(0, 200 * np.pi), samples=1001, trajectories=128)
    assert float(data.sz_drift) < 1e-6


def test_other_kinds_of_observables_are_off_as_moments_are() -> None:
    """By halves and by moments within a factor of 3 of each other, and of what a long run tells:
    what is missing is extrapolated over twice the time of the run."""
    with pytest.warns(twoqs.NotStationaryWarning):
        data = twoqs.simulate(
            DRIVEN, average=(20, 40), trajectories=256, observables={"square": "spin.x**2"},
            derived={"share": "sz/var_sx", "other": "square/n_sites"},
        )  # fmt: skip
    for name in ("square", "other"):
        assert 1 / 3 < float(data[f"{name}_drift"]) / float(data.var_sx_drift) < 3
        assert int(data.twoqs.status(name)) == 3
    assert float(data.share_drift) > 0
    late = twoqs.simulate(
        DRIVEN, average=(600, 700), trajectories=256, observables={"square": "spin.x**2"}
    )
    missing = float(late.square - data.square)
    assert 1 / 3 < float(data.square_drift) / missing < 3
    assert float(late.square_drift) < float(late.square_se)


def test_windows_that_are_proposed_have_a_length() -> None:
    """Also where a short one begins late, of which two digits show nothing."""
    assert begin_at(5.0, (2000, 2020)).endswith("average=(2000, 2200)")
    assert begin_at(np.inf, (5, 10)).endswith("average=(100, 110)")


def test_correlations_drift() -> None:
    """What a long run says is off by ten errors of the early one is doubted; but where it has
    moved away and comes back, as at one distance here: what decays as an exponential does not."""
    ring = twoqs.Model(spin=500, lattice=twoqs.chain(20), coupling=(0.5, -1.8, 0), decay=1.0)
    asked = ("correlation",)
    with pytest.warns(twoqs.NotStationaryWarning):
        early = twoqs.simulate(ring, average=(2, 6), trajectories=256, observables=asked)
    late = twoqs.simulate(ring, average=(40, 80), trajectories=256, observables=asked)
    off = abs(late.correlation_xx - early.correlation_xx) > 10 * early.correlation_xx_se
    assert off.sum() > 3
    assert (early.twoqs.status("correlation_xx")[off.values] == 3).mean() >= 0.75
    assert (late.correlation_xx_drift < 2 * late.correlation_xx_se).all()
    assert float(late.xi_drift) < float(late.xi_se)
    with pytest.warns(twoqs.NotStationaryWarning):
        early = twoqs.simulate(ring, average=(5, 15), trajectories=512, observables=asked)
    # What the halves differ by, and no more, is extrapolated.
    assert 1 / 3 < float(early.xi_drift) / float(late.xi - early.xi) < 3


def test_a_window_is_found() -> None:
    data = twoqs.simulate(DRIVEN, average="auto", trajectories=512)
    start, end = json.loads(data.attrs["numerics"])["average"]
    assert 3 * float(data.relaxation_time) < start
    assert end == 2 * start
    assert int(data.twoqs.status("var_sx")) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"average": "auto", "times": [1.0]}, "`times` must be left out where `average` is"),
        ({"average": "soon"}, "`average` must"),
        (
            {"average": (1, 2), "budget": ["luck"]},
            "`budget` must name only drift, step, but got 'luck'",
        ),
        ({"average": (1, 2), "starts": ["down"]}, "`starts` must be several of down, up, x, y"),
        ({"average": (1, 2), "starts": ["down", "z"]}, "`starts` must be several of .* got 'z'"),
        ({"average": "auto", "starts": ["down", "x"]}, "`average` must go with one start"),
        ({"average": (1, 2), "starts": ["down", "x"], "end_states": True}, "`end_states` must"),
    ],
)
def test_bad_input_is_named(words: dict, message: str) -> None:
    with pytest.raises(twoqs.ArgumentError, match=message):
        twoqs.simulate(QUIET, **words)


def test_what_never_relaxes_has_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twoqs.simulation.window.MOST_PILOT_STEPS", 2000)
    still = twoqs.Model(spin=1000, field=(2.0, 0, 0), decay=1.0)
    with pytest.raises(twoqs.ArgumentError, match='`average` must be a window, as "auto" finds no'):
        twoqs.simulate(still, average="auto")


def test_starts_agree_or_not() -> None:
    starts = ("down", "x", "random")
    data = twoqs.simulate(QUIET, average=(20, 40), trajectories=256, starts=starts)
    assert data.sz.dims == ("start",)
    assert data.sz.attrs["units"] == "hbar"
    assert data.sz_rhat.attrs == {"long_name": "R-hat of sz between starts", "units": "1"}
    assert float(data.sz_rhat) < 1.2
    assert (data.twoqs.status("sz") == 0).all()
    with pytest.warns(twoqs.NotStationaryWarning, match="^Averages depend on the initial state"):
        data = twoqs.simulate(
            DRIVEN,
            average=(5, 10),
            trajectories=256,
            starts={"a": "down", "b": twoqs.mixed()},
            budget=(),
        )
    assert list(data.start.values) == ["a", "b"]
    assert float(data.var_sx_rhat) > 1.2
    assert (data.twoqs.status("var_sx") == 4).all()


def test_noise_of_few_groups_is_no_difference_of_starts() -> None:
    """Of values from normal noise whose errors come from 4 groups each, 1 % seem to differ: within
    4 errors of a rate from 20 000. Without Student's correction there are 15 %."""
    groups = np.random.default_rng(5).normal(size=(3, 4, 20_000))
    data = xr.Dataset(
        {
            "a": (("start", "case"), groups.mean(axis=1)),
            "a_se": (("start", "case"), groups.std(axis=1, ddof=1) / 2),
            "trajectories": 64,
        }
    )
    rate = float((by_chance(data, "a") < 0.01).mean())
    assert rate == pytest.approx(0.01, abs=4 * np.sqrt(0.01 / 20_000) + 0.002)
    plain = float((by_chance(data.drop_vars("trajectories"), "a") < 0.01).mean())
    assert plain > 0.05


def test_rows_that_tell_nothing_of_halves_are_left_out_of_drifts() -> None:
    """As those of batches that an older version has run, here the same ones once more: only errors
    of the change tell how many there are, by which times are limited."""
    requests = asked_of({"square": "spin.x**2"}, DRIVEN, 0)[2]
    numerics = windowed(DRIVEN, (20.0, 40.0), requests=requests)
    layout = RecordLayout.of(DRIVEN, numerics)
    rows = np.concatenate([run_batch(DRIVEN, numerics, 0, batch) for batch in range(2)])
    older = replace(layout, causes=("drift",))
    mixed = np.concatenate([rows, layout.fitted(older.fitted(rows))])
    found = finalize(DRIVEN, numerics, mixed)
    wanted = finalize(DRIVEN, numerics, np.concatenate([rows, rows]))
    assert float(found.square_drift) == pytest.approx(float(wanted.square_drift), rel=0.1)
    assert np.isnan(finalize(DRIVEN, numerics, older.fitted(rows)).square_drift)
