"""Stores whose records are Zarr arrays: they open, verify, and grow by packs, to the same bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from golden import machine_kind
from packed import packs
from sweeps import KIND_OF_STORES, earlier_store, merged_bytes, receipts, sweep

import twoqs
from twoqs.execution.run import Workers, carry_out
from twoqs.execution.union import union_into
from twoqs.store import Store, verify
from twoqs.store.records import BATCHES
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep
from twoqs.sweep.part import SweepPart

SERIAL = Workers(0)


def asked(trajectories: int) -> Sweep:
    """The sweep of the store, with so many trajectories; it had 256."""
    observables = {"path": {"trajectories": 3}}
    return sweep(trajectories=trajectories, numerics__observables=observables)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return earlier_store(2, tmp_path)


def arrays(store: Path) -> dict[str, bytes]:
    """All files of the records of earlier versions."""
    files = sorted(path for path in (store / BATCHES).rglob("*") if path.is_file())
    return {str(path.relative_to(store)): path.read_bytes() for path in files}


def test_it_opens_verifies_and_grows(old: Path, tmp_path: Path) -> None:
    assert list(verify(old)) == []
    data, before, lines = twoqs.open(old), arrays(old), (old / RECEIPTS).read_bytes()
    outcome = carry_out(asked(512), old, SERIAL, quiet=True)
    assert (outcome.computed, outcome.damaged) == (4, 0)
    assert arrays(old) == before
    assert len(packs(old)) == 1
    assert (old / RECEIPTS).read_bytes().startswith(lines)
    assert list(verify(old)) == []
    carry_out(asked(512), tmp_path / "once", SERIAL, quiet=True)
    if machine_kind() == KIND_OF_STORES:
        assert merged_bytes(old) == merged_bytes(tmp_path / "once")
    once = twoqs.open(tmp_path / "once")
    # Other processors round otherwise, 10^3 steps grow that less than a millionfold.
    np.testing.assert_allclose(twoqs.open(old).sz, once.sz, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(twoqs.open(old).path_sz, data.path_sz, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["{}/c.0.0.0", "{}.trajectories/c.0.0.0.0.0"])
def test_what_is_damaged_is_computed_into_a_pack(name: str, old: Path) -> None:
    before, point = arrays(old), asked(256).points[3]
    path = old / BATCHES / name.format(point.point_id)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert sum("the record is damaged" in problem for problem in verify(old)) == 1
    outcome = carry_out(asked(256), old, SERIAL, quiet=True)
    assert (outcome.computed, outcome.damaged) == (1, 1)
    assert receipts(old)[-1] == (point.point_id, 0)
    assert list(verify(old)) == []
    assert sum(content != before[name] for name, content in arrays(old).items()) == 1


def test_metadata_of_its_arrays_do_not_matter(old: Path) -> None:
    for path in (old / BATCHES).rglob("zarr.json"):
        path.unlink()
    assert list(verify(old)) == []
    assert len(Store(old).rows(asked(256).points[0])) == 16


def test_it_becomes_a_part_of_a_new_one_which_has_packs_alone(old: Path, tmp_path: Path) -> None:
    part = SweepPart(batches=(1, None))
    carry_out(asked(512), tmp_path / "part", SERIAL, quiet=True, part=part)
    union_into([tmp_path / "part", old], tmp_path / "all")
    assert Store(tmp_path / "all").counts() == (8, 8)
    assert list(verify(tmp_path / "all")) == []
    assert not arrays(tmp_path / "all")
    np.testing.assert_array_equal(twoqs.open(tmp_path / "all").path_sz, twoqs.open(old).path_sz)
