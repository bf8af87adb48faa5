"""Spins of different length on one bath, and short runs of such models."""

from __future__ import annotations

import xarray as xr

from twoqs import Model, Sites, Spin, chain, jump, simulate

A, B = Spin(3, "a"), Spin(6, "b")
S = Sites(Spin(2), chain(3), "s")
BATH = Model(jumps=[jump(A.minus + B.minus, 0.1)], initial={"a": "up"})
TIMES = [0, 1, 2]


def run(model=BATH, **settings) -> xr.Dataset:
    return simulate(model, **{"times": TIMES, "trajectories": 128, "seed": 1} | settings)
