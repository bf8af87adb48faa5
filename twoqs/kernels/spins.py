"""Spin components of spinors at one site."""

from __future__ import annotations

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like


@lanes
def row_x(ar, ai, br, bi, site, out):
    """s^x."""
    for lane in range(LANES):
        out[site, lane] = ar[site, lane] * br[site, lane] + ai[site, lane] * bi[site, lane]


@lanes
def row_y(ar, ai, br, bi, site, out):
    """s^y."""
    for lane in range(LANES):
        out[site, lane] = ar[site, lane] * bi[site, lane] - ai[site, lane] * br[site, lane]


@lanes
def row_z(ar, ai, br, bi, site, out):
    """s^z."""
    for lane in range(LANES):
        a2 = ar[site, lane] * ar[site, lane] + ai[site, lane] * ai[site, lane]
        b2 = br[site, lane] * br[site, lane] + bi[site, lane] * bi[site, lane]
        out[site, lane] = like(0.5, a2) * (a2 - b2)


@inlined
def spin_row(component, ar, ai, br, bi, site, out):
    """Set out[site] to a component of the spin there, paper eq. 2."""
    if component == 0:
        row_x(ar, ai, br, bi, site, out)
    elif component == 1:
        row_y(ar, ai, br, bi, site, out)
    else:
        row_z(ar, ai, br, bi, site, out)
