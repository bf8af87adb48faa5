"""The total spin as a request: it equals sums of what is known, merges, and reads from files."""

from __future__ import annotations

import numpy as np
import pytest
from sweeps import small, write_spec

import twoqs
from twoqs.errors import ArgumentError
from twoqs.methods.numerics import Numerics, point_id, resolve
from twoqs.observe import read
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


def test_a_file_in_other_words_is_the_same_sweep(tmp_path) -> None:
    spec = small(numerics__observables={"sites": True, **TOTAL})
    write_spec(tmp_path / "again.yaml", small(numerics__observables=[TOTAL, "sites"]))
    again, sweep = Sweep.from_file(tmp_path / "again.yaml"), Sweep.from_dict(spec)
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


def twisted(n: int, spin: float, chi: float) -> twoqs.Model:
    """All spins twisted together as one: H = chi (sum_i S_i^z)^2."""
    sites = twoqs.Sites(twoqs.Spin(spin), twoqs.all_to_all(n), name="s")
    hamiltonian = 2 * chi * twoqs.bonds(sites.z, sites.z) + chi * twoqs.each(sites.z**2)
    return twoqs.Model(hamiltonian=hamiltonian, initial=twoqs.coherent(np.pi / 2, 0))


def kitagawa_ueda(total: float, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """xi^2 and the angle from z of its direction, mu = 2 chi t (Phys. Rev. A 47, 5138, 1993)."""
    a = 1 - np.cos(mu) ** (2 * total - 2)
    b = 4 * np.sin(mu / 2) * np.cos(mu / 2) ** (2 * total - 2)
    variance = total / 2 * (1 + (total - 0.5) / 2 * (a - np.hypot(a, b)))
    mean = total * np.cos(mu / 2) ** (2 * total - 1)
    return 2 * total * variance / mean**2, np.arctan2(b, a) / 2


def test_spins_that_are_twisted_together_are_squeezed_as_one() -> None:
    times, chi = np.linspace(0, 1.2, 13), 0.03
    ds = twoqs.simulate(
        twisted(4, 50, chi), times=times, trajectories=4096, observables=TOTAL, seed=3
    )
    xi, angle = kitagawa_ueda(200, 2 * chi * times)

    def agrees(exact: np.ndarray) -> bool:
        # What truncation costs falls with S: with S = 50, 2 % of xi^2 by the last of these times.
        off = np.abs(ds.tot_squeezing - exact)
        return bool(np.all(off <= 3 * ds.tot_squeezing_se + 0.02 * exact))

    assert agrees(xi)
    assert not agrees(kitagawa_ueda(200, 2.2 * chi * times)[0])
    apart = np.abs(ds.tot_squeezing_angle - angle)[1:]
    assert np.all(apart <= 3 * ds.tot_squeezing_angle_se[1:])
    assert int(ds.tot_squeezing_optimum_status) == 0
    off = abs(float(ds.tot_squeezing_optimum) - xi.min())
    assert off <= 3 * float(ds.tot_squeezing_optimum_se) + 0.02 * xi.min()


def test_modes_are_left_out() -> None:
    a, b = twoqs.Spin(10, name="a"), twoqs.Mode(name="b")
    model = twoqs.Model(hamiltonian=0.2 * a.x + 0.1 * b.n, members=[a, b])
    ds = twoqs.simulate(model, times=[0, 1], trajectories=64, observables=TOTAL)
    assert np.allclose(ds.tot_var_sx, ds.var_sx, rtol=1e-9)


def test_groups_have_an_optimum_each() -> None:
    asked = {"part": {"total": ["a", ["a", "b"]]}}
    ds = twoqs.simulate(pair(), times=np.linspace(0, 1, 7), trajectories=256, observables=asked)
    for name in ("part_squeezing_optimum", "part_squeezing_optimum_status"):
        assert ds[name].dims == ("part_group",), name
    assert np.isfinite(ds.part_dicke_squeezing).all()
