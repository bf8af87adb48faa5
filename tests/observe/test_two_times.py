"""Correlations at two times against exact ones, plain sums, and the regression theorem."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError
from twoqs.observe.two_times import integrated_time

OMEGA, LOSS = 1.5, 0.4


def damped_mode() -> tuple[twoqs.Model, twoqs.Mode]:
    a = twoqs.Mode(name="a")
    return twoqs.Model(hamiltonian=OMEGA * a.n, jumps=[twoqs.jump(a.a, rate=LOSS)], members=[a]), a


def test_a_damped_mode_is_exact() -> None:
    model, a = damped_mode()
    asked = {
        "xx": {"two_times": a.re, "lags": 20},
        "xy": {"two_times": [a.re, a.im], "lags": 20},
    }
    ds = twoqs.simulate(
        model, average=(0, 20), samples=101, trajectories=1024, observables=asked, seed=4
    )
    tau = ds.xx_lag.values
    # re(t) = (a + a^+)/2 with <{a(t), a^+}> = exp(-(i omega + G) t) in the vacuum.
    for name, exact in (("xx", np.cos(OMEGA * tau)), ("xy", np.sin(OMEGA * tau))):
        exact = np.exp(-LOSS * tau) * exact / 4
        for found in (ds[name], ds[f"{name}_connected"]):
            assert np.all(np.abs(found - exact) <= 3.5 * ds[f"{name}_se"]), name
    # Negative control: lags off by one.
    late = np.exp(-LOSS * (tau + 0.2)) * np.cos(OMEGA * (tau + 0.2)) / 4
    assert not np.all(np.abs(ds.xx - late) <= 3.5 * ds.xx_se)


def test_what_order_at_two_times_leaves_out() -> None:
    """Along the mean spin the excess is tr(G^T G)/8, G of what is across: docs/observables.md."""
    spin, options = 20, {"average": (15, 35), "samples": 101}
    model = twoqs.Model(spin, field=(0.8, 0, 0), decay=1.0)
    down = np.arcsin(0.8)  # the mean spin is in the plane of y and z
    along = f"{np.sin(down)}*spin.y - {np.cos(down)}*spin.z"
    across = ["spin.x", f"{np.cos(down)}*spin.y + {np.sin(down)}*spin.z"]
    asked = {f"c{i}{k}": {"two_times": [across[i], across[k]], "lags": 10}
             for i in (0, 1) for k in (0, 1)}  # fmt: skip
    asked["c"] = {"two_times": along, "lags": 10}
    ds = twoqs.simulate(model, **options, trajectories=2048, observables=asked, seed=4)
    exact = twoqs.exact(model, **options, observables={"c": asked["c"]}).c_connected
    lagged = np.array([[ds[f"c{i}{k}_connected"].values for k in (0, 1)] for i in (0, 1)])
    moved = np.einsum("ikl,kj->ijl", lagged, np.linalg.inv(lagged[:, :, 0]))
    excess, formula = ds.c_connected - exact, (moved**2).sum(axis=(0, 1)) / 8
    error = 3 * ds.c_connected_se
    # What is left is of the next order in 1/S.
    assert np.all((np.abs(excess - formula) <= error + 0.25 / spin)[1:])
    assert np.abs(excess[1]) > error[1] + 0.25 / spin
    assert abs(excess[0]) <= error[0] + 0.25 / spin
    assert "hbar^2/4 for each spin" in ds.c_connected.comment
    assert "comment" not in ds.sx.attrs


def test_a_damped_spin_follows_the_regression_theorem() -> None:
    qutip = pytest.importorskip("qutip")
    model = twoqs.Model(10, field=(0.8, 0, 0), decay=1.0)
    hamiltonian, jumps = model.to_qutip()
    y, z = (qutip.jmat(10, axis) for axis in "yz")
    steady = qutip.steadystate(hamiltonian, jumps)
    asked = {"c": {"two_times": ["spin.z", "spin.y"], "lags": 20}}
    ds = twoqs.simulate(
        model, average=(15, 35), samples=101, trajectories=2048, observables=asked, seed=4
    )

    def exact(a, b) -> np.ndarray:
        both = qutip.correlation_2op_1t(hamiltonian, steady, ds.c_lag.values, jumps, a, b)
        return np.real(both) - qutip.expect(a, steady) * qutip.expect(b, steady)

    def agrees(values: np.ndarray) -> bool:
        # The method's own error of moments of this spin is about 0.002 of S^2.
        off = np.abs(ds.c_connected[: len(values)] - values)
        return bool(np.all(off <= 3 * ds.c_connected_se[: len(values)] + 0.002 * 100))

    assert agrees(exact(z, y))
    assert not agrees(exact(z, y)[2:])


def test_over_times_with_references() -> None:
    model, a = damped_mode()
    asked = {"c": {"two_times": a.re, "reference": [0.5, 1.0]}}
    ds = twoqs.simulate(model, times=[0, 0.5, 1, 2], trajectories=2048, observables=asked, seed=4)
    tau = np.abs(ds.time.values[:, None] - ds.c_reference.values)
    exact = np.exp(-LOSS * tau) * np.cos(OMEGA * tau) / 4
    assert ds.c.dims == ("time", "c_reference")
    assert np.all(np.abs(ds.c - exact) <= 3.5 * ds.c_se)
    assert np.all(np.abs(ds.c_connected - exact) <= 3.5 * ds.c_se)


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_at_one_time_they_are_the_moments(scheme: str) -> None:
    model = twoqs.Model(6, lattice=twoqs.chain(3), coupling=(1, -0.7, 0), decay=0.8)
    asked = {"z": {"two_times": "sites.z"}, "tot": {"total": True}}
    options = {"trajectories": 256, "observables": asked, "seed": 1, "scheme": scheme}
    ds = twoqs.simulate(model, average=(1, 2), samples=5, **options)
    assert np.allclose(ds.z_connected[0], ds.tot_var_sz, rtol=1e-9)
    ds = twoqs.simulate(model, times=[0.5, 1], **options)
    assert np.allclose(ds.z_connected[0, 0], ds.tot_var_sz[0], rtol=1e-9)


def test_the_autocorrelation_time_of_an_exponential() -> None:
    step, rate = 0.05, 0.5
    found = integrated_time(np.exp(-rate * step * np.arange(400))[None], step)
    assert found[0] == pytest.approx(1 / rate, rel=0.01)  # exp(-5) is left out


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"two_times": "spin.x*spin.y"}, "be linear"),
        ({"two_times": "spin.plus"}, "be Hermitian"),
        ({"two_times": ["spin.x"]}, "be a formula, or two"),
        ({"two_times": "spin.x", "lags": -1}, "whole number"),
        ({"two_times": "spin.x", "lags": 99}, "up to 5, as there are 6 samples"),
        ({"two_times": "spin.x", "reference": [1]}, "over times only"),
        ({"two_times": "cavity.x"}, "cavity"),
    ],
)
def test_bad_requests_are_told(given, told: str) -> None:
    model = twoqs.Model(6, decay=1)
    with pytest.raises(ArgumentError, match=told):
        twoqs.simulate(
            model, average=(1, 2), samples=6, trajectories=64, observables={"c": given}
        )  # fmt: skip
