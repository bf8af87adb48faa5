"""The conserving scheme on Bloch vectors of fixed length; see `twoqs.flows.conserving`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.correction import step_correction
from twoqs.flows.rates import WIDE, Graph, Rates, largest_angle
from twoqs.flows.sequence import IN_PLANE, NO_AXIS, Sequence
from twoqs.flows.site_taps import SiteTaps
from twoqs.kernels.boost import boost, boost_constants
from twoqs.kernels.compile.jit import LANES, glued, inlined, lanes, like
from twoqs.kernels.conserving_taps import TapConstants, keep_turn, tap_constants
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.kicks import COARSE_COSINE, TRUE_COSINE, kick_sizes
from twoqs.kernels.pipeline import nothing, run_steps
from twoqs.kernels.series import fine_cosine, fine_sine, half_tangent, sine
from twoqs.model.arrays import Floats


class ConservingConstants(NamedTuple):
    """Constants of the steps of one length, prepared once."""

    graph: Graph  # with fields times their correction over that of the couplings
    times: Floats  # (stage + 1, site): that turns take, for each of `Sequence.axes`
    kicks: Floats  # (stage + 1, 2, site): values of the random angle
    wide: NDArray[np.bool_]  # (stage + 1,): whether it turns by large angles
    boost: Floats  # (7, site): as of `boost_constants`, for each stage that damps
    length: float  # of all vectors
    sequence: Sequence
    taps: TapConstants | None = None  # of sites whose output field is kept


def conserving_constants(
    graph: Graph,
    rates: Rates,
    sequence: Sequence,
    length: float,
    step: float,
    taps: SiteTaps | None = None,
) -> ConservingConstants:
    """The `ConservingConstants` of a step for raw rates."""
    in_plane, rapidity = rates.decay + rates.gain, 2 * length * rates.damping * step
    factor, one = step_correction(rapidity), np.ones_like(rapidity)
    times, kicks, wide = [], [], []
    for axis, share, inside in zip(sequence.axes, sequence.shares, sequence.inside, strict=True):
        diffusion, stretch = rates.dephasing, one
        if axis in IN_PLANE:
            diffusion = in_plane * (factor.inner_noise if inside else factor.outer_noise)
            stretch = factor.coupling
        noise = diffusion * share * step
        far = axis < NO_AXIS and largest_angle(graph[axis], length, share * step, noise) > WIDE
        times.append(stretch * share * step)
        kicks.append(kick_sizes(noise, TRUE_COSINE if far else COARSE_COSINE))
        wide.append(far)
    shape = len(times), len(rapidity)
    # Times are stretched by the factor of couplings, and fields have one of their own.
    less = factor.field / factor.coupling
    x, y = (local._replace(field=less * local.field) for local in (graph.x, graph.y))
    # Stages that damp do so for equal shares of the step.
    share = sequence.dissipates.max(initial=0.0)
    return ConservingConstants(
        Graph(x, y, graph.z),
        np.array(times).reshape(shape),
        np.array(kicks).reshape(shape[0], 2, shape[1]),
        np.array(wide, dtype=np.bool_),
        boost_constants(rapidity * share, length),
        length,
        sequence,
        None if taps is None else tap_constants(taps, sequence, rapidity, step),
    )


@lanes
def turn_vector(u, v, site, angle):
    """Rotate (u, v) of one site, each of shape (site, lane), by `angle`.

    By three shears, which need fewer terms of their series than cosine and sine: those of third
    order turn by the angle up to its fifth, and keep the length up to its seventh.
    """
    for lane in range(LANES):
        tangent, s = half_tangent(angle[lane]), sine(angle[lane])
        a, b = u[site, lane], v[site, lane]
        a -= tangent * b
        b += s * a
        u[site, lane] = a - tangent * b
        v[site, lane] = b


@lanes
def turn_vector_far(u, v, site, angle):
    """Rotate (u, v) of one site by an angle that is not small, by cosine and sine."""
    for lane in range(LANES):
        c, s = fine_cosine(angle[lane]), fine_sine(angle[lane])
        a, b = u[site, lane], v[site, lane]
        u[site, lane] = c * a - s * b
        v[site, lane] = s * a + c * b


@lanes
def restore_length(x, y, z, site, length):
    """Make the Bloch vectors as long as they should be, by Newton steps for 1/sqrt."""
    scale = like(1.0 / (length * length), x[0, 0])
    a_half, three_halves = like(0.5, scale), like(1.5, scale)
    for lane in range(LANES):
        a, b, c = x[site, lane], y[site, lane], z[site, lane]
        square = scale * (a * a + b * b + c * c)
        factor = three_halves - a_half * square
        factor *= three_halves - a_half * square * factor * factor
        factor *= three_halves - a_half * square * factor * factor
        x[site, lane], y[site, lane], z[site, lane] = factor * a, factor * b, factor * c


@inlined
def rotation(work, s, u, v, local, stage, position, site):
    """Rotate a site about the axis of s, by its field and by noise."""
    constants, angle, total = work.constants, work.scratch[0], work.scratch[1]
    if position == 0 and local.uniform != 0.0:
        set_sum(total, s)
    time, noise = constants.times[stage, site], constants.kicks[stage]
    angle_of(angle, site, s, total, local, time, noise, work.stream)
    if constants.wide[stage]:
        turn_vector_far(u, v, site, angle)
    else:
        turn_vector(u, v, site, angle)


@inlined
def visit_vector(work, stage, number, position, site):
    """Turn the vector of a site about an axis, or damp it: one stage of a step at one site."""
    x, y, z = work.state[0], work.state[1], work.state[2]
    constants = work.constants
    axis = constants.sequence.axes[stage]
    if axis == 0:
        rotation(work, x, y, z, constants.graph.x, stage, position, site)
    elif axis == 1:
        rotation(work, y, z, x, constants.graph.y, stage, position, site)
    elif axis == 2:
        rotation(work, z, x, y, constants.graph.z, stage, position, site)
    else:
        boost(x, y, z, site, constants.boost)


@inlined
def visit_tapped(work, stage, number, position, site):
    """The same where the output fields of sites are kept: no turn changes what it adds to them."""
    visit_vector(work, stage, number, position, site)
    axis, taps = work.constants.sequence.axes[stage], work.constants.taps
    if axis < 2 and taps.channel[site] >= 0:
        fields = work.memory.fields[taps.channel[site]]
        keep_turn(
            fields[1 - axis], fields[axis], work.state[0] if axis == 0 else work.state[1], site,
            taps.kicks[stage], taps.along[stage], work.stream,
        )  # fmt: skip


@inlined
def restore(work, site):
    """Make the vector of a site as long as it should be."""
    restore_length(work.state[0], work.state[1], work.state[2], site, work.constants.length)


@glued
def conserving_steps(work, steps):
    """Advance a `Work` with `ConservingConstants` by some steps."""
    run_steps(nothing, visit_vector, restore, work, steps)


@glued
def tapped_steps(work, steps):
    """The same of one with taps, whose memory is a `TapMemory`."""
    run_steps(nothing, visit_tapped, restore, work, steps)
