"""Files and caches of predictions give back what was put in."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from measured import TIMES, WINDOW
from sweeps import sweep

import twoqs
from twoqs.errors import ArgumentError, StoreError
from twoqs.execution.predict import (
    PredictionCache,
    are_for,
    predict,
    predictions,
    read_predictions,
    write_netcdf,
)
from twoqs.methods.numerics import Numerics, resolve


def test_a_second_call_computes_nothing_and_more_processes_change_nothing(tmp_path, monkeypatch):
    content = sweep()
    first = predictions(content, PredictionCache(tmp_path / "one"))
    xr.testing.assert_identical(
        first, predictions(content, PredictionCache(tmp_path / "two"), workers=2)
    )
    monkeypatch.setattr("twoqs.execution.predict.grid.predict", None)
    xr.testing.assert_identical(first, predictions(content, PredictionCache(tmp_path / "one")))
    more = sweep(trajectories=4096)
    xr.testing.assert_identical(first, predictions(more, PredictionCache(tmp_path / "one")))


def test_other_code_predicts_anew(tmp_path, monkeypatch):
    """What is kept is of the code that predicted it; a file of predictions is read all the same."""
    content, calls = sweep(), []
    first = predictions(content, PredictionCache(tmp_path))
    monkeypatch.setattr("twoqs.execution.predict.cache.CODE", "another")
    counted = "twoqs.execution.predict.grid.predict"
    monkeypatch.setattr(counted, lambda *given: calls.append(given) or predict(*given))
    again = predictions(content, PredictionCache(tmp_path))
    assert len(calls) == 2  # two drives; cases share
    xr.testing.assert_identical(first, again)
    assert are_for(first, content)
    assert not are_for(first, sweep(model__spin=12))


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "text"])
def test_a_damaged_file_counts_as_none(tmp_path, damage):
    cache = PredictionCache(tmp_path)
    model = twoqs.Model(spin=4, decay=1.0)
    numerics = resolve(model, TIMES)
    key = cache.key(model, numerics)
    cache.put(key, predict(model, numerics))
    assert cache.get(key) is not None
    path = tmp_path / f"{key}.nc"
    content = bytearray(path.read_bytes())
    if damage == "truncate":
        content = content[: len(content) // 2]
    elif damage == "flip":
        place = content.index(np.array([predict(model, numerics).sz.values[1]], ">f8").tobytes())
        content[place + 3] ^= 1
    else:
        content = bytearray(b"" if damage == "empty" else b"not netCDF at all")
    path.write_bytes(bytes(content))
    assert cache.get(key) is None


def test_names_depend_on_what_is_predicted_alone():
    model = twoqs.Model(spin=4, field=(0.5, 0, 0), decay=1.0)
    base = resolve(model, TIMES)
    assert PredictionCache.key(model, base) == PredictionCache.key(
        model, resolve(model, Numerics("pda", times=TIMES.times))
    )
    others = (
        resolve(model, WINDOW),
        resolve(model, Numerics(times=(0.0, 0.5, 1.5))),
    )
    assert len({PredictionCache.key(model, numerics) for numerics in (base, *others)}) == 3
    weaker = twoqs.Model(spin=4, field=(0.5, 0, 0), decay=0.5)
    assert PredictionCache.key(weaker, base) != PredictionCache.key(model, base)


def test_files_of_predictions(tmp_path):
    found = predictions(sweep())
    write_netcdf(found, tmp_path / "new" / "file.nc")
    again = read_predictions(tmp_path / "new" / "file.nc")
    xr.testing.assert_allclose(found, again)
    assert again.case.values.tolist() == ["pda", "conserving"]
    with pytest.raises(StoreError, match="There are no predictions in") as error:
        read_predictions(tmp_path / "none.nc")
    assert isinstance(error.value, ArgumentError)
    (tmp_path / "bad.nc").write_text("no")
    with pytest.raises(StoreError, match="damaged"):
        read_predictions(tmp_path / "bad.nc")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Cannot write"):
        write_netcdf(found, tmp_path / "file" / "x.nc")
    assert math.isfinite(float(again.sz[0, 0, 1]))


def test_large_integers_on_an_axis(tmp_path):
    content = sweep(axes={"S": {"sets": "model.spin", "values": [4, 3_000_000_000]}})
    write_netcdf(predictions(content), tmp_path / "big.nc")
    assert read_predictions(tmp_path / "big.nc").S.values.tolist() == [4, 3e9]
