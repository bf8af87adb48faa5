"""What leaves through a jump: mean fields, vacuum and flux against QuTiP."""

from __future__ import annotations

import math

import numpy as np
import pytest
import qutip
from outputs import (
    detected_apart,
    mean_fields,
    records,
    spectrum,
    steady_field,
    steady_flux,
)

import twoqs
from twoqs import Ensemble, Mode, Model, Sites, Spin, chain, cosine, each, jump
from twoqs.errors import ArgumentError
from twoqs.flows.length import mean_weight

A, B, C, E = Spin(10, "a"), Spin(6, "b"), Mode("c"), Ensemble(20, "e")
SMALL = Spin(3, "a")
RATE = 1 / 20


def driven(spin=A, drive=1.5, phase=0.0):
    """The driven spin with Gamma = 1."""
    lower = np.exp(1j * phase) * spin.minus
    return Model(hamiltonian=drive * spin.x, jumps=[jump(lower, 1 / (2 * spin.spin), label="out")])


def down(*spins):
    return qutip.ket2dm(qutip.tensor([qutip.basis(round(2 * s) + 1, round(2 * s)) for s in spins]))


MEANS = {
    "driven spin": (driven(phase=0.4), ("out",), down(10), None),
    "by its keyword": (Model(spin=10, field=(1.5, 0, 0.3), decay=1.0), ("decay",), down(10), None),
    "of spin 1": (driven(Spin(1, "a")), ("out",), down(1), None),
    "cavity": (
        Model(hamiltonian=0.7 * (C.a + C.adag) + 0.4 * C.n, jumps=[jump(C.a, 0.5, label="out")]),
        ("out",), qutip.ket2dm(qutip.basis(25, 0)), 24,
    ),
    "thermal bath": (
        Model(
            hamiltonian=1.0 * A.x,
            jumps=[jump(A.minus, 1.7 * RATE, label="down"), jump(A.plus, 0.7 * RATE, label="up")],
        ),
        ("down", "up"), down(10), None,
    ),
    "common bath": (
        Model(
            hamiltonian=0.6 * SMALL.x + 0.4 * B.x,
            jumps=[
                jump(SMALL.minus + np.exp(0.7j) * B.minus, 0.1, label="out"),
                jump(0.6 * SMALL.z, 0.1, label="seen"),
            ],
        ),
        ("out", "seen"), down(3, 6), None,
    ),
    "matrix of rates": (
        Model(
            hamiltonian=0.6 * SMALL.x + 0.4 * B.x,
            jumps=[jump([SMALL.minus, B.minus], rates=[[0.1, 0.06j], [-0.06j, 0.08]], label="m")],
        ),
        ("m",), down(3, 6), None,
    ),
    "ensemble": (
        Model(hamiltonian=1.5 * E.x, jumps=[jump(E.minus, RATE, label="out")]),
        ("out",), down(10), None,
    ),
    "a mode and a spin": (
        Model(
            hamiltonian=0.5 * (C.a + C.adag) + 0.2 * SMALL.x,
            jumps=[jump(C.a + 0.3j * SMALL.minus, 0.4, label="out")],
        ),
        ("out",), qutip.tensor(down(3), qutip.ket2dm(qutip.basis(16, 0))), 15,
    ),
}  # fmt: skip

MODEL_ERROR = 0.02
"""Of the largest mean field: what means of these models err by (docs/accuracy.md)."""


@pytest.mark.parametrize("name", MEANS)
def test_the_mean_is_the_coherent_field(name):
    """sqrt(2G) <c> in time; 3 standard errors hold for all but 1 in 400 of some hundred bins."""
    model, taps, start, photons = MEANS[name]
    times = np.linspace(0, 4, 21)
    fields, _ = records(model, taps, times, blocks=32)
    exact = mean_fields(model, start, times, photons)
    rates = fields / 0.2
    error = rates.std(axis=-1) / math.sqrt(rates.shape[-1])
    off = np.abs(rates.mean(axis=-1) - exact)
    assert np.all(off < MODEL_ERROR * np.abs(exact).max() + 3.5 * error)
    assert np.abs(exact).max() > 20 * error.max(), "the test would see a field of another size"


