"""Stores that are not merged: one clear error, and nothing is lost."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from copied_stores import BATCHES, copied
from sweeps import mtimes, sweep

from twoqs.errors import TwoqsError
from twoqs.execution.union import union_into
from twoqs.store import BatchWriter


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes most of the time."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def bad(name: str, folder: Path, undisturbed: Path) -> dict[str, Any]:
    """Arguments of `union_into` that are refused."""
    good = copied(undisturbed, folder / "good", BATCHES[:4], sweep())
    if name == "C is there":
        (folder / "all").mkdir()
    other = {
        "seed": {"seed": 8},
        "model": {"model": {"spin": 10, "field": [0.5, 0, 0], "decay": 2.0}},
        "step": {"numerics": {"times": [0, 1, 2], "step": 0.01}},
        "axes": {"axes": {"omega": {"sets": "model.field.x", "values": [0.5]}}},
        "targets": {"target_se": {"sz": 0.1}},
    }
    second = folder / "second"
    if name in other:
        with BatchWriter(second, sweep(**other[name])):
            pass
    elif name == "overlap":
        copied(undisturbed, second, BATCHES[2:], sweep(), shift=1.0)
    elif name == "no store":
        second.mkdir()
    elif name == "damaged":
        second.mkdir()
        (second / "sweep.json").write_text("{")
    else:
        copied(undisturbed, second, BATCHES[4:], sweep())
    stores = [good, good, second] if name == "twice" else [good, second]
    return {"stores": stores, "into": folder / "all"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("seed", "different sweeps, .* seed was 7 and is 8"),
        ("model", r"different sweeps, .* model\.decay was 1\.0 and is 2\.0"),
        ("step", r"different sweeps, .* numerics\.step was left out and is 0\.01"),
        ("axes", r"different sweeps, .* axes\.case was removed"),
        ("targets", r"different sweeps, .* target_se was None and is \{'sz': 0\.1\}"),
        ("overlap", "different numbers for batch 0 of the point at omega=0.5, case=conserving in"),
        ("C is there", "`into` must be a folder that is not there yet, or one of the stores"),
        ("no store", "There is no sweep in .*second"),
        ("damaged", "sweep.json is damaged"),
        ("writer", r"good is being written by process \d+ on .*; wait for it to end"),
        ("twice", "`stores` must name one store at least, and each once"),
    ],
)
def test_what_cannot_be_merged_is_one_clear_error_and_nothing_is_lost(
    name: str, message: str, undisturbed: Path, tmp_path: Path
) -> None:
    given = bad(name, tmp_path, undisturbed)
    before = {store: mtimes(store) for store in given["stores"]}
    guard = BatchWriter(tmp_path / "good", sweep()) if name == "writer" else nullcontext()
    with guard, pytest.raises(TwoqsError, match=message):
        union_into(**given)
    assert {store: mtimes(store) for store in given["stores"]} == before
    assert not (tmp_path / "all").exists() or not list((tmp_path / "all").iterdir())
    if name == "overlap":  # nor in place
        with pytest.raises(TwoqsError, match=message):
            union_into(given["stores"], tmp_path / "second")
        assert {store: mtimes(store) for store in given["stores"]} == before
