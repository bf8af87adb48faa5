"""Output fields of sites in the conserving scheme; `twoqs.flows.site_taps` has the formula."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.sequence import IN_PLANE, Sequence, Stage
from twoqs.flows.site_taps import SiteTaps, turn_tap
from twoqs.kernels.compile.jit import by_type, like
from twoqs.kernels.compile.llvm import add_kick_and_row
from twoqs.kernels.random import LARGE, SMALL, Stream, last_place
from twoqs.model.arrays import Floats, Ints


class TapConstants(NamedTuple):
    """What turns add to the fields of channels, prepared for one length of step."""

    channel: Ints  # (site,): -1 for none
    kicks: Floats  # (stage + 1, 2, site): values of the noise
    along: Floats  # (stage + 1, site): what multiplies the component along the axis


class TapMemory(NamedTuple):
    """What steps keep beside the state."""

    fields: NDArray[Any]  # (channel, 2, lane): output fields since they were read


def tap_constants(
    taps: SiteTaps, sequence: Sequence, rapidity: Floats, step: float
) -> TapConstants:
    """Those of a step; stages that are no turns about x or y have zeros."""
    shape = len(sequence.axes), len(rapidity)
    kicks, along = np.zeros((shape[0], 2, shape[1])), np.zeros(shape)
    stages = zip(sequence.axes, sequence.shares, sequence.inside, strict=True)
    for number, (axis, share, inside) in enumerate(stages):
        if axis in IN_PLANE:
            tap = turn_tap(taps, Stage(axis, share, 0.0, inside=inside), rapidity, step)
            kicks[number], along[number] = np.outer([SMALL, LARGE], tap.noise), tap.along
    return TapConstants(taps.channel, kicks, along)


def keep_turn(noisy, still, s, site, kicks, along, stream):
    """Add what a turn of a site leaves in its field, by the noise that it has just taken."""
    raise TypeError(f"No kernel keeps fields by a {type(stream).__name__}.")


@by_type(keep_turn)
def _keep_turn(noisy, still, s, site, kicks, along, stream):
    return _keep if stream.instance_class is Stream else _keep_nothing


def _keep_nothing(noisy, still, s, site, kicks, along, stream):
    """A run at twice the step has no fields that anyone reads."""


def _keep(noisy, still, s, site, kicks, along, stream):
    real = s[0, 0]
    add_kick_and_row(
        noisy, still, like(along[site], real), s, site, stream.word, stream.pair,
        last_place(stream), like(kicks[0, site], real), like(kicks[1, site], real),
    )  # fmt: skip
