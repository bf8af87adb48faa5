"""Light with known statistics: bunching, bursts, modes and squeezing, by requests of the emission.

Numbers are printed (-s). Each case has a wrong one beside it.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import xarray as xr

import twoqs
from twoqs import Mode, Model, Spin, jump

pytestmark = pytest.mark.timeout(1200)

C = Mode("c")


def ladder_g2(spin: float, ratio: float) -> float:
    """<S+S+S-S->/<S+S->^2 of the populations p_m ~ ratio^(m + S)."""
    m = np.arange(2 * spin + 1) - spin
    p = np.exp((m - spin) * math.log(ratio))
    p /= p.sum()
    down = (spin + m) * (spin - m + 1)  # <m| S+S- |m>
    twice = down * (spin + m - 1) * (spin - m + 2)
    return float(p @ twice / (p @ down) ** 2)


def pumped(spin: float, ratio: float) -> xr.Dataset:
    """In the steady state of collective decay and pump at that ratio."""
    one = Spin(spin, "a")
    rate = 1 / (2 * spin)
    model = Model(jumps=[
        jump(one.minus, rate, label="out"), jump(one.plus, ratio * rate, label="back")
    ], initial=twoqs.mixed())  # fmt: skip
    asked = {
        "bunching": {"coincidence": "out"},
        "even": "sym(a.plus*a.plus*a.minus*a.minus)", "flux": {"flux": "out"},
    }  # fmt: skip
    derived = {"even_g2": f"even/(flux/{2 * rate!r})**2"}
    # The mean direction relaxes at about 2G; a mixed spin at ratio 1 is at rest from the start.
    start = 10.0 if ratio == 1 else 60.0
    return twoqs.simulate(
        model, average=(start, start + 20), samples=41, trajectories=2**14, observables=asked,
        derived=derived, seed=3,
    )  # fmt: skip


@pytest.mark.parametrize(("spin", "ratio"), [(1000, 1.0), (50, 1.0), (10, 1.0), (10, 0.9)])
def test_bunching_of_a_pumped_spin(spin: float, ratio: float) -> None:
    """6/5 for S >> 1 and equal rates. Order of operators and truncation: 1/S^2 of the value."""
    found, exact = pumped(spin, ratio), ladder_g2(spin, ratio)
    value, error = float(found.bunching), float(found.bunching_se)
    print(f"\nS = {spin}, ratio {ratio}: g2(0) {value:.4f}({error:.4f}), exact {exact:.4f}, in "
          f"symmetric order {float(found.even_g2):.4f}")  # fmt: skip
    assert abs(value - exact) < 2 / spin**2 + 3 * error
    if spin == 1000:
        assert exact == pytest.approx(1.2, abs=1e-5)


def test_symmetric_order_is_seen() -> None:
    """Negative control: where the spin leans down, the product in symmetric order is another."""
    found = pumped(10, 0.9)
    off = abs(float(found.even_g2) - ladder_g2(10, 0.9))
    assert off > 2 * (2 / 100 + 3 * float(found.even_g2_se))


BURSTS = {10: (0.83509, 3.0264, 0.02), 5000: (0.78279, 9.5389, 0.01)}
"""Peak over gamma S^2, its time gamma N t, and tolerance of both; gamma = 2G."""


def burst(spin: int, rate: float = 1.0) -> tuple[float, float, float]:
    """Peak of the flux over gamma S^2, its error, and gamma N t there, by a parabola."""
    middle = BURSTS[spin][1] / 2
    times = [0.0, *np.linspace(0.5 * middle, 1.5 * middle, 61)]
    model = Model(spin, decay=rate, initial="up")
    found = twoqs.simulate(
        model, times=times, trajectories=2**15, observables={"out": {"flux": "decay"}}, seed=4
    )
    values = found.out.values / spin  # gamma S^2 = S at Gamma = 1
    top = int(np.argmax(values))
    near = slice(max(top - 8, 0), top + 9)
    a, b, c = np.polyfit(found.time.values[near], values[near], 2)
    return c - b * b / (4 * a), float(found.out_se[top]) / spin, -b / a  # gamma N t = 2 t


@pytest.mark.parametrize("spin", BURSTS)
def test_burst_of_decay(spin: int) -> None:
    peak, error, time = burst(spin)
    exact, when, tolerance = BURSTS[spin]
    print(f"\nS = {spin}: peak {peak:.5f}({error:.5f}), exact {exact}; at {time:.4f}, exact {when}")
    assert abs(peak / exact - 1) < tolerance + 3 * error
    assert abs(time / when - 1) < tolerance


def test_another_rate_is_seen() -> None:
    """Negative control: a rate that is wrong by 5 % has a burst of another height, too early."""
    peak, error, time = burst(10, rate=1.05)
    exact, when, tolerance = BURSTS[10]
    assert abs(peak / exact - 1) > tolerance + 3 * error
    assert abs(time / when - 1) > tolerance


LOST = jump(C.a, 0.5, label="out")
STATES = {
    # a model, <n> in its steady state
    "vacuum": (Model(jumps=[LOST]), 0.0),
    "thermal": (Model(jumps=[jump(C.a, 0.8, label="out"), jump(C.adag, 0.3)]), 0.6),
    "coherent": (Model(hamiltonian=0.75 * (C.a + C.adag), jumps=[LOST]), 2.25),
    "squeezed": (Model(hamiltonian=0.125j * (C.adag**2 - C.a**2), jumps=[LOST]), 1 / 6),
}
"""The squeezed one, e = G/2: n = e^2/(2 (G^2 - e^2)) = 1/6, <aa> = e G/(2 (G^2 - e^2)) = 1/3,
g2 = 2 + |<aa>|^2/n^2 = 6."""
G2 = {"thermal": 2.0, "coherent": 1.0, "squeezed": 6.0}


@cache
def light_of(name: str) -> xr.Dataset:
    """In the steady state."""
    asked = {
        "together": {"coincidence": "out"}, "emitted": {"flux": "out"},
        "wrong": "sym(c.adag*c.adag*c.a*c.a)", "number": "c.n",
    }  # fmt: skip
    return twoqs.simulate(
        STATES[name][0], average=(30, 60), samples=61, trajectories=2**14, observables=asked,
        derived={"wrong_g2": "wrong/number**2"}, seed=5,
    )  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_numbers_of_quanta(name: str) -> None:
    """Modes without Kerr terms are exact: three standard errors and nothing else."""
    found, n = light_of(name), STATES[name][1]
    rate = 2 * (0.8 if name == "thermal" else 0.5)
    for value, error, exact in (
        (found.n, found.n_se, n), (found.emitted, found.emitted_se, rate * n),
        *([(found.together, found.together_se, G2[name])] if name in G2 else []),
    ):  # fmt: skip
        print(f"\n{name}: {float(value):.4f}({float(error):.4f}), exact {exact:.4f}", end="")
        assert abs(value - exact) < 3 * error
    if name == "vacuum":
        assert np.isnan(found.together)


@pytest.mark.parametrize("name", G2)
def test_symmetric_order_of_modes_is_seen(name: str) -> None:
    """Negative control."""
    found = light_of(name)
    assert abs(found.wrong_g2 - G2[name]) > 10 * found.wrong_g2_se


LOSS, GAIN = 0.5, 0.25
"""G and e of H = i e (a^+2 - a^2)/2, half below threshold."""


@cache
def squeezed_output(turn: float = 0.35) -> xr.Dataset:
    """Noise of quadratures, of least noise and at two angles, of which one has the noise wrong."""
    e = GAIN * np.exp(2j * turn)
    energy = 0.5j * (complex(e) * C.adag**2 - complex(np.conj(e)) * C.a**2)
    model = Model(hamiltonian=energy, jumps=[jump(C.a, LOSS, label="out")])
    asked = {
        "least": {"homodyne": "out", "angle": "best", "resolution": 0.05},
        "loud": {"homodyne": "out", "angle": turn, "resolution": 0.05},
        "quiet": {"homodyne": "out", "angle": turn + math.pi / 2, "resolution": 0.05},
    }  # fmt: skip
    return twoqs.simulate(
        model, average=(20, 340), samples=1601, trajectories=8192, observables=asked, seed=6
    )


def textbook(omega: np.ndarray, sign: int) -> np.ndarray:
    """1 +- 4 G e/((G -+ e)^2 + omega^2) of the vacuum's noise."""
    return np.asarray(1 + sign * 4 * LOSS * GAIN / ((LOSS - sign * GAIN) ** 2 + omega**2))


