"""Observables with closed forms: total squeezing of one twisting, moments and ratios of them.

Numbers are printed (-s) beside the exact ones, with standard errors.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import xarray as xr

import twoqs
from twoqs import Model, Sites, Spin, all_to_all, bonds, each, jump

pytestmark = pytest.mark.timeout(1200)

N, SPIN = 8, 20.0
TOTAL = N * SPIN
CHI = 1.0
TIMES = np.linspace(0, 0.02, 11)
"""The best squeezing of a spin of 160 is at about chi t = 0.02."""


def kitagawa_ueda(times: np.ndarray) -> np.ndarray:
    """xi^2 = 2S V/<S^x>^2 of H = chi (S^z)^2 from x, S the total spin."""
    mu, power = 2 * CHI * times, 2 * TOTAL - 2
    a = 1 - np.cos(mu) ** power
    b = 4 * np.sin(mu / 2) * np.cos(mu / 2) ** power
    variance = TOTAL / 2 * (1 + (TOTAL - 0.5) / 2 * (a - np.hypot(a, b)))
    return np.asarray(2 * TOTAL * variance / (TOTAL * np.cos(mu / 2) ** (2 * TOTAL - 1)) ** 2)


@cache
def twisted(own: float = 1.0) -> xr.Dataset:
    """All pairs of eight spins, and each by itself; without the latter it is another twisting."""
    s = Sites(Spin(SPIN), all_to_all(N), name="s")
    energy = 2 * CHI * bonds(s.z, s.z) + own * CHI * each(s.z**2)
    model = Model(hamiltonian=energy, initial=twoqs.coherent(math.pi / 2, 0.0))
    asked = {
        "tot": {"total": True}, "x": "s.x", "z2": "s.z**2", "y2": "s.y**2",
        "yz": "(s.y*s.z + s.z*s.y)/2", "y": "s.y", "z": "s.z",
    }  # fmt: skip
    half = "((y2 - y**2) - (z2 - z**2))/2"
    smallest = f"((y2 - y**2) + (z2 - z**2))/2 - sqrt(({half})**2 + (yz - y*z)**2)"
    derived = {"least": f"{2 * TOTAL}*({smallest})/x**2"}
    return twoqs.simulate(
        model, times=TIMES.tolist(), trajectories=2**15, observables=asked, derived=derived, seed=2
    )


def beyond(found: xr.Dataset, name: str) -> np.ndarray:
    """Deviation from the closed form in standard errors, after time 0."""
    off = np.abs(found[name].values - kitagawa_ueda(TIMES))
    return np.asarray((off / found[f"{name}_se"].values)[1:])


@pytest.mark.parametrize("name", ["tot_squeezing", "least"])
def test_all_to_all_is_one_twisting(name: str) -> None:
    """By the request of the total, and by a formula of own moments: three standard errors."""
    found, exact = twisted(), kitagawa_ueda(TIMES)
    print()
    for time, value, error, wanted in zip(
        TIMES, found[name].values, found[f"{name}_se"].values, exact, strict=True
    ):
        print(f"  chi t = {time:.3f}: {value:.4f}({error:.4f}), exact {wanted:.4f}")
    assert np.all(beyond(found, name) < 3)


def test_twisting_without_own_terms_is_seen() -> None:
    """Negative control: spins that do not twist themselves are not one spin."""
    assert np.max(beyond(twisted(0.0), "tot_squeezing")) > 10


def mixed_moments(spin: float) -> tuple[float, float]:
    """<(S^x)^2> and <(S^x)^4> of a spin in no direction."""
    m = np.arange(2 * spin + 1) - spin
    return float(np.mean(m**2)), float(np.mean(m**4))


@cache
def pumped() -> xr.Dataset:
    """A spin that decay and pump of equal rates leave in no direction, by moments of S^x."""
    one = Spin(10, "a")
    model = Model(jumps=[jump(one.minus, 0.05), jump(one.plus, 0.05)], initial=twoqs.mixed())
    asked = {"m2": "a.x**2", "m4": "a.x**4", "cubed": "a.x*a.y*a.z", "back": "a.z*a.y*a.x"}
    derived = {"binder": "1 - m4/(3*m2**2)", "curl": "cubed_im - back_im"}
    return twoqs.simulate(
        model, average=(5, 25), samples=21, trajectories=2**15, observables=asked,
        derived=derived, seed=3,
    )  # fmt: skip


def test_binder_ratio() -> None:
    """Of fourth moments, right to 1/S^2 of their size."""
    found, (second, fourth) = pumped(), mixed_moments(10)
    exact = 1 - fourth / (3 * second**2)
    value, error = float(found.binder), float(found.binder_se)
    print(f"\nBinder {value:.5f}({error:.5f}), exact {exact:.5f}")
    assert abs(value - exact) < 1 / 100 + 3 * error
    assert error < 0.01
    # Negative control: the third moment in the place of the square of the second one.
    assert abs(1 - float(found.m4 / (3 * found.m2)) - exact) > 10 * (1 / 100 + 3 * error)


def test_order_of_products() -> None:
    """xyz - zyx = i (x^2 - y^2 + z^2) at any state, i S(S+1)/3 of one in no direction."""
    found = pumped()
    exact = 10 * 11 / 3
    print(
        f"\nIm <xyz - zyx> {float(found.curl):.3f}({float(found.curl_se):.3f}), exact {exact:.3f}"
    )
    assert abs(float(found.curl) - exact) < exact / 100 + 3 * float(found.curl_se)
    # Negative control: products without an order have no imaginary part.
    assert exact > 10 * (exact / 100 + 3 * float(found.curl_se))
