"""The flows of all channels; what turns the same spins alike is one flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twoqs.flows.axes import AXIS_DIGITS, unit_of
from twoqs.flows.common import CommonTurn
from twoqs.flows.generators import Channel, Generators, LocalJump
from twoqs.flows.jumps import Drive, drives_of, fields_of
from twoqs.flows.mode import are_translated
from twoqs.flows.tap import Tap
from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.kinds import keeps_length


def local_jumps_of(generators: Generators) -> list[LocalJump]:
    """Jumps at single sites, with those of channels that have no more than one member."""
    jumps = list(generators.local)
    for channel in generators.channels:
        sites, forms = _members(channel)
        if len(sites) == 1:
            rates = np.zeros(generators.n_sites)
            rates[sites] = channel.rate
            jumps.append(LocalJump(forms[0], rates, channel.parameter))
    return jumps


def common_turns_of(generators: Generators) -> list[CommonTurn]:
    """The flows of channels with several members, those of one behind one another."""
    flows: dict[bytes, CommonTurn] = {}
    for channel in generators.channels:
        sites, forms = _members(channel)
        if channel.rate == 0 or len(sites) < 2:
            continue
        for drive in drives_of(forms):
            key, flow, _ = _flow(generators, channel, sites, drive)
            flows[key] = _joined(flows[key], flow) if key in flows else flow
    return list(flows.values())


def tapped_turns_of(generators: Generators) -> list[CommonTurn]:
    """Turns of channels whose field is kept, for any number of members: two for each channel."""
    found = []
    for number, channel in enumerate(generators.taps):
        sites, forms = _members(channel)
        if not len(sites):
            sites, forms = channel.sites[:1], channel.forms[:1]
        for drive, way in fields_of(forms):
            _, flow, sign = _flow(generators, channel, sites, drive)
            form = sign / 2 * drive.drag * generators.weights[sites, None]
            tap = Tap(number, sign * way, form, channel.rate, channel.parameter)
            found.append(replace(flow, tap=tap))
    return found


def _members(channel: Channel) -> tuple[Ints, Complexes]:
    """Sites in their order, and forms that are not zero."""
    order = np.argsort(channel.sites)
    order = order[np.any(channel.forms[order] != 0, axis=1)]
    return channel.sites[order], channel.forms[order]


def _flow(
    generators: Generators, channel: Channel, sites: Ints, drive: Drive
) -> tuple[bytes, CommonTurn, float]:
    """A flow with the angle of its largest member for phi, what tells it from others, and a sign.

    The sign of phi is such that the first component which is not zero is positive. That of a form
    which is zero turns nothing, and has no friction.
    """
    if not np.any(drive.form):
        drive = Drive(drive.form, drive.form)
    sizes, axes = unit_of(drive.form)
    components = drive.form.ravel()[np.flatnonzero(np.abs(drive.form.ravel()) > 0)]
    scale = float(np.copysign(sizes.max(), components[0])) if len(components) else 1.0
    axes = axes * np.sign(scale) + 0.0
    axes[sizes == 0] = (1.0, 0.0, 0.0)
    ratios = np.round(sizes / abs(scale), 14)
    drags = scale * channel.rate * drive.drag / generators.weights[sites, None]
    flow = CommonTurn(
        sites=sites,
        axes=axes,
        ratios=ratios,
        translated=are_translated(generators.modes[sites], axes),
        free=not np.all(keeps_length(generators.kinds[sites])),
        drags=((channel.parameter, drags),) if np.any(drags) else (),
        noises=((channel.parameter, np.array(channel.rate * scale**2)),),
    )
    known = np.round(ratios[:, None] * axes, AXIS_DIGITS) + 0.0
    return sites.tobytes() + known.tobytes(), flow, float(np.sign(scale))


def _joined(one: CommonTurn, other: CommonTurn) -> CommonTurn:
    return CommonTurn(
        one.sites,
        one.axes,
        one.ratios,
        one.translated,
        one.free,
        _summed(one.drags + other.drags),
        _summed(one.noises + other.noises),
    )


def _summed(parts: tuple[tuple[int, Floats], ...]) -> tuple[tuple[int, Floats], ...]:
    """One part for each column."""
    sums: dict[int, Floats] = {}
    for column, part in parts:
        sums[column] = sums[column] + part if column in sums else part
    return tuple(sums.items())
