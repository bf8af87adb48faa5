"""How many independent samples a mean is worth."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs

RATE = 0.5


def test_a_damped_mode_has_as_many_samples_as_its_memory_leaves() -> None:
    """Of an Ornstein-Uhlenbeck process, exactly: sampled at equal times its mean has the variance
    (M + 2 sum_k (M - k) r^k)/M^2 of one sample. The error comes from 512 groups, so that each ratio
    has an error of sqrt(2/511) = 6 %, and 4 % together. At time 0 samples are stratified: later."""
    mode = twoqs.Mode("a")
    model = twoqs.Model(hamiltonian=0 * mode.n, jumps=[twoqs.jump(mode.a, rate=RATE)])
    data = twoqs.simulate(
        model, average=(10, 30), samples=80, step=0.05, trajectories=8192, derived={"own": "2*a_re"}
    )
    r, lags = np.exp(-RATE * 20 / 80), np.arange(1, 80)
    wanted = int(data.trajectories) * 80**2 / (80 + 2 * ((80 - lags) * r**lags).sum())
    found = [float(data.twoqs.effective_samples(name)) for name in ("a_re", "a_im")]
    assert np.mean(found) / wanted == pytest.approx(1, abs=3 * 0.044)
    for name in ("own", "n", "nothing"):
        with pytest.raises(twoqs.ArgumentError, match="`name` must be a mean with a variance"):
            data.twoqs.effective_samples(name)
