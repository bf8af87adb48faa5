"""Correlations by displacement and distance are means of those of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError

ALL = ["xx", "zz", "xy"]
GRIDS = {
    "ring": twoqs.chain(6),
    "open": twoqs.chain(5, periodic=False),
    "square": twoqs.square(3, 4),
    "cube": twoqs.cubic(2, 3, 2, periodic=False),
    "triangular": twoqs.triangular(3, 3),
}
GRAPHS = {
    "graph": twoqs.from_edges([[0, 1], [1, 2], [2, 3], [1, 4]], n_sites=6),
    "all": twoqs.all_to_all(4),
    "kagome": twoqs.kagome(2, 2),
}


def simulated(lattice: twoqs.Lattice, scheme: str, **options):
    model = twoqs.Model(6, lattice=lattice, coupling=(1, -0.7, 0.2), decay=0.8)
    asked = {
        "c": {"correlations": True, "components": ALL, **options},
        "p": {"pairs": True, "components": ALL},
    }
    return twoqs.simulate(
        model, times=[0.3, 1], trajectories=256, seed=2, observables=asked, scheme=scheme
    )


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
@pytest.mark.parametrize("kind", GRIDS)
def test_by_displacement(kind: str, scheme: str) -> None:
    lattice = GRIDS[kind]
    ds = simulated(lattice, scheme)
    dims = [dim for dim in ds.c.dims if "_d" in dim]
    cells = np.indices(lattice.shape).reshape(len(dims), -1)
    apart = cells[:, None, :] - cells[:, :, None]  # (axis, i, j): of j from i
    for steps in np.ndindex(*(ds.sizes[dim] for dim in dims)):
        wanted = np.array([ds[dim].values[k] for dim, k in zip(dims, steps, strict=True)])
        off = apart - wanted[:, None, None]
        if lattice.periodic:
            off %= np.array(lattice.shape)[:, None, None]
        pairs = ~off.any(axis=0)
        here = dict(zip(dims, steps, strict=True))
        for ab in ALL:
            exact = ds.p.sel(p_component=ab).values[:, pairs].mean(axis=1)
            found = ds.c_connected.sel(c_component=ab).isel(here)
            assert np.allclose(found, exact, atol=1e-9 * 36), (ab, wanted)


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
@pytest.mark.parametrize("kind", GRAPHS)
def test_by_distance(kind: str, scheme: str) -> None:
    lattice = GRAPHS[kind]
    ds = simulated(lattice, scheme)
    near = np.zeros((lattice.n_sites, lattice.n_sites), bool)
    near[tuple(lattice.edges.T)] = near[tuple(lattice.edges.T[::-1])] = True
    reached = np.eye(len(near), dtype=bool)
    for distance in range(ds.sizes["c_distance"]):
        new = reached if distance == 0 else (reached @ near) & ~reached
        reached = reached | new
        for ab in ALL:
            exact = ds.p.sel(p_component=ab).values[:, new].mean(axis=1)
            found = ds.c_connected.sel(c_component=ab, c_distance=distance)
            assert np.allclose(found, exact, atol=1e-9 * 36), (ab, distance)


def test_of_a_chain_they_are_the_old_ones() -> None:
    model = twoqs.Model(6, lattice=twoqs.chain(7), coupling=(1, -0.7, 0.2), decay=0.8)
    asked = ["correlation", {"c": {"correlations": True}, "d": {"correlations": True,
             "by": "distance"}}]  # fmt: skip
    ds = twoqs.simulate(model, average=(1, 2), trajectories=256, observables=asked)
    for ab in ("xx", "yy", "zz"):
        old = ds[f"correlation_{ab}"]
        assert np.allclose(ds.c.sel(c_component=ab, c_d=slice(0, None)), old, rtol=1e-9)
        assert np.allclose(ds.d.sel(d_component=ab), old, rtol=1e-9)
        assert np.allclose(ds.d_se.sel(d_component=ab), ds[f"correlation_{ab}_se"], rtol=1e-6)


@pytest.mark.parametrize(
    ("lattice", "given", "told"),
    [
        (twoqs.all_to_all(4), {"by": "displacement"}, "by distance on lattices"),
        (twoqs.chain(4), {"by": "pairs"}, "be displacement or distance"),
        (twoqs.all_to_all(1001), {}, "at most 1000 sites"),
    ],
)
def test_bad_requests_are_told(lattice, given, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        twoqs.simulate(
            twoqs.Model(6, lattice=lattice, decay=1), times=[1], trajectories=64,
            observables={"c": {"correlations": True, **given}},
        )  # fmt: skip
