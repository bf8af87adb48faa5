"""Figure 6: squeezing by one-axis twisting with dephasing, in time."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from twoqs.look.plot.style import PAGE_WIDTH, case_handles, exact_handle, footnote, panel
from twoqs.paper.figures.fine import INTERPOLATED
from twoqs.paper.figures.squeezing import in_time, rate_handles


def figure(data: xr.Dataset, exact: xr.Dataset) -> Figure:
    """xi^2(t) for all dephasing rates and both S."""
    result = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    spins, cases = data.spin.values.tolist(), data.case.values.tolist()
    rates = data.Gamma_phi.values.tolist()
    panels = result.subplots(1, len(spins), squeeze=False)[0]
    for axes, spin, letter in zip(panels, spins, "abcdefgh", strict=False):
        in_time(axes, data.sel(spin=spin), exact.sel(spin=spin), "Gamma_phi", rates, log=True)
        panel(axes, letter, f"$S={spin:g}$")
    handles = [*rate_handles(r"\Gamma_\phi", rates), exact_handle(), *case_handles(cases)]
    result.legend(handles=handles, loc="outside upper center", ncols=7)
    footnote(result, data, f"one-axis twisting with dephasing; {INTERPOLATED}")
    return result
