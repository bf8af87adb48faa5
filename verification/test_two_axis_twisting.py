"""Two-axis twisting H = 2 (S^x S^y + S^y S^x) of S = 10 from the pole, against QuTiP.

That is twist=(40, -40, 0) of the keywords, 40/(2S) for each square, turned by 45 degrees. Squeezing
is compared at all times up to its best; its ratio to the exact one may be off by 8 %, beyond three
standard errors: the method errs by some 5 % for a spin so short.
"""

from __future__ import annotations

import numpy as np
import pytest

import twoqs as tq
from twoqs.measure.fits import squeezing
from twoqs.theory import evolve

A = tq.Spin(10)
TIMES = np.arange(0.0, 0.0401, 0.001)
MOMENTS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")
TOLERANCE = 0.08

# Decay, its wrong rate (in the convention with half of D), and the best xi^2 with its time.
CASES = [
    pytest.param(0.0, 0.0, 0.16234, 0.034, id="no decay"),
    pytest.param(2.0, 1.0, 0.27729, 0.029, id="decay 2"),
]


def twisting(decay: float, other: float = 1.0) -> tq.Model:
    """With `other` 0 in place of 1 only one of the two axes twists."""
    # In the turned axes: S^x S^y + S^y S^x = (S^u)^2 - (S^v)^2.
    u, v = (A.x + A.y) * 0.5**0.5, (A.x - A.y) * 0.5**0.5
    energy = 2 * (A.x * A.y + A.y * A.x) if other == 1 else 2 * (u**2 - other * v**2)
    return tq.Model(hamiltonian=energy, jumps=[tq.jump(A.minus, decay / 20)], initial="up")


def worst(model: tq.Model, exact: np.ndarray, until: float) -> tuple[np.ndarray, float]:
    """xi^2 at TIMES, and the largest |ratio - 1| up to a time, less three standard errors."""
    found = tq.simulate(model, times=list(TIMES), trajectories=65_536, seed=1)
    beyond = np.abs(found.squeezing / exact - 1) - 3 * found.squeezing_se / exact
    return found.squeezing.values, float(beyond[until + 1e-9 >= TIMES].max())


@pytest.mark.parametrize(("decay", "wrong_decay", "best", "time"), CASES)
def test_two_axis_twisting(decay: float, wrong_decay: float, best: float, time: float) -> None:
    state = evolve(twisting(decay), TIMES)
    exact = squeezing(10.0, *(state[name].values for name in MOMENTS))
    place = int(np.argmin(exact))
    assert exact[place] == pytest.approx(best, abs=1e-5)  # the digits that are given
    assert TIMES[place] == pytest.approx(time)
    ours, beyond = worst(twisting(decay), exact, time)
    control = twisting(wrong_decay) if decay else twisting(0.0, 0.8)
    wrong, wrong_beyond = worst(control, exact, time)
    print(
        f"two-axis twisting, decay {decay:g}: xi^2 at t = {time:g} {ours[place]:.5f}, exact "
        f"{exact[place]:.5f}, ratio {ours[place] / exact[place]:.3f}; least {ours.min():.5f} at "
        f"{TIMES[np.argmin(ours)]:.3f}; largest |ratio - 1| up to then {beyond:.3f} beyond three "
        f"standard errors; control {wrong[place]:.5f}, {wrong_beyond:.3f}"
    )
    assert beyond < TOLERANCE < wrong_beyond
    assert ours.min() == pytest.approx(best, rel=TOLERANCE)
