"""Output fields of a mode without light, and with coherent light: exact, and nothing invented."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import twoqs
from twoqs import Mode, Model, jump

C = Mode("c")
LOSS = jump(C.a, 0.5, label="out")
VACUUM = Model(jumps=[LOSS])
COHERENT = Model(hamiltonian=0.75 * (C.a + C.adag), jumps=[LOSS])
"""<c> = -1.5i, flux 2.25."""

ASKED = {
    "flux": {"flux": "out"}, "pair": {"coincidence": "out"}, "mean": {"field": "out"},
    "light": {"spectrum": "out"}, "noise": {"homodyne": "out", "angle": "best"},
    "first": {"g1": "out"}, "second": {"g2": "out"}, "count": {"quanta": "out"},
}  # fmt: skip


def measured(model: Model) -> xr.Dataset:
    return twoqs.simulate(
        model, average=(20, 36), samples=129, trajectories=1024, observables=ASKED, seed=1
    )


@pytest.fixture(scope="module")
def coherent() -> xr.Dataset:
    return measured(COHERENT)


def beyond(found: xr.Dataset, name: str, exact: float) -> float:
    """Largest deviation in standard errors."""
    return float((abs(found[name] - exact) / found[f"{name}_se"]).max())


def test_there_is_no_light_in_the_vacuum() -> None:
    """Means are zero, ratios to them are none; 4.5 standard errors for some 130 numbers."""
    found = measured(VACUUM)
    for name in ("flux", "mean_re", "mean_im", "light", "light_coherent", "light_incoherent",
                 "count", "count_var"):  # fmt: skip
        assert beyond(found, name, 0.0) < 4.5, name
    for name in ("pair", "first_re", "first_im", "second", "count_mandel"):
        assert bool(np.isnan(found[name]).all()), name


def test_coherent_light_is_the_line_alone(coherent: xr.Dataset) -> None:
    exact = {
        "flux": 2.25, "pair": 1.0, "mean_re": 0.0, "mean_im": -1.5, "light": 0.0,
        "light_coherent": 2.25, "light_incoherent": 0.0, "second": 1.0, "count": 36.0,
        "count_var": 36.0, "count_mandel": 0.0,
    }  # fmt: skip
    for name, value in exact.items():
        assert beyond(coherent, name, value) < 4.5, name
    # At no lag g1 is 1 by definition.
    assert beyond(coherent.isel(first_lag=slice(1, None)), "first_re", 1.0) < 4.5
    assert beyond(coherent.isel(first_lag=slice(1, None)), "first_im", 0.0) < 4.5


def test_errors_tell_light_from_none(coherent: xr.Dataset) -> None:
    """Negative control."""
    for name in ("flux", "mean_im", "light_coherent", "count", "count_var"):
        assert beyond(coherent, name, 0.0) > 10, name
    assert beyond(coherent, "second", 2.0) > 10


def test_least_noise_is_that_of_the_vacuum_but_for_its_choice(coherent: xr.Dataset) -> None:
    """The least of equal noises is below their mean by about one standard error."""
    noise, error = coherent.noise, coherent.noise_se
    assert bool((abs(noise - 1) < 5 * error).all())
