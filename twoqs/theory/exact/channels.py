"""Operators of the channels whose output fields requests are about."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import qutip

from twoqs.flows.lowered import tapped_generators_of, timetable_of
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.space import Space


class OutputChannel(NamedTuple):
    """What leaves through a channel: out = sqrt(2G) c beside the vacuum.

    Attributes:
        operator: sqrt(2G) c, as long as nothing multiplies the rate.
        parameter: column of the timetable's values, which multiply it.
    """

    operator: qutip.Qobj
    parameter: int


def output_channels(model: Model, space: Space, label: str) -> list[OutputChannel]:
    """The channels of a jump, in the order and with the phases that records of detectors have.

    Raises:
        ArgumentError: for labels that no jump has, and jumps without a field of their own.
    """
    found = []
    for channel in tapped_generators_of(model, (label,)).taps:
        c = space.zero
        for site, form in zip(channel.sites.tolist(), channel.forms, strict=True):
            for factor, component in zip(form, space.components[site], strict=True):
                c = c + factor * component
        found.append(OutputChannel(math.sqrt(2 * channel.rate) * c, channel.parameter))
    return found


def rate_roots(model: Model, channels: list[OutputChannel], times: Floats) -> Floats:
    """The root of what multiplies the rate of each channel, shape (time, channel)."""
    values = timetable_of(model).values(times)
    return np.sqrt(values[:, [channel.parameter for channel in channels]])
