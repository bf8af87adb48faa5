"""Output fields of decay and gain with a bath for each site, by turns of the conserving scheme.

With dxi = (dW_1 + i dW_2)/2 the field of c = S^-, or of S^+ with the lower signs, is

    dout = dxi + sqrt(2G) m (s^x -+ i s^y) dt.

The noise of a turn about x is sqrt(2G) dW_2, of one about y +-sqrt(2G) dW_1. Neither changes the
component along its own axis: each turn adds its noise to the one part of the field, and that
component, for its share of the step, to the other part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twoqs.flows.correction import field_correction
from twoqs.flows.generators import Channel
from twoqs.flows.rates import Rates
from twoqs.flows.sequence import Stage
from twoqs.model.arrays import Floats, Ints


class SiteTaps(NamedTuple):
    """The channel of each site."""

    channel: Ints  # (site,): its number; -1 for none
    sign: Floats  # (site,): 1 for S^-, -1 for S^+
    root: Floats  # (site,): sqrt(2G) m
    channels: int


class TurnTap(NamedTuple):
    """What a turn adds to the field of each site: to one part noise, to the other a component."""

    noise: Floats  # (site,): what multiplies noise of unit variance
    along: Floats  # (site,): what multiplies the component along the axis


def site_taps(channels: tuple[Channel, ...], rates: Rates, weight: float) -> SiteTaps | None:
    """The taps of these channels; None unless each has the whole noise of one site.

    Args:
        rates: of the model, with those of the channels.
        weight: m, of means.
    """
    sites = len(rates.decay)
    found = SiteTaps(np.full(sites, -1), np.ones(sites), np.zeros(sites), len(channels))
    both = {1.0: (rates.decay, rates.gain), -1.0: (rates.gain, rates.decay)}
    for number, channel in enumerate(channels):
        if len(channel.sites) != 1:
            return None
        (site,), (x, y, z) = channel.sites, channel.forms[0]
        sign = next((sign for sign in both if y == -1j * sign * x), 0.0)
        if sign == 0.0 or z != 0 or x.imag != 0 or x.real <= 0:
            return None
        rate = channel.rate * x.real**2
        own, other = (one[site] for one in both[sign])
        alone = rate > 0 and other == 0.0 and np.isclose(own, rate, rtol=1e-13, atol=0.0)
        if not alone or found.channel[site] >= 0:
            return None
        found.channel[site], found.sign[site] = number, sign
        found.root[site] = weight * np.sqrt(2 * rate)
    return found


def turn_tap(taps: SiteTaps, stage: Stage, rapidity: Floats, step: float) -> TurnTap:
    """What a turn about x or y adds; the rapidity is that of the whole step."""
    duration = stage.share * step
    factor = field_correction(rapidity, stage.inside)
    about_y = stage.axis == 1
    return TurnTap(
        (taps.sign if about_y else 1.0) * np.full(len(taps.sign), np.sqrt(duration) / 2),
        (-taps.sign if about_y else 1.0) * duration * factor * taps.root,
    )
