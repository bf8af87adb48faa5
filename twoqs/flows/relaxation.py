"""Relaxation: modes that lose and gain quanta, and ensembles whose members do.

One flow, with a drift that is linear in s = (x, y, z) and noise whose covariance is affine in it:

    ds = (A s + b) dt + noise,   E noise noise^T = (D_0 + sum_c D_c s_c) dt   (Ito).

A step draws s from its mean and the covariance C(dt) = int e^(A(dt-t)) D(m(t)) e^(A^T(dt-t)) dt on
the mean path m(t), both of which are affine in s: first and second moments are exact, however long
the step.

Modes. A jump operator c = A + iB of x and y, A = a.(x, y), B = b.(x, y), has the equations of
`jumps` with translations for turns: A = G (a_x b_y - a_y b_x) and D_0 = G/2 (R a)(R a)^T + the same
of b, R a = (-a_y, a_x). Of c = a: d alpha = -G alpha dt + sqrt(G) dz, E|dz|^2 = dt. The step is
exact, and n follows from x and y.

Ensembles. Members have jump operators c_k = f.s_k. If the mean of one moves by d<s>/dt = A <s> + b,
J = sum_k s_k has the drift A J + N b and the diffusion D = -N/4 (A + A^T) - (b J^T + J b^T), as the
squares of a member are constant. With <J> = m E[s] and second moments of weight one the drift is
A s + N b/m, and -1 becomes (N-1) m - N/m. Decay gamma, pump w and dephasing g along z: A is
-(gamma + w + g) across z and -2 (gamma + w) along it, b = (0, 0, w - gamma).

D is positive in the ball of radius N/2. Outside, a negative pivot of C is set to 0 and counted. An
ensemble is taken in a frame whose last axis is along b: along it D falls to zero where the members
are pumped to, and as the last pivot that divides nothing.

Reach: the site itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.flows.mode import quanta
from twoqs.flows.turn import Draws, Parts, weighted_sum
from twoqs.model.arrays import Floats, Ints

PRODUCTS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
"""Components of the covariance, in the order in which they are kept."""

N_MOMENTS = 3 + len(PRODUCTS)

FLOOR = 1e-12
"""Pivots below, relative to the trace, are rounding: their roots would be noise of 1e-8."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The flow; rows are its sites.

    Attributes:
        sites: shape (row,).
        modes: which of them are modes, the others are ensembles; shape (row,).
        classes: number of the class of each row; sites of a class relax alike.
        parts: of each class, (A, b) and (D_0, D_c) as rates of the nine moments, three means and
            the covariance as `PRODUCTS`, from (1, x, y, z): shape (class, 9, 4).
        frames: rotations to the frames in which these are, shape (class, 3, 3).
    """

    sites: Ints
    modes: NDArray[np.bool_]
    classes: Ints
    parts: Parts
    frames: Floats


def step_moments(flow: Relaxation, duration: float, values: Floats) -> Floats:
    """Mean and covariance after a step, as affine functions: shape (class, 9, 4) as of `parts`."""
    rates = weighted_sum(flow.parts, values)
    whole = np.zeros((len(rates), 1 + N_MOMENTS, 1 + N_MOMENTS))
    whole[:, 1:, :4] = rates
    for i, (a, b) in enumerate(PRODUCTS):
        for c in range(3):  # A C + C A^T
            whole[:, 4 + i, 4 + _place(c, b)] += rates[:, a, 1 + c]
            whole[:, 4 + i, 4 + _place(a, c)] += rates[:, b, 1 + c]
    return np.asarray(scipy.linalg.expm(duration * whole)[:, 1:, :4])


def _place(a: int, b: int) -> int:
    return PRODUCTS.index((min(a, b), max(a, b)))


def relax(
    state: Floats,
    flow: Relaxation,
    duration: float,
    values: Floats,
    stream: Draws,
    clipped: Floats | None = None,
) -> None:
    """Relax `state`, of shape (3, site, lane), in place; as `turn_sites`.

    Args:
        clipped: steps of ensembles with clipped noise so far, and all of them; shape (2, lane).
    """
    frames = flow.frames[flow.classes]
    s = np.einsum("rab,brl->arl", frames, state[:, flow.sites])
    moments = step_moments(flow, duration, values)[flow.classes]
    affine = np.concatenate([np.ones_like(s[:1]), s])
    after = np.einsum("rkc,crl->krl", moments, affine)
    for row, mode in enumerate(flow.modes.tolist()):
        draws = stream.four_points(2 if mode else 3)
        noise, below = correlated(after[3:, row], draws)
        after[: len(draws), row] += noise
        if clipped is not None and not mode:
            clipped[0] += below
            clipped[1] += 1
    after[2, flow.modes] = quanta(after[:, flow.modes])
    state[:, flow.sites] = np.einsum("rab,arl->brl", frames, after[:3])


def correlated(covariance: Floats, draws: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Noise of this covariance, as `PRODUCTS`, of the first components; and where it is clipped.

    By its factor of Cholesky. Pivots below zero are set to zero.
    """
    xx, xy, xz, yy, yz, zz = covariance
    floor = FLOOR * np.abs(xx + yy + zz)
    first = _root(xx, floor)
    xy, xz = _over(xy, first), _over(xz, first)
    second = _root(yy - xy * xy, floor)
    yz = _over(yz - xy * xz, second)
    third = _root(zz - xz * xz - yz * yz, floor)
    noise = [first * draws[0], xy * draws[0] + second * draws[1]]
    if len(draws) == 3:
        noise.append(xz * draws[0] + yz * draws[1] + third * draws[2])
    pivots = np.array([xx, yy - xy * xy, zz - xz * xz - yz * yz])
    return np.array(noise), np.any(pivots < -floor, axis=0)


def _root(pivot: Floats, floor: Floats) -> Floats:
    return np.sqrt(np.where(pivot > floor, pivot, 0.0))


def _over(numerator: Floats, root: Floats) -> Floats:
    """0 where the root is."""
    return np.asarray(np.where(root > 0, numerator / np.where(root > 0, root, 1.0), 0.0))
