"""Replicas: own functions of results have the errors that built-in ones have."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from sweeps import sweep

import twoqs
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out


def error(replicas: xr.DataArray) -> xr.DataArray:
    n = replicas.count("replica")
    spread = ((replicas - replicas.mean("replica")) ** 2).sum("replica")
    return np.sqrt((n - 1) / n * spread)


def variance_again(second: xr.DataArray, mean: xr.DataArray) -> xr.DataArray:
    return second - mean**2


def squares(model: twoqs.Model, **more: Any) -> xr.Dataset:
    own = twoqs.Observable(
        "second", "<(S^z)^2>", "hbar^2", 2, lambda averages: averages.raw["zz"][..., 0]
    )
    more = {"times": [0, 1, 2], "trajectories": 256, "observables": [own], "seed": 3} | more
    return twoqs.simulate(model, **more)


MODEL = twoqs.Model(10, field=(0.7, 0, 0), decay=1.0)


def test_a_variance_by_hand_has_the_built_in_error() -> None:
    ds = squares(MODEL)
    replicas = ds.twoqs.replicas(["second", "sz"])
    assert replicas.second.dims == ("replica", "time")
    again = variance_again(replicas.second, replicas.sz)
    assert np.allclose(error(again), ds.var_sz_se, rtol=1e-9)
    assert np.allclose(error(ds.twoqs.replicas("var_sz")), ds.var_sz_se, rtol=1e-9)
    # Negative control: means and squares of different trajectories.
    shuffled = replicas.second.copy(data=replicas.second.values[::-1])
    assert not np.allclose(error(variance_again(shuffled, replicas.sz)), ds.var_sz_se, rtol=0.1)


def test_averages_and_parts_of_results_have_them() -> None:
    ds = squares(MODEL, times=None, average=(1, 2))
    assert ds.twoqs.replicas("sz").dims == ("replica",)
    assert error(ds.twoqs.replicas("sz")).item() == pytest.approx(ds.sz_se.item(), rel=1e-9)
    assert np.array_equal(ds[["sz"]].twoqs.replicas("sz"), ds.twoqs.replicas("sz"))


def test_those_of_a_store_are_of_its_points(tmp_path: Path) -> None:
    carry_out(sweep(), tmp_path / "s", Workers(0), quiet=True)
    ds = twoqs.open(tmp_path / "s")
    found = ds.twoqs.replicas("squeezing")
    assert found.dims == ("replica", "omega", "case", "time")
    known = np.isfinite(ds.squeezing)
    assert known.any()
    assert np.allclose(error(found).where(known), ds.squeezing_se.where(known), equal_nan=True)
    one = ds.twoqs.sel(omega=1.5, case="conserving").twoqs.replicas("squeezing")
    assert np.array_equal(one, found.sel(omega=1.5, case="conserving"), equal_nan=True)
    pair = ds.twoqs.replicas(["sx", "sz"])
    angle = np.arctan2(pair.sx, pair.sz)
    assert error(angle).sizes == {"omega": 2, "case": 2, "time": 3}


def test_without_sums_there_are_none() -> None:
    ds = squares(MODEL, times=[1])
    with pytest.raises(ArgumentError, match="variables with errors"):
        ds.twoqs.replicas("spin")
    with pytest.raises(ArgumentError, match="name of a variable"):
        ds.twoqs.replicas([])
    with pytest.raises(ArgumentError, match="be a Dataset"):
        ds.sz.twoqs.replicas("sz")
    # Own observables may be lambdas: results can be pickled all the same, without sums.
    copy = pickle.loads(pickle.dumps(ds))
    assert copy.equals(ds)
    with pytest.raises(ArgumentError, match="simulate has returned in this process"):
        copy.twoqs.replicas("sz")
