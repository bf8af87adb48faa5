"""Decay and pump of spins 1/2 as jumps: what a jump leaves is drawn anew, as one of four corners.

For one spin with the jump operators S^- (rate g) and S^+ (rate w), exact at any step dt in its
means and its squares: with G = g + w,

    with probability 1 - exp(-2 G dt):  s^z = +1/2 with probability w/G, else -1/2, and for a = x, y
        s^a = +1/2 with probability 1/2 + c s^a, else -1/2,    c = 1/(1 + exp(G dt)).

A single jump halves the mean of s^a, c = 1/2; there may be several in a step, of which the last one
decides s^z. So <S^a> decays as exp(-G t), and <S^z> as exp(-2 G t) towards (w - g)/(2 G). Squares
become 1/4, whatever they were, and the length sqrt(3)/2.

Reach: the site itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.channels import local_jumps_of
from twoqs.flows.generators import Generators, LocalJump
from twoqs.flows.turn import Draws, Parts, weighted_sum
from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.kinds import HALF

MINUS, PLUS = np.array([1, -1j, 0]), np.array([1, 1j, 0])
"""Forms of S^- and S^+."""

FORM_ROUNDING = 1e-12
"""Relative size of what is taken for rounding in a form."""

UNIT_EXPONENT, MANTISSA_SHIFT = np.uint64(0x3FF0000000000000), np.uint64(12)
"""Bits of numbers in [1, 2), whose mantissa is 52 bits of a word."""


@dataclass(frozen=True, eq=False)
class Redraw:
    """Jumps of some sites; rows are these sites.

    Attributes:
        sites: shape (row,).
        decays: g, shape (row,), by the parameters that multiply them.
        pumps: w, likewise.
    """

    sites: Ints
    decays: Parts = ()
    pumps: Parts = ()


def size_of(form: Complexes, of: Complexes) -> float:
    """|k|^2 of a form k f, with f one of MINUS and PLUS; 0 if it is none."""
    scale = form[0]
    same = np.linalg.norm(form - scale * of) <= FORM_ROUNDING * np.linalg.norm(form)
    return float(abs(scale) ** 2) if same else 0.0


def is_ladder(form: Complexes) -> bool:
    """Whether a form is that of S^- or S^+ times a number."""
    return size_of(form, MINUS) > 0 or size_of(form, PLUS) > 0


def without_halves(jump: LocalJump, kinds: Ints) -> LocalJump:
    """What of a jump operator is not drawn anew: it turns its sites."""
    if not is_ladder(jump.form):
        return jump
    return replace(jump, rates=np.where(kinds == HALF, 0.0, jump.rates))


def redraws_of(generators: Generators) -> list[Redraw]:
    """The jumps at spins 1/2 that are S^- or S^+ times a number: one flow, or none."""
    half = generators.kinds == HALF
    jumps = [
        replace(jump, rates=np.where(half, jump.rates, 0.0))
        for jump in local_jumps_of(generators)
        if is_ladder(jump.form)
    ]
    used = np.any([jump.rates > 0 for jump in jumps], axis=0) if jumps else np.zeros(0)
    sites = np.flatnonzero(used)
    if not sites.size:
        return []
    parts = [
        tuple(
            (jump.parameter, size * jump.rates[sites])
            for jump in jumps
            if (size := size_of(jump.form, of)) > 0
        )
        for of in (MINUS, PLUS)
    ]
    return [Redraw(sites, *parts)]


def redraw_sites(
    state: Floats, flow: Redraw, duration: float, values: Floats, stream: Draws
) -> None:
    """Redraw spins in `state`, of shape (3, site, lane), in place.

    Args:
        duration: dt.
        values: of the parameters, shape (parameter,).
        stream: one word for each site, the first sites first.
    """
    none = np.zeros(len(flow.sites))
    decays, pumps = (none + weighted_sum(part, values) for part in (flow.decays, flow.pumps))
    for row, site in enumerate(flow.sites.tolist()):
        drawn = uniform(stream.word())
        rate = decays[row] + pumps[row]
        jump = -np.expm1(-2 * rate * duration)
        up = jump * (pumps[row] / rate) if rate > 0 else 0.0
        kept = 1 / (1 + np.exp(rate * duration))
        # What is left of the number is uniform again, from `low` on over `width`.
        above = drawn < up
        low, width = np.where(above, 0.0, up), np.where(above, up, jump - up)
        (x, y), left = (0.5 + kept * state[:2, site]), drawn - low
        first = left < width * x
        border = np.where(first, width * x * y, width * (x + (1 - x) * y))
        corner = np.stack([first, left < border, above]) - 0.5
        state[:, site] = np.where(drawn < jump, corner, state[:, site])


def uniform(word: NDArray[np.uint64]) -> Floats:
    """A number in [0, 1) by the upper 52 bits of each word."""
    return ((word >> MANTISSA_SHIFT) | UNIT_EXPONENT).view(np.float64) - 1.0
