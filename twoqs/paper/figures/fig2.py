"""Figure 2: dephasing of one spin."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from twoqs.paper.figures.two_spins import one_component


def figure(data: xr.Dataset, exact: xr.Dataset) -> Figure:
    """<S^x>(t) for two spin lengths."""
    return one_component(data, exact, "x", r"$\Gamma_\phi t$", "dephasing of a coherent state")
