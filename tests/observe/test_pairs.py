"""Covariances of all pairs of sites: sums of them are what is known otherwise."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.kernels.pairs import add_pair_products, pair_places, pair_scratch

ALL = ["xx", "yy", "zz", "xy", "xz", "yz"]


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("n", [1, 5, 8, 33])
def test_kernel_is_the_plain_sum(n: int, ordered: bool) -> None:
    rng = np.random.default_rng(0)
    bloch = rng.normal(size=(11, 2, n + 3, ROWS * GROUP))
    right = 1 if ordered else 0
    sites = rng.permutation(n + 3)[:n]
    places, count = pair_places(n, ordered)
    sums, in_turns = np.zeros((2, ROWS, count))
    add_pair_products(bloch, 0, right, sites, pair_scratch(n), tuple(sums))
    one, other = (bloch[:, k][:, sites].reshape(11, n, ROWS, GROUP) for k in (0, right))
    # Sums of 176 products of size 1, some of which cancel.
    expected = np.einsum("sirk,sjrk->rij", one, other)
    assert np.allclose(sums[:, places], expected, rtol=1e-12, atol=1e-12)
    # Batches split samples over calls as they like.
    for some in np.split(bloch, [2, 5]):
        add_pair_products(some, 0, right, sites, pair_scratch(n), tuple(in_turns))
    assert (in_turns == sums)[:, places].all()


def ring(scheme: str = "conserving", **more):
    model = twoqs.Model(6, lattice=twoqs.chain(5), coupling=(1, -0.7, 0.2), decay=0.8)
    return twoqs.simulate(
        model, times=[0, 1.5], trajectories=512, seed=2, scheme=scheme, **more
    )  # fmt: skip


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_they_add_up_to_what_is_known(scheme: str) -> None:
    asked = {"p": {"pairs": True, "components": ALL}, "tot": {"total": True}}
    ds = ring(scheme, observables=[asked, "sites", "correlation"])
    for ab in ALL:
        a, b = ab
        name = f"tot_var_s{a}" if a == b else f"tot_cov_s{a}s{b}"
        pairs = ds.p.sel(p_component=ab)
        scale = float(ds.tot_var_sx.max())
        assert np.allclose(pairs.sum(["p_site", "p_other"]), ds[name], atol=1e-9 * scale), name
    for a in "xyz":
        diagonal = np.einsum("tii->ti", ds.p.sel(p_component=a + a).values)
        assert np.allclose(diagonal.mean(axis=1), ds[f"var_s{a}"], rtol=1e-9), a
    # Products of means are biased by the sampling error squared, far below the error.
    n = np.arange(5)
    means = ds.sz_site.values
    products = ds.p.sel(p_component="zz").values + means[:, :, None] * means[:, None, :]
    near = products[:, n, (n + 1) % 5].mean(axis=1)
    assert np.allclose(near, ds.correlation_zz.sel(distance=1), atol=0.1 * 36 / np.sqrt(512))


def test_chosen_sites_are_those_of_all() -> None:
    whole = ring(observables={"p": {"pairs": True, "components": ["xx", "xy"]}}).p
    part = ring(observables={"p": {"pairs": [3, 1], "components": ["xx", "xy"]}}).p
    # Other requests make another identity, and other random numbers: all else is symmetric.
    assert list(part.p_site) == list(part.p_other) == [3, 1]
    assert part.shape == (2, 2, 2, 2)
    assert np.allclose(whole[:, 0], np.swapaxes(whole[:, 0], 1, 2), rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pairs": [0, 9]}, "different numbers of sites"),
        ({"pairs": [0, 0]}, "different numbers of sites"),
        ({"pairs": "all"}, "be true, or a list of numbers"),
        ({"pairs": True, "components": ["xq"]}, "pairs of axes"),
        ({"pairs": True, "components": ["xx", "xx"]}, "different pairs of axes"),
    ],
)
def test_bad_requests_are_told(given, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        ring(observables={"p": given})


def test_too_many_are_refused() -> None:
    model = twoqs.Model(6, lattice=twoqs.chain(500), decay=1)
    with pytest.raises(ArgumentError, match="at most 500000 covariances"):
        twoqs.simulate(model, times=[1], trajectories=64, observables={"p": {"pairs": True}})
