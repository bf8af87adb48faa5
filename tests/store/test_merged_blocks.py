"""Merged datasets are written in blocks of the grid, to a few files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from filled import fill
from sweeps import sweep

from twoqs.store import merge
from twoqs.store.grid import chunk_shape, extent, positions, regions


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 7, 12, 23, 24, 25, 1000])
def test_blocks_of_a_grid_cover_it_once_in_order(limit: int) -> None:
    shape = (2, 3, 4)
    chunks = chunk_shape(shape, limit)
    assert np.prod(chunks) <= max(limit, 1)
    seen = []
    for region in regions(shape, chunks):
        expected = np.arange(24).reshape(shape)[region].ravel().tolist()
        assert list(positions(shape, region)) == expected
        assert np.prod(extent(region)) == len(expected)
        seen += expected
    assert seen == list(range(24))


def test_a_point_alone_is_a_grid() -> None:
    assert chunk_shape((), 5) == ()
    assert list(regions((), ())) == [()]
    assert list(positions((), ())) == [0]


@pytest.mark.parametrize("chunk_bytes", [1, 100, 10**9])
@pytest.mark.parametrize("region_bytes", [1, 20_000, 10**9])
def test_merging_in_blocks_changes_no_value(
    region_bytes: int, chunk_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sweep(axes__omega__values=[0.1, 0.2, 0.3, 0.4, 0.5])
    fill(tmp_path / "whole", content)
    monkeypatch.setattr(merge, "REGION_BYTES", region_bytes)
    monkeypatch.setattr(merge, "CHUNK_BYTES", chunk_bytes)
    fill(tmp_path / "blocks", content)
    whole = zarr.open_group(tmp_path / "whole" / "merged.zarr", mode="r")
    blocks = zarr.open_group(tmp_path / "blocks" / "merged.zarr", mode="r")
    assert set(whole.array_keys()) == set(blocks.array_keys())
    for name, array in whole.arrays():
        np.testing.assert_array_equal(array[...], blocks[name][...])
    sz = blocks["sz"]
    assert isinstance(sz, zarr.Array)
    if region_bytes == 1:
        # Three times are 24 bytes: 100 hold four points, which are two of five values of omega.
        assert sz.nchunks == {1: 10, 100: 3, 10**9: 1}[chunk_bytes]


@pytest.mark.parametrize(
    "numerics",
    [
        {"average": [0, 1], "observables": ["correlation", "sites"]},
        {"times": {"linspace": [0, 10, 101]}, "observables": ["correlation"]},
        {"times": {"linspace": [0, 10, 1001]}},
    ],
    ids=["steady states", "correlations in time", "times"],
)
def test_a_thousand_points_are_few_files(numerics: dict[str, Any], tmp_path: Path) -> None:
    """So that opening is fast on any file system. Points need not be finished to have a place."""
    lattice = {"chain": {"n": 40, "periodic": True}}
    content = sweep(
        model={"spin": 10, "lattice": lattice, "decay": 1.0},
        numerics=numerics,
        axes__omega__values={"linspace": [0, 1, 500]},
    )
    assert len(content.points) == 1000
    fill(tmp_path / "s", content, limit=0)
    merged = tmp_path / "s" / "merged.zarr"
    assert sum(1 for path in merged.rglob("*") if path.is_file()) < 300
    for _, array in zarr.open_group(merged, mode="r").arrays():
        assert array.nchunks == array.nchunks_initialized


def test_points_that_are_not_finished_are_masked(tmp_path: Path) -> None:
    content = sweep()
    fill(tmp_path / "s", content, limit=3)
    group = zarr.open_group(tmp_path / "s" / "merged.zarr", mode="r")
    assert group["trajectories"][...].tolist() == [[512, 0], [0, 0]]
    finite = np.isfinite(group["sz"][...]).all(axis=-1)
    assert finite.tolist() == [[True, False], [False, False]]
    assert set(group["point_id"][...].ravel().tolist()) == {p.point_id for p in content.points}