OF_NOISE = 0.03


@pytest.mark.parametrize(("name", "sign"), [("least", -1), ("quiet", -1), ("loud", 1)])
def test_squeezed_output_below_threshold(name: str, sign: int) -> None:
    """Within 3 % of the textbook at every frequency, of which the resolution takes a part."""
    found = squeezed_output()
    omega = found.least_omega.values
    off = found[name].values / textbook(omega, sign) - 1
    errors = found[f"{name}_se"].values / textbook(omega, sign)
    centre = np.argmin(np.abs(omega))
    print(f"\n{name}: at 0 {float(found[name][centre]):.4f}, exact {textbook(0.0, sign):.4f}; off "
          f"by {np.abs(off).max():.4f} at most, errors {errors.max():.4f}")  # fmt: skip
    assert np.all(np.abs(off) < OF_NOISE + 3 * errors)
    assert np.mean(np.abs(off)) < 0.01


def test_another_angle_is_seen() -> None:
    """Negative control."""
    found = squeezed_output()
    off = found.loud.values / textbook(found.loud_omega.values, -1) - 1
    assert np.max(np.abs(off)) > 10 * OF_NOISE


@pytest.mark.parametrize("frequency", [0.8, -0.8])
def test_the_sign_of_frequencies(frequency: float) -> None:
    """A thermal mode has a Lorentzian line at its own frequency, 2G n 2k/((w - w0)^2 + k^2)."""
    model = Model(
        hamiltonian=frequency * C.n, jumps=[jump(C.a, 0.5, label="out"), jump(C.adag, 0.2)]
    )
    found = twoqs.simulate(
        model, average=(20, 340), samples=1601, trajectories=4096, seed=7,
        observables={"light": {"spectrum": "out", "resolution": 0.05}},
    )  # fmt: skip
    omega, width = found.light_omega.values, 0.3
    n = 0.2 / width
    line = 2 * 0.5 * n * 2 * width / ((omega - frequency) ** 2 + width**2)
    other = line[::-1]  # frequencies are symmetric but for a last one
    off = np.abs(found.light.values - line)
    print(f"\nline at {frequency}: {off.max() / line.max():.4f} of its height off at most, errors "
          f"{float(found.light_se.max()) / line.max():.4f}")  # fmt: skip
    allowed = 0.02 * line.max() + 3 * found.light_se.values  # the resolution, squared, over width^2
    assert np.all(off < allowed)
    assert np.any(np.abs(found.light.values - other) > 5 * allowed)
