"""Runs that go on where others ended."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.theory import evolve, steady_state

A, B = tq.Spin(10, "a"), tq.Spin(5, "b")
DRIVEN = tq.Model(spin=10, field=(0.8, 0, 0), decay=1.0)
PAIR = tq.Model(hamiltonian=0.05 * A.z * B.x + 0.3 * A.x, jumps=[tq.jump(A.minus + B.minus, 0.05)])


def first(model=DRIVEN, **settings) -> xr.Dataset:
    chosen = {"times": [1.0], "trajectories": 4096, "end_states": True} | settings
    return tq.simulate(model, **chosen)


@pytest.fixture(scope="module")
def begun() -> xr.Dataset:
    return first(trajectories=256)


@pytest.mark.parametrize("model", [DRIVEN, PAIR])
def test_a_run_in_two_pieces_is_a_run(model):
    """Against the master equation in one; tolerance 0.01 S, that of the method itself."""
    ended = first(model)
    keep = {"hamiltonian": model.hamiltonian, "jumps": model.jumps} if model.general else {
        "spin": 10, "field": model.field, "decay": model.decay
    }  # fmt: skip
    later = tq.Model(**keep, initial=tq.samples(ended))
    found = tq.simulate(later, times=[0.0, 1.0], trajectories=4096, seed=3)
    for name in ("sx", "sy", "sz", "var_sx", "cov_sysz"):
        # The very trajectories, so the very averages.
        np.testing.assert_allclose(found[name][0], ended[name][0], atol=1e-9)
    exact = evolve(model, [2.0]).isel(time=0)
    spin = model.spins if model.general else 10.0
    for name in ("sx", "sy", "sz"):
        off = abs(found[name][1] - exact[name]) - 3 * found[f"{name}_se"][1]
        assert float((off / spin).max()) < 0.01


def test_trajectories_go_on_one_by_one():
    ended = first(trajectories=512)
    free = tq.Model(spin=10, initial=tq.samples(ended))
    again = tq.simulate(free, times=[1.0], trajectories=512, end_states=True)
    np.testing.assert_array_equal(again.end_state, ended.end_state)
    fewer = tq.simulate(free, times=[1.0], trajectories=256, end_states=True)
    np.testing.assert_array_equal(fewer.end_state, ended.end_state[:, :256])
    assert ended.end_state.dims == ("component", "trajectory", "site")
    np.testing.assert_allclose(np.linalg.norm(ended.end_state, axis=0), np.sqrt(110), rtol=1e-12)


def test_they_survive_a_file(tmp_path, begun):
    begun.to_netcdf(tmp_path / "begun.nc")
    with xr.open_dataset(tmp_path / "begun.nc") as found:
        read = tq.samples(found)
    assert read == tq.samples(begun)
    one, other = (tq.Model(spin=10, initial=state) for state in (read, tq.samples(begun)))
    assert one.digest == other.digest
    assert one.digest != tq.Model(spin=10, initial=tq.samples(first(seed=1))).digest


def test_own_vectors_are_taken():
    """Those of the maximally mixed state, whose squares are S(S+1)/3."""
    vectors = np.random.default_rng(2).normal(size=(3, 4096, 2))
    vectors *= np.sqrt([6.0, 12.0]) / np.linalg.norm(vectors, axis=0)
    mixed = tq.Model(members=[tq.Spin(2, "a"), tq.Spin(3, "b")], initial=tq.samples(vectors))
    found = tq.simulate(mixed, times=[1], trajectories=4096)
    off = abs(found.var_sz[0] - [2, 4]) / found.var_sz_se[0]
    assert float(off.max()) < 4.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda r: tq.samples(r.drop_vars("end_state")), "be a result of `simulate(..., end_sta"),
        (lambda r: tq.samples("end"), "`result` must be a result of"),
        (lambda r: tq.samples(np.zeros((3, 4))), "or vectors of shape (3, trajectory, site)"),
        (lambda r: tq.samples(np.full((3, 4, 1), np.nan)), "hold finite numbers"),
        (lambda r: tq.Model(spin=9, initial=tq.samples(r)), "of the length sqrt(S(S+1))"),
        (
            lambda r: tq.Model(spin=10, lattice=tq.chain(3), initial=tq.samples(r)),
            "`initial` must be of 3 spins",
        ),
        (
            lambda r: tq.Model(members=[A, B], initial={"a": tq.samples(r)}),
            "`initial.a` must be no samples, which are of all members together",
        ),
        (lambda r: tq.mixture([(1, tq.samples(r))]), "no mixtures (multiply the weights) and no s"),
        (
            lambda r: tq.simulate(
                tq.Model(spin=10, initial=tq.samples(r)), times=[1], trajectories=257
            ),
            "`trajectories` must be at most the 256 that `initial` holds, in whole batches of 256",
        ),
        (
            lambda r: tq.simulate(
                tq.Model(spin=10, initial=tq.samples(r)), times=[1], trajectories=256, scheme="pda"
            ),
            '`initial` must be "down", "up" or coherent(theta, phi) for the scheme "pda"',
        ),
        (
            lambda r: tq.simulate(DRIVEN, times=[1], scheme="pda", end_states=True),
            "`end_states` must be false for a scheme without Bloch vectors",
        ),
        (lambda r: tq.simulate(DRIVEN, times=[1], end_states=1), "be true or false, but got 1"),
        (
            lambda r: evolve(tq.Model(spin=10, initial=tq.samples(r)), [1]),
            "`initial` must be no samples for a density matrix",
        ),
    ],
)
def test_what_is_refused(make, message, begun):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        make(begun)


def test_steady_states_do_not_ask_where_a_run_began(begun):
    later = tq.Model(spin=10, field=(0.8, 0, 0), decay=1.0, initial=tq.samples(begun))
    assert float(steady_state(later).sz) == pytest.approx(float(steady_state(DRIVEN).sz))


def test_members_go_on_by_their_names():
    """They are in the order of names, in which one of another name could take another's place."""
    x = tq.Spin(10, "x")
    ended = first(PAIR, trajectories=64)
    other = {"hamiltonian": 0.1 * x.z + 0.1 * B.z, "initial": tq.samples(ended)}
    with pytest.raises(
        ArgumentError, match=r"members b .spin., x .spin., in this order, but got .*of a"
    ):
        tq.Model(**other)
    own = tq.Model(hamiltonian=0.1 * A.z + 0.1 * B.z, initial=tq.samples(ended))
    alone = tq.Model(hamiltonian=0.1 * x.z, initial=tq.samples(first(trajectories=64)))
    assert own.n_sites == 2
    assert alone.n_sites == 1  # one member may have any name


def test_modes_and_ensembles_go_on():
    c, e = tq.Mode("c"), tq.Ensemble(20, "e")
    terms = {
        "hamiltonian": 0.3 * (c.a * e.plus + c.adag * e.minus),
        "jumps": [tq.jump(c.a, rate=0.5), tq.jump(tq.each(e.minus), rate=0.1)],
    }
    ended = first(tq.Model(**terms, initial="up"), trajectories=256)
    later = tq.Model(**terms, initial=tq.samples(ended))
    found = tq.simulate(later, times=[0.0, 1.0], trajectories=256, seed=3)
    for name in ("n", "a_re", "sz", "var_sz"):
        np.testing.assert_allclose(found[name][0], ended[name][0], atol=1e-9)


def test_members_of_another_kind_do_not_go_on():
    ended = first(tq.Model(members=[tq.Ensemble(6, "e")], initial="up"), trajectories=64)
    for other in (tq.Ensemble(8, "e"), tq.Mode("e"), tq.Spin(3, "e")):
        with pytest.raises(ArgumentError, match=r"in this order, but got .*ensemble of 6"):
            tq.Model(members=[other], initial=tq.samples(ended), events=[tq.turn(0, other, "z", 1)])