def test_another_weight_is_seen():
    """Negative control: of spin 1 m is 1.13, and friction has c/m."""
    model, taps, start, _ = MEANS["of spin 1"]
    times = np.linspace(0, 4, 21)
    fields, _ = records(model, taps, times, blocks=32)
    rates = fields / 0.2 / mean_weight(1.0)
    error = rates.std(axis=-1) / math.sqrt(rates.shape[-1])
    off = np.abs(rates.mean(axis=-1) - mean_fields(model, start, times))
    assert np.any(off > MODEL_ERROR * 0.85 + 3.5 * error)


REST = {
    "a mode": Model(jumps=[jump(C.a, 0.5, label="out")], hamiltonian=0.4 * C.n),
    "a spin": Model(jumps=[jump(A.minus, RATE, label="out")], hamiltonian=0.4 * A.z),
    "switched off": Model(jumps=[jump(A.minus, 0.0, label="out")], hamiltonian=0.4 * A.x),
    "an ensemble": Model(jumps=[jump(Ensemble(40, "e").minus, 0.02, label="out")]),
}


@pytest.mark.parametrize("name", REST)
def test_the_vacuum_is_white(name):
    """E|int dout|^2 = 1/2 a unit of time at all frequencies, from what is in its ground state.

    A spin is there but for 1/S of its vacuum.
    """
    times = np.linspace(0, 30, 121)
    fields, _ = records(REST[name], ("out",), times, blocks=16)
    omega, power, error = spectrum(fields[:, 0], 0.25)
    assert abs(np.mean(power)) < 0.01 + 3 * np.sqrt(np.sum(error**2)) / len(power)
    low = np.abs(omega) < 1
    assert abs(np.mean(power[low])) < 0.02 + 3 * np.sqrt(2 * np.sum(error[low] ** 2)) / low.sum()


def test_noise_of_its_own_is_not_white():
    """Negative control: a mode's symmetric fluctuations would be light."""
    times = np.linspace(0, 30, 121)
    _, vectors = records(REST["a mode"], ("out",), times, blocks=16)
    apart = detected_apart(vectors[:, :, 0], 1.0, 0.5, 0.25, np.random.default_rng(1))
    omega, power, _ = spectrum(apart, 0.25)
    assert np.mean(power[np.abs(omega) < 1]) > 0.5


def test_flux_and_coherent_field_of_the_driven_spin():
    """Power less vacuum, over bins of 0.1, in the steady state.

    The part of one spin in it is m^2 = 1 + 1/(4 S^2) too large, and its moments err by 0.3 %.
    """
    model, width = driven(), 0.1
    fields, _ = records(model, ("out",), np.arange(0, 60, width), blocks=48, skip=200)
    field = fields[:, 0]
    mean = field.mean(axis=0) / width
    error = mean.std() / math.sqrt(len(mean))
    assert steady_field(model) == pytest.approx(-1.6673j, abs=1e-4)
    assert abs(mean.mean() - steady_field(model)) < 0.005 * 1.6673 + 3 * error
    flux = np.mean(np.abs(field) ** 2, axis=0) / width**2 - 0.5 / width
    error = flux.std() / math.sqrt(len(flux))
    assert error < 0.03
    assert flux.mean() == pytest.approx(steady_flux(model, width), abs=0.05 + 3 * error)


def test_a_pulse_in_the_rate():
    """A rate that goes to zero: the field keeps its vacuum, and its mean is that of the rate."""
    rate = twoqs.Parameter("rate", cosine(RATE / 2, 2.0, offset=RATE / 2))
    model = Model(hamiltonian=1.5 * A.x, jumps=[jump(A.minus, rate, label="out")])
    times = np.linspace(0, 4, 21)
    energy, jumps = model.to_qutip()
    fine = np.linspace(0, 4, 401)
    means = qutip.mesolve(energy, down(10), fine, c_ops=jumps, e_ops=[_lowering(10)]).expect[0]
    exact = np.sqrt(RATE * (1 + np.cos(2 * fine))) * means
    inner = np.lib.stride_tricks.sliding_window_view(exact, 21)[::20]
    exact = np.trapezoid(inner, dx=1 / 20, axis=1)
    rates = records_of_pulses(model, times)
    error = rates.std(axis=-1) / math.sqrt(rates.shape[-1])
    assert np.all(np.abs(rates.mean(axis=-1) - exact) < 0.06 + 3.5 * error)
    assert np.abs(exact).max() > 10 * error.max()


def _lowering(spin):
    return qutip.jmat(spin, "-")


