"""The total spin as a request: it equals sums of what is known, merges, and reads from files."""

from __future__ import annotations

import numpy as np
import pytest
from sweeps import merged_bytes, small, write_spec

import twoqs
from twoqs.errors import ArgumentError
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.observe import read
from twoqs.run.run import Workers, run
from twoqs.sweep import Sweep

TOTAL = {"tot": {"total": True}}


def pair() -> twoqs.Model:
    a, b = twoqs.Spin(10, name="a"), twoqs.Spin(7, name="b")
    jumps = [twoqs.jump(a.minus + b.minus, rate=0.02)]
    return twoqs.Model(hamiltonian=0.3 * a.x * b.x + 0.2 * a.z, jumps=jumps, initial="up")


def test_means_are_those_of_members_together() -> None:
    asked = {"tot": {"total": True}, "part": {"total": ["a", ["a", "b"]]}}
    ds = twoqs.simulate(pair(), times=[0, 1], trajectories=256, observables=asked, seed=1)
    together = ds.sz.sum("member")
    assert np.allclose(ds.tot_sz, together, rtol=1e-12)
    assert np.allclose(ds.part_sz, np.stack([ds.sz[:, 0], together], axis=1), rtol=1e-12)
    assert list(ds.part_group.values) == ["a", "a+b"]
    assert np.allclose(ds.part_var_sx[:, 0], ds.var_sx[:, 0], rtol=1e-9)


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_of_one_spin_it_is_that_spin(scheme: str) -> None:
    model = twoqs.Model(10, twist=(5, 0, 0), decay=0.2)
    ds = twoqs.simulate(
        model, times=[0, 0.02], trajectories=256, observables=TOTAL, seed=1, scheme=scheme
    )
    for name in ("sx", "sz", "var_sx", "var_sz", "cov_sxsy", "squeezing"):
        scale = float(np.nanmax(np.abs(ds[name])))
        assert np.allclose(ds[f"tot_{name}"], ds[name], rtol=1e-9, atol=1e-9 * scale), name
        assert np.allclose(ds[f"tot_{name}_se"], ds[f"{name}_se"], rtol=1e-6, atol=1e-9 * scale)


def test_identity_holds_without_requests_and_changes_with_them() -> None:
    model = twoqs.Model(10, decay=1)
    plain = resolve(model, Numerics(times=(0.0, 1.0)))
    _, requests = read(TOTAL)
    asked = resolve(model, Numerics(times=(0.0, 1.0), requests=requests))
    assert point_id(model, plain) != point_id(model, asked)
    assert point_id(model, plain) == point_id(model, resolve(model, Numerics(times=(0.0, 1.0))))


def test_a_sweep_with_it_is_the_same_for_any_workers(tmp_path) -> None:
    spec = small(numerics__observables={"sites": True, **TOTAL})
    sweep = Sweep.from_dict(spec)
    run(sweep, tmp_path / "a", Workers(0), quiet=True)
    run(sweep, tmp_path / "b", Workers(2), quiet=True)
    assert merged_bytes(tmp_path / "a") == merged_bytes(tmp_path / "b")
    ds = twoqs.open(tmp_path / "a")
    assert np.isfinite(ds.tot_var_sz_se).all()
    # A file in other words for the same goes on with the store.
    listed = small(numerics__observables=[TOTAL, "sites"])
    write_spec(tmp_path / "again.yaml", listed)
    again = Sweep.from_file(tmp_path / "again.yaml")
    assert [one.point_id for one in again.points] == [one.point_id for one in sweep.points]


@pytest.mark.parametrize(
    ("observables", "told"),
    [
        ({"tot": {"totl": True}}, "did you mean `total`"),
        ({"tot": {"total": ["c"]}}, "members that are spins"),
        ({"tot": {"total": []}}, "be true, or a list of groups"),
        ({"tot": {"total": True, "bins": 3}}, "have no `bins`"),
        ({"sz": {"total": True}}, "names that no result has"),
        ({"1a": {"total": True}}, "be a name"),
        ({"tot": 3}, "be a formula, or a mapping"),
        ([{"tot": {"total": True}}, {"tot": {"total": True}}], "different names"),
        (3, "observables"),
    ],
)
def test_bad_requests_are_told_in_one_line(observables, told: str) -> None:
    with pytest.raises(ArgumentError, match="observables") as caught:
        twoqs.simulate(pair(), times=[0, 1], trajectories=64, observables=observables)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
