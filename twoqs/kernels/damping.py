"""The flow of decay and gain on the Bloch sphere, without a division."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like

Floats = NDArray[np.float64]

NODES = np.cos(np.pi * np.arange(5) / 4)
"""Heights z/L at which the polynomial is exact: both poles, and those that serve best between."""


def flow_of(relaxed: Floats, length: float) -> Floats:
    """What `damp` needs, shape (7, site), for 2 G L times the step, shape (site,).

    Five coefficients of 1/(cosh(x) - sinh(x) z/L) as a polynomial of z, off by 0.12 x^5 of it
    at most; then cosh(x) and L sinh(x).
    """
    cosh, sinh = np.cosh(relaxed), np.sinh(relaxed)
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
def damp(x, y, z, site, flow):
    """Move the spin of a site towards a pole; flow as of `flow_of`."""
    real = x[0, 0]
    move_to_pole(
        x, y, z, site, like(flow[0, site], real), like(flow[1, site], real),
        like(flow[2, site], real), like(flow[3, site], real), like(flow[4, site], real),
        like(flow[5, site], real), like(flow[6, site], real),
    )  # fmt: skip
