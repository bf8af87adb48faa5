"""Sweeps over members and parameters: planned, run, interrupted, grown, looked at, validated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from formulas import SPEC, changed
from sweeps import merged_bytes, receipts, write_spec

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.store import read_spec
from twoqs.sweep import Sweep
from twoqs.theory import evolve


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """A finished store; to read only."""
    folder = tmp_path_factory.mktemp("formulas") / "two"
    carry_out(Sweep.from_dict(SPEC), folder, Workers(0), quiet=True)
    return folder


def said(capsys, *arguments, code=0) -> str:
    assert main([str(argument) for argument in arguments]) == code
    told = capsys.readouterr()
    assert told.err == "" or code
    return told.out


# --- Runs -----------------------------------------------------------------------------------------


def test_threads_give_equal_bits(store, tmp_path):
    carry_out(Sweep.from_dict(SPEC), tmp_path / "s", Workers(2, threads=True), quiet=True)
    assert merged_bytes(tmp_path / "s") == merged_bytes(store)


def test_what_was_run_in_parts_is_equal(store, tmp_path, capsys):
    """A smaller sweep, grown by values of a parameter, of a length, and by a case."""
    folder = tmp_path / "two"
    first = changed(axes__lam__values=[0.2], axes__S__values=[4])
    first["axes"]["case"]["cases"] = {"up": {}}
    carry_out(Sweep.from_dict(first), folder, Workers(0), quiet=True)
    assert len(receipts(folder)) == 1
    path = write_spec(tmp_path / "two.yaml", SPEC)
    assert "of which 1 are done" in said(capsys, "plan", path, "--store", folder)
    carry_out(Sweep.from_dict(SPEC), folder, Workers(0), quiet=True)
    assert len(receipts(folder)) == 8
    assert merged_bytes(folder) == merged_bytes(store)


def test_an_interrupted_run_goes_on(store, tmp_path, monkeypatch):
    from twoqs.sweep import work

    folder, execute, count = tmp_path / "two", work.execute, []

    def interrupted(task, worker="driver"):
        count.append(task)
        if len(count) == 4:
            raise KeyboardInterrupt
        return execute(task, worker)

    monkeypatch.setattr(work, "execute", interrupted)
    monkeypatch.setattr(work, "MOST_IN_BUNDLE", 1)
    with pytest.raises(KeyboardInterrupt):
        carry_out(Sweep.from_dict(SPEC), folder, Workers(0), quiet=True)
    assert 0 < len(receipts(folder)) < 8
    partial = twoqs.open(folder, partial=True)
    assert 0 < int(partial.complete.sum()) < 8
    assert partial.sizes["member"] == 2
    monkeypatch.undo()
    carry_out(Sweep.from_dict(SPEC), folder, Workers(0), quiet=True)
    assert merged_bytes(folder) == merged_bytes(store)


def test_errors_wanted_are_reached(tmp_path):
    """Of both members: the larger error counts."""
    spec = changed(trajectories=64, target_se={"sz": 0.12})
    del spec["axes"]["S"], spec["axes"]["case"]
    carry_out(Sweep.from_dict(spec), tmp_path / "s", Workers(0), quiet=True)
    data = twoqs.open(tmp_path / "s")
    assert float(data.sz_se.max()) <= 0.12
    assert int(data.trajectories.max()) > 64


def test_a_run_is_that_of_simulate(store):
    data = twoqs.open(store).twoqs.sel(lam=0.2, S=3, case="up")
    (point,) = [p for p in Sweep.from_dict(SPEC).points if p.label == "lam=0.2, S=3, case=up"]
    alone = twoqs.simulate(
        point.model, times=[0, 0.5, 1], step=0.05, trajectories=256, seed=3, observables=["sites"]
    )
    np.testing.assert_array_equal(alone.sz, data.sz)
    np.testing.assert_array_equal(alone.sz_site_se, data.sz_site_se)


# --- Results --------------------------------------------------------------------------------------


def test_a_dataset_has_members(store):
    data = twoqs.open(store)
    assert data.sz.dims == ("lam", "S", "case", "time", "member")
    assert data.member.values.tolist() == ["b", "a"]
    assert data.sizes["site"] == 2
    one = data.twoqs.sel(member="a", lam=0.1)
    assert one.sz.dims == ("S", "case", "time")
    assert one.sz.sel(S=4, case="up", time=0) > 3.5
    with pytest.raises(twoqs.ArgumentError, match="`member` must be one of b, a, but got 'c'"):
        data.twoqs.sel(member="c")
    assert not twoqs.unphysical(data).any()
    assert twoqs.unphysical(data).dims == data.sz.dims
    exact = evolve(Sweep.from_dict(SPEC).points[0].model, [0, 0.5, 1])
    off = abs(data.sz[0, 0, 0] - exact.sz) / [6, 3]
    assert float((off - 3 * data.sz_se[0, 0, 0] / [6, 3]).max()) < 0.03


def test_show(store, capsys):
    whole = said(capsys, "show", store, "--var", "sz")
    assert whole.splitlines()[1].split() == ["lam", "S", "case", "member", "sz", "trajectories"]
    assert len(whole.splitlines()) == 2 + 16
    a = said(capsys, "show", store, "--var", "sz", "--at", "member=a", "--at", "case=up")
    shares = said(
        capsys, "show", store, "--var", "sz", "--at", "member=a", "--at", "case=up", "--per-spin"
    )
    assert "sz/S" in shares
    for line, share in zip(a.splitlines()[2:], shares.splitlines()[2:], strict=True):
        spin, value, part = float(line.split()[1]), float(line.split()[2]), float(share.split()[2])
        assert part == pytest.approx(value / spin, abs=0.01)
    at_site = said(capsys, "show", store, "--var", "sz_site", "--at", "site=1", "--per-spin")
    assert len(at_site.splitlines()) == 2 + 8
    refused = ["show", str(store), "--at", "member=c"]
    assert main(refused) == 2
    assert "name one of b, a for `member`" in capsys.readouterr().err


def test_status_and_verify(store, capsys):
    assert "points   8 of 8 finished" in said(capsys, "status", store)
    assert "as they were written" in said(capsys, "verify", store)


def test_plot(store, capsys, tmp_path):
    for more in (["--at", "member=a"], ["--x", "member"], ["--per-spin"]):
        path = tmp_path / "sz.png"
        chosen = ["--at", "time=1", "--at", "case=up"]
        said(capsys, "plot", store, "--var", "sz", *chosen, *more, "--output", path)
        assert path.stat().st_size > 5000


def test_export(store, capsys, tmp_path):
    said(capsys, "export", store, tmp_path / "two.nc")
    with xr.open_dataset(tmp_path / "two.nc") as written:
        data = twoqs.open(store).load()
        np.testing.assert_array_equal(written.sz, data.sz)
        assert [str(name) for name in written.member.values.astype(str)] == ["b", "a"]
    said(capsys, "export", store, tmp_path / "two.csv")
    table = pd.read_csv(tmp_path / "two.csv")
    assert list(table)[:6] == ["lam", "S", "case", "time", "site", "member"]
    sz = table[table.variable == "sz"]
    assert sorted(set(sz.member)) == ["a", "b"]
    assert len(sz) == 2 * 2 * 2 * 3 * 2
    (one,) = sz.query(
        "lam == 0.2 and S == 4 and case == 'up' and time == 1 and member == 'a'"
    ).value
    assert one == float(data.twoqs.sel(lam=0.2, S=4, case="up", time=1, member="a").sz)
    assert table[table.variable == "diverged"].member.isna().all()


def test_validate(store, capsys, tmp_path):
    """By QuTiP, without being asked: every point, both members, each with its own S."""
    told = said(capsys, "validate", store, "--csv", tmp_path / "table.csv")
    assert "8 points, all of them compared with theory." in told
    table = pd.read_csv(tmp_path / "table.csv")
    assert set(table.method) == {"master equation"}
    for member, lengths in {"a": {3, 4}, "b": {6}}.items():
        assert set(table[table.member == member].spin) == lengths
    sz = table[table.variable == "sz"]
    assert (sz.scale == sz.spin).all()
    assert len(sz) == 8 * 3 * 2
    # A bias of 0.03 S, and four standard errors: 432 comparisons.
    assert ((sz.deviation.abs() - 4 * sz.standard_error / sz.scale) < 0.03).all()


def test_predictions(capsys, tmp_path):
    spec = changed(axes__lam__values=[0.2], axes__S__values=[3])
    path, folder = write_spec(tmp_path / "two.yaml", spec), tmp_path / "s"
    carry_out(Sweep.from_dict(spec), folder, Workers(0), quiet=True)
    said(capsys, "predict", path, "--output", tmp_path / "p.nc", "--workers", 0, "--quiet")
    told = said(capsys, "validate", folder, "--predictions", tmp_path / "p.nc")
    assert "2 points, all of them compared with theory." in told


def test_refine(store, capsys, tmp_path):
    path = write_spec(tmp_path / "two.yaml", SPEC)
    arguments = ["--store", store, "--axis", "lam", "--points", 1, "--output", tmp_path / "g.yaml"]
    assert main([str(a) for a in ("refine", path, *arguments)]) == 0
    capsys.readouterr()
    grown = Sweep.from_file(tmp_path / "g.yaml")
    assert len(grown.points) == 12
    before = {point.point_id for point in Sweep.from_dict(SPEC).points}
    assert before < {point.point_id for point in grown.points}


def test_a_finished_store_describes_its_models(store):
    kept = Sweep.from_dict(read_spec(store)).points
    assert [p.point_id for p in kept] == [p.point_id for p in Sweep.from_dict(SPEC).points]
    assert [p.model for p in kept] == [p.model for p in Sweep.from_dict(SPEC).points]


def test_members_that_differ_fill_no_grid():
    spec = changed(axes__S={"sets": "model.members.c.spin", "values": [1]})
    with pytest.raises(twoqs.ArgumentError, match="must be a path into the model"):
        Sweep.from_dict(spec)
    spec = changed()
    del spec["axes"]["S"]
    spec["axes"]["case"]["cases"]["tilted"] = {
        "model.members": {"b": {"spin": 6}, "a": {"spin": 3}, "c": {"spin": 1}},
    }
    with pytest.raises(twoqs.ArgumentError, match=r"share the dimension `(member|site)`"):
        Sweep.from_dict(spec)
