"""Sweeps that are opened piece by piece: which chunks there may be, and what is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import twoqs
from twoqs.errors import ArgumentError, StoreError
from twoqs.store.store import MERGED


def test_dask_may_choose_the_chunks(serial: Path) -> None:
    data = twoqs.open(serial, chunks="auto")
    assert data.sz.chunks is not None
    xr.testing.assert_identical(data.load(), twoqs.open(serial))


@pytest.mark.parametrize("chunks", ["automatic", {"time": "two"}, 1.5])
def test_chunks_that_do_not_fit_are_told(chunks: Any, serial: Path) -> None:
    with pytest.raises(ArgumentError, match=r"`chunks` must be .* omega, case, time"):
        twoqs.open(serial, chunks=chunks)


@pytest.mark.parametrize("chunks", [None, {}])
def test_a_chunk_that_is_gone_is_never_read_as_nan(chunks: Any, serial: Path) -> None:
    (serial / MERGED / "sz" / "c" / "0" / "0" / "0").unlink()
    assert np.isnan(xr.open_zarr(serial / MERGED).sz).all(), "what Zarr makes of it"
    with pytest.raises(StoreError, match="is damaged"):
        twoqs.open(serial, chunks=chunks)


def test_a_sweep_can_be_reindexed_and_merged(serial: Path) -> None:
    """Texts along the axes do not stand in the way, whole or piece by piece."""
    for chunks in (None, {}):
        data = twoqs.open(serial, chunks=chunks)
        wider = data.reindex(omega=[0.5, 1.0, 1.5]).load()
        assert wider.sz.sel(omega=1.0).isnull().all()
        assert wider.point_id.sel(omega=1.0).isnull().all()
        xr.testing.assert_equal(wider.sel(omega=[0.5, 1.5]).sz, data.sz.load())
        parts = [data[["sz"]].isel(omega=[place]) for place in (0, 1)]
        both = xr.merge(parts, join="outer", compat="no_conflicts")
        xr.testing.assert_equal(both.sz.load(), data.sz.load())
