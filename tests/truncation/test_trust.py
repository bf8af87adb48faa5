"""`twoqs.trust`: what twins are off by, extrapolated."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs as tq
from twoqs.theory.photons import PhotonCutError
from twoqs.truncation import compare
from twoqs.truncation import trust as module
from twoqs.truncation.compare import deviations_of
from twoqs.truncation.extrapolate import TRENDS, envelope, extrapolated, with_neighbours
from twoqs.truncation.lengths import TwinModel

SHARES = np.array([0.2, 0.3, 0.4])


def test_a_polynomial_in_the_inverse_length_is_found() -> None:
    values = (0.3 / SHARES + 0.05 / SHARES**2)[:, None]
    found = extrapolated(SHARES, values, np.full_like(values, 1e-4))
    assert found.value[0] == pytest.approx(0.35, abs=1e-9)
    assert found.trend[0] == TRENDS.index("falls")
    assert found.error[0] < 0.35


def test_deviations_that_do_not_fall_are_as_uncertain_as_they_are_large() -> None:
    found = extrapolated(SHARES, np.array([[0.1], [0.2], [0.3]]), np.full((3, 1), 1e-3))
    assert found.trend[0] == TRENDS.index("flat")
    assert np.hypot(found.value, found.error)[0] >= 0.3


def test_one_value_tells_nothing() -> None:
    found = extrapolated(SHARES, np.array([[0.1], [np.nan], [np.nan]]), np.full((3, 1), 1e-3))
    assert np.isnan(found.value[0])
    assert found.trend[0] == TRENDS.index("untested")


def test_neighbours_in_time_count() -> None:
    values = np.array([0.0, 0.3, 0.0, 0.0]) / SHARES[:, None]
    found = envelope(
        extrapolated(SHARES, values, np.full_like(values, 1e-6)), np.array([8.0, 9, 10, 20])
    )
    size = np.hypot(found.value, found.error)
    assert (size[:3] >= 0.29).all()
    assert size[3] < 0.01
    assert with_neighbours((1.0, 1.1)) == pytest.approx((0.8, 0.9, 1.0, 1.1))


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")  # which is what twins measure
def test_a_short_spin_is_off_by_what_its_twins_say() -> None:
    model = tq.Model(spin=10, twist=(40, -40, 0), decay=2.0, initial="up")
    asked = {"times": (0.03, 0.05, 0.1)}
    found = tq.trust(model, longest=4, **asked)
    assert found.twin_spin.values.tolist() == [2, 3, 4]
    data = tq.simulate(model, trajectories=1024, **asked).twoqs.with_model_error(found)
    off = data - tq.exact(model, **asked)
    for name in ("sz", "var_sx", "squeezing"):
        assert (abs(off[name]) <= 2 * data.twoqs.total_error(name)).all(), name
    words = data.twoqs.status("squeezing").attrs["flag_meanings"].split()
    told = [words[code] for code in data.twoqs.status("squeezing").values]
    assert told[1:] == ["model-error"] * 2
    assert "model-error" not in [words[code] for code in data.twoqs.status("sz")[:1].values]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"wrong": 1}, "`wrong` must be left out"),
        ({"average": "auto", "times": None}, "`average` must be a window"),
        ({"longest": 1.0}, "no two twins"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, object], message: str) -> None:
    model = tq.Model(spin=200, field=(1.0, 0, 0), decay=1.0)
    with pytest.raises(tq.ArgumentError, match=message):
        tq.trust(model, **{"times": [1.0], **changed})


def test_a_slow_power_is_not_taken_for_one_over_the_spin() -> None:
    """At critical points deviations fall as fluctuations do, in powers below one half: here as
    S^(-1/6), by twins of a thousandth. What falls as 1/S is left to a/S + b/S^2."""
    shares = np.array([1e-3, 1.5e-3, 2e-3])
    slow, fast = 0.3 * shares ** (-1 / 6), 0.3e-3 / shares
    values = np.stack([slow, fast], axis=1)
    found = extrapolated(shares, values, np.full_like(values, 1e-3))
    assert [TRENDS[code] for code in found.trend] == ["slow", "falls"]
    assert abs(found.value[0]) + found.error[0] > 0.3
    # 0.3e-3 is true; errors of 5 % of the deviations are carried from 2e-3 to 1.
    assert abs(found.value[1] - 0.3e-3) < 2 * found.error[1] < 1.2e-3


def test_other_times_are_refused() -> None:
    model = tq.Model(spin=2, decay=1.0)
    found = tq.trust(model, times=[1.0], trajectories=64)
    data = tq.simulate(model, times=[2.0], trajectories=64)
    with pytest.raises(tq.ArgumentError, match="for the same times"):
        data.twoqs.with_model_error(found)


def test_modes_that_do_not_fit_are_found_before_anything_is_solved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A drive makes 8 S quanta; with a spin 3 there is room for 42 levels, with 4 for 33."""
    one, light = tq.Spin(20, "s"), tq.Mode("light")
    tied = (light.a * one.plus + light.adag * one.minus) / 20
    model = tq.Model(
        hamiltonian=tied + np.sqrt(8 * 20) * (light.a + light.adag), jumps=[tq.jump(light.a, 1.0)]
    )
    solved: list[float] = []

    def counted(twin: tq.Model, *rest: object) -> object:
        solved.append(twin.spin)
        raise PhotonCutError("The mode needs more quanta.")

    monkeypatch.setattr(compare, "solve", counted)
    with pytest.raises(tq.ArgumentError, match="no two twins of it can be solved"):
        tq.trust(model, times=[3.0], trajectories=64, longest=5)
    assert max(solved) == 3


def test_twins_are_shorter_where_a_mode_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tq.Model(spin=10, decay=1.0)
    asked: list[float] = []

    def too_large(whole: tq.Model, twin: TwinModel, *rest: object) -> object:
        asked.append(twin.model.spin)
        if twin.model.spin > largest:
            raise PhotonCutError("The mode needs more quanta.")
        return deviations_of(whole, twin, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "deviations_of", too_large)
    largest = 3.0
    found = tq.trust(model, times=[1.0], trajectories=64, longest=5)
    assert found.twin_spin.values.tolist() == [1.5, 2, 3]
    assert asked == [5, 4, 3, 2, 1.5]
    largest = 0.0
    with pytest.raises(tq.ArgumentError, match="no two twins of it can be solved"):
        tq.trust(model, times=[1.0], trajectories=64, longest=5)
