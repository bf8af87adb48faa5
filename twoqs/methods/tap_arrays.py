"""What flows keep of the fields of channels, as arrays of a program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twoqs.flows.common import CommonTurn
from twoqs.flows.plan import Flow
from twoqs.kernels.machine_taps import Taps


def tap_arrays(flows: Sequence[Flow]) -> Taps:
    """Of each flow, whether or not it has any."""
    count = len(flows)
    taps = Taps(
        np.full(count, -1), np.zeros((count, 2)), np.zeros(count), np.zeros(count, np.int64),
        np.zeros(count),
    )  # fmt: skip
    for place, flow in enumerate(flows):
        if isinstance(flow, CommonTurn) and flow.tap is not None:
            one = flow.tap
            taps.channel[place], taps.rate[place] = one.channel, one.rate
            taps.way[place] = one.way.real, one.way.imag
            taps.column[place], taps.slope[place] = one.parameter, flow.slope_of(one.form)
    return taps
