"""The damping of decay and gain: a boost of the Bloch sphere, without a division."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.model.arrays import Floats

NODES = np.cos(np.pi * np.arange(5) / 4)
"""Heights z/L at which the polynomial is exact: both poles, and those that serve best between."""


def boost_constants(rapidity: Floats, length: float) -> Floats:
    """Constants of `boost`, shape (7, site), for the rapidity x = 2 G L dt, shape (site,).

    Five coefficients of 1/(cosh(x) - sinh(x) z/L) as a polynomial of z, off by 0.12 x^5 of it
    at most; then cosh(x) and L sinh(x).
    """
    cosh, sinh = np.cosh(rapidity), np.sinh(rapidity)
    values = 1 / (cosh - np.multiply.outer(NODES, sinh))
    powers = length ** np.arange(5.0)
    coefficients = np.linalg.solve(np.vander(NODES, increasing=True), values) / powers[:, None]
    return np.concatenate([coefficients, [cosh, length * sinh]])


@lanes
def move_to_pole(x, y, z, site, c0, c1, c2, c3, c4, cosh, offset):
    """s = p(z) (x, y, cosh z - offset), p a polynomial."""
    for lane in range(LANES):
        height = z[site, lane]
        shrink = c0 + height * (c1 + height * (c2 + height * (c3 + height * c4)))
        z[site, lane] = (cosh * height - offset) * shrink
        x[site, lane] *= shrink
        y[site, lane] *= shrink


@inlined
def boost(x, y, z, site, constants):
    """Damp the spin of a site: move it towards a pole; constants as of `boost_constants`."""
    real = x[0, 0]
    move_to_pole(
        x, y, z, site,
        like(constants[0, site], real), like(constants[1, site], real),
        like(constants[2, site], real), like(constants[3, site], real),
        like(constants[4, site], real), like(constants[5, site], real),
        like(constants[6, site], real),
    )  # fmt: skip
