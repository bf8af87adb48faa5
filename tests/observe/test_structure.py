"""Structure factors are transforms of the covariances of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError

ALL = ["xx", "zz", "xy"]
LATTICES = {
    "ring": twoqs.chain(6),
    "open": twoqs.chain(5, periodic=False),
    "square": twoqs.square(3, 4),
    "honeycomb": twoqs.honeycomb(2, 3),
}


def simulated(lattice: twoqs.Lattice, observables, scheme: str = "conserving"):
    model = twoqs.Model(6, lattice=lattice, coupling=(1, -0.7, 0.2), decay=0.8)
    return twoqs.simulate(
        model, times=[0.3, 1], trajectories=256, seed=2, observables=observables, scheme=scheme
    )


def vectors_of(ds, lattice: twoqs.Lattice) -> np.ndarray:
    """All wave vectors of a result, shape (*waves, dimension)."""
    dims = [dim for dim in ds.s.dims if "_q" in dim]
    grid = np.stack(np.meshgrid(*(ds[dim] for dim in dims), indexing="ij"), axis=-1)
    if lattice.kind != "honeycomb":
        return grid
    vectors = np.array([[np.sqrt(3), 0], [np.sqrt(3) / 2, 1.5]])
    return grid @ (2 * np.pi * np.linalg.inv(vectors).T)


def transformed(pairs: np.ndarray, q: np.ndarray, positions: np.ndarray) -> np.ndarray:
    phases = np.exp(-1j * q @ positions.T)
    n = len(positions)
    return np.einsum("...i,...j,tij->t...", phases, phases.conj(), pairs) / n


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
@pytest.mark.parametrize("kind", LATTICES)
def test_it_is_the_transform_of_all_pairs(kind: str, scheme: str) -> None:
    lattice = LATTICES[kind]
    asked = {
        "s": {"structure": True, "components": ALL},
        "p": {"pairs": True, "components": ALL},
    }
    ds = simulated(lattice, asked, scheme)
    q = vectors_of(ds, lattice)
    for ab in ALL:
        exact = transformed(ds.p.sel(p_component=ab).values, q, lattice.positions)
        found = ds.s_connected.sel(s_component=ab)
        assert np.allclose(found, exact.real, atol=1e-9 * 36), ab
        assert np.allclose(ds.s_connected_imag.sel(s_component=ab), exact.imag, atol=1e-9 * 36)


def test_given_waves_are_those_of_the_lattice() -> None:
    lattice = LATTICES["square"]
    asked = {"s": {"structure": True}, "g": {"structure": True, "q": [[0, 0], [0, np.pi / 2]]}}
    ds = simulated(lattice, asked)
    assert np.allclose(ds.g[:, :, 0], ds.s.sel(s_qx=0, s_qy=0, method="nearest"), rtol=1e-9)
    there = ds.s.sel(s_qx=0, s_qy=np.pi / 2, method="nearest")
    assert np.allclose(ds.g[:, :, 1], there, rtol=1e-9)
    assert np.allclose(ds.g_se[:, :, 1], ds.s_se.sel(s_qx=0, s_qy=np.pi / 2, method="nearest"))
    assert not np.allclose(ds.g[:, :, 1], ds.s.sel(s_qy=0, s_qx=np.pi / 2, method="nearest"))


def test_positions_are_enough() -> None:
    lattice = twoqs.from_positions([[0, 0], [1, 0], [0.3, 1.2]], alpha=3)
    asked = {"s": {"structure": True, "q": [[0.4, -1]]}, "p": {"pairs": True}}
    ds = simulated(lattice, asked)
    exact = transformed(ds.p.sel(p_component="zz").values, np.array([[0.4, -1]]), lattice.positions)
    assert np.allclose(ds.s_connected.sel(s_component="zz"), exact.real, rtol=1e-9)


@pytest.mark.parametrize(
    ("lattice", "given", "told"),
    [
        (twoqs.all_to_all(4), {"structure": True}, "lattice of cells"),
        (twoqs.all_to_all(4), {"structure": True, "q": [1]}, "have positions"),
        (twoqs.chain(4), {"structure": True, "q": [[1, 2]]}, "of 1 numbers each"),
        (twoqs.chain(4), {"structure": True, "q": 1}, "list of wave vectors"),
        (twoqs.chain(4), {"structure": "t"}, "name a lattice of spins"),
        (twoqs.chain(4), {"structure": 3}, "be true, or the name"),
    ],
)
def test_bad_requests_are_told(lattice, given, told: str) -> None:
    with pytest.raises(ArgumentError, match=told) as caught:
        simulated(lattice, {"s": given})
    assert "observables.s" in str(caught.value)
