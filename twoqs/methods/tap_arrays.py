"""What flows keep of the fields of channels, as arrays of a program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twoqs.flows.common import CommonTurn
from twoqs.flows.plan import Flow
from twoqs.flows.tap import Tap
from twoqs.kernels.machine_taps import TapArrays


def tap_arrays(flows: Sequence[Flow]) -> TapArrays:
    """Of each flow, whether or not it has any."""
    count = len(flows)
    taps = TapArrays(
        np.full(count, -1), np.zeros((count, 2)), np.zeros(count), np.zeros(count, np.int64),
        np.zeros(count), np.zeros(count),
    )  # fmt: skip
    for place, flow in enumerate(flows):
        if isinstance(flow, CommonTurn) and flow.tap is not None:
            one = flow.tap
            taps.channel[place], taps.rate[place] = one.channel, one.rate
            taps.way[place] = one.way.real, one.way.imag
            taps.column[place], taps.slope[place] = one.parameter, flow.slope_of(one.form)
            taps.share[place] = share_of(flow, one)
    return taps


def share_of(flow: CommonTurn, tap: Tap) -> float:
    """The number that the tapped form is of the friction, as where all members have one m; or 0."""
    if len(flow.drags) != 1 or flow.drags[0][0] != tap.parameter:
        return 0.0
    drags = flow.drags[0][1]
    share = float(np.sum(tap.form * drags) / np.sum(drags**2))
    return share if np.allclose(tap.form, share * drags, rtol=1e-13, atol=0.0) else 0.0