def records_of_pulses(model, times):
    """Mean fields of bins, by the values of the pulse in the middle of steps."""
    fields, _ = records(model, ("out",), times, blocks=32)
    return fields[:, 0] / (times[1] - times[0])


def test_channels_and_their_sites():
    sites = Sites(Spin(4), chain(3), "s")
    rates = np.array([[0.2, 0.1, 0], [0.1, 0.2, 0], [0, 0, 0.05]])
    model = Model(jumps=[
        jump(each(sites.minus), 0.1, label="own"), jump(sites.minus, 0.1, label="out"),
        jump([sites[i].minus for i in range(3)], rates=rates, label="guide"), jump(C.a, label="c"),
    ])  # fmt: skip
    method = twoqs.Conserving()
    places = {m.name: n for n, m in enumerate(model.members)}
    first = 1 if places["c"] == 0 else 0
    assert method.channels(model, ("out", "own")) == [
        ("out", None), *(("own", first + i) for i in range(3))
    ]  # fmt: skip
    assert method.channels(model, ("guide", "c")) == [*[("guide", None)] * 3, ("c", None)]
    fields, _ = records(model, ("own", "guide"), np.linspace(0, 0.2, 3), blocks=1)
    assert fields.shape == (2, 6, 64)


def test_sites_are_in_their_order_with_their_phases():
    """Each site's field has the phase of its own operator: means i^j of the same spins."""
    sites = Sites(Spin(10), chain(3, periodic=False), "s")
    jumps = [jump(each(sites.minus, [1j**j for j in range(3)]), RATE, label="out")]
    model = Model(hamiltonian=1.5 * sites.x, jumps=jumps)
    fields, _ = records(model, ("out",), np.linspace(0, 1, 3), blocks=8)
    mean = fields[1].mean(axis=-1) / 0.5
    phases = mean / mean[0]
    np.testing.assert_allclose(phases, 1j ** np.arange(3), atol=0.2)
    assert abs(mean[0]) > 1


REFUSED = {
    "unknown": (driven(), ("outt",), r"must name labels of jumps \(did you mean `out`"),
    "no labels": (
        Model(hamiltonian=A.x, jumps=[jump(A.minus + 0.1 * A.z)]), ("out",), "there is none",
    ),
    "members": (
        Model(jumps=[jump(each(Ensemble(9, "e").minus), 0.1, label="out")]), ("out",),
        "must name jumps of whole ensembles",
    ),
    "a pulse that changes its sign": (
        Model(jumps=[jump(twoqs.Parameter("p", cosine(1.0, 2.0)) * A.minus, 0.1, label="out")]),
        ("out",), "have no pulse that becomes negative",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_field_is_refused(name):
    model, taps, message = REFUSED[name]
    with pytest.raises(ArgumentError, match=message) as error:
        twoqs.Conserving().channels(model, taps)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama", "discrete"])
def test_other_methods_are_refused(scheme):
    model = Model(spin=0.5 if scheme == "discrete" else 10, decay=1.0)
    method = twoqs.methods.METHODS[scheme]()
    with pytest.raises(ArgumentError, match='`scheme` must be "conserving" for what leaves') as e:
        method.structure(model, ("decay",))
    assert "\n" not in str(e.value)


def test_taps_change_no_physics():
    """The means of spins are those of runs without taps, within 3.5 errors of both."""
    model = driven()
    times = np.linspace(0, 4, 5)
    _, vectors = records(model, ("out",), times, blocks=32)
    plain = twoqs.simulate(model, times=times[1:].tolist(), trajectories=2048, seed=3)
    for axis, name in enumerate(("sx", "sy", "sz")):
        mine = mean_weight(10.0) * vectors[:, axis, 0]
        error = np.hypot(mine.std(axis=-1) / math.sqrt(2048), plain[f"{name}_se"])
        off = np.abs(mine.mean(axis=-1) - plain[name])
        assert np.all(off < 0.01 * 10 + 3.5 * error)


def test_single_precision():
    """The same numbers but for rounding."""
    model, times = driven(), np.linspace(0, 1, 3)
    found = [
        records(model, ("out",), times, blocks=1, precision=precision)[0].mean()
        for precision in ("double", "single")
    ]
    assert abs(found[0] - found[1]) < 0.2 * abs(found[0])
    assert found[0] != found[1]
