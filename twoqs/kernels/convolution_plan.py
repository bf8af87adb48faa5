"""In which passes the sites of a grid are convolved, and with which factors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from twoqs.flows.convolution import Convolution
from twoqs.kernels.radices import radices_of, waves_of
from twoqs.model.arrays import Floats, Ints, starts_of

FORWARD, EXPAND, MULTIPLY, INVERSE, SHRINK = range(5)

Pass: TypeAlias = tuple[int, int, int, int, int, int, int, int]
"""Kind, first row, first row of the target, pieces (or sites, or rows), rows of a butterfly apart,
rows for each of them, radix, and first of the factors."""

CACHED_ROWS = 128
"""Rows that stay in the first cache of 32 kB between passes, with 16 doubles each."""

LARGEST_RADIX = 5

FIRST_ROW = 1
"""Of the waves; the row before it stays zero."""


class ConvolutionPlan(NamedTuple):
    """What the kernel reads."""

    passes: Ints  # (pass, 8)
    twiddles: Floats  # (factor, 8): up to four complex numbers of one butterfly
    spectrum: Floats  # (wave, 2): complex, in the order of the passes
    address: int = 0  # of `convolution.run_passes`; set by what makes a program


class AxisPasses(NamedTuple):
    """How one axis of the grid is transformed."""

    sites: int
    padded: bool
    radices: list[int]
    factors: list[int]  # first factor of each pass

    @property
    def length(self) -> int:
        """Of the transform."""
        return math.prod(self.radices)


def radices_for(sites: int, periodic: bool) -> list[int]:
    """Radices of the passes along an axis: of its sites if it closes on itself and they have a fast
    transform, else of at least twice as many, of which the first is 2."""
    radices, half = radices_of(sites) if periodic else [], sites
    while not radices:
        radices = [2, *found] if (found := radices_of(half)) else []
        half += 1
    return radices


def convolution_plan(convolution: Convolution) -> ConvolutionPlan:
    """All passes of a convolution, in their order."""
    axes, tables, waves, first = [], [np.zeros((0, 8))], [], 0
    for sites, periodic in zip(convolution.shape, convolution.periodic, strict=True):
        if sites > 1:
            radices = radices_for(sites, periodic)
            table, starts = _factors(radices)
            axes.append(
                AxisPasses(sites, math.prod(radices) != sites, radices, [first + k for k in starts])
            )
            tables.append(table)
            waves.append(waves_of(radices))
            first += len(table)
    lengths = [axis.length for axis in axes]
    spectrum = np.fft.fftn(convolution.kernel(lengths)) / math.prod(lengths)
    ordered = spectrum[np.ix_(*waves)].ravel()
    passes = np.array(list(_passes(axes)), dtype=np.int64)
    return ConvolutionPlan(
        passes, np.concatenate(tables), np.column_stack([ordered.real, ordered.imag])
    )


def joined_plans(plans: Sequence[ConvolutionPlan]) -> tuple[ConvolutionPlan, Ints]:
    """Several plans as one, and where the passes of each begin, shape (plan + 1,)."""
    twiddles = starts_of([len(plan.twiddles) for plan in plans])
    spectra = starts_of([len(plan.spectrum) for plan in plans])
    passes = [np.zeros((0, 8), np.int64)]
    for plan, twiddle, wave in zip(plans, twiddles, spectra, strict=False):
        shifted = plan.passes.copy()
        shifted[:, 7] += np.where(shifted[:, 0] == MULTIPLY, wave, twiddle)
        passes.append(shifted)
    plan = ConvolutionPlan(
        np.concatenate(passes),
        np.concatenate([np.zeros((0, 8)), *(plan.twiddles for plan in plans)]),
        np.concatenate([np.zeros((0, 2)), *(plan.spectrum for plan in plans)]),
    )
    return plan, starts_of([len(plan.passes) for plan in plans])


def rows_needed(plan: ConvolutionPlan) -> int:
    """Rows of memory that the passes use."""
    # What a pass reads is written by another one, or by the first that reads.
    ends = [FIRST_ROW, *(max(one[1:3]) + rows_of_pass(one) for one in plan.passes.tolist())]
    return max(ends)


def rows_of_pass(one: Sequence[int]) -> int:
    """Rows that a pass writes."""
    kind, _, _, pieces, apart, inner, radix, _ = one
    if kind == MULTIPLY:
        return pieces
    if kind in (FORWARD, INVERSE):
        return pieces * apart * inner * radix
    return (2 * apart if kind == EXPAND else pieces) * inner


def _factors(radices: Sequence[int]) -> tuple[Floats, list[int]]:
    """Twiddle factors of all passes, those of one butterfly in a row; and where passes begin."""
    spans = [math.prod(radices[k:]) for k in range(len(radices) + 1)]
    tables = []
    for span, apart in pairwise(spans):
        turns = np.outer(np.arange(apart), np.arange(1, LARGEST_RADIX)) / span
        factors = np.exp(-2j * np.pi * turns)
        tables.append(np.stack([factors.real, factors.imag], axis=2).reshape(apart, 8))
    return np.concatenate(tables), [0, *np.cumsum([len(t) for t in tables]).tolist()][:-1]


def _passes(axes: list[AxisPasses]) -> Iterator[Pass]:
    """The passes over the whole grid."""
    sites = math.prod(axis.sites for axis in axes)
    schedule = _Schedule(axes)
    yield from schedule.axis(0, FIRST_ROW, sites)


class _Schedule:
    """Passes along axis after axis, as soon as possible those of a part that fits in the cache."""

    def __init__(self, axes: list[AxisPasses]) -> None:
        self._axes, self._multiplied = axes, 0
        self._inner = [math.prod(axis.sites for axis in axes[k + 1 :]) for k in range(len(axes))]
        room = [math.prod(axis.sites for axis in axes)]
        room += [
            axis.length * inner if axis.padded else 0
            for axis, inner in zip(axes, self._inner, strict=True)
        ]
        self._region = (FIRST_ROW + np.cumsum(room)).tolist()

    def axis(self, number: int, begin: int, rows: int) -> Iterator[Pass]:
        """From some axis on."""
        if number == len(self._axes):
            yield MULTIPLY, begin, begin, rows, 0, 0, 0, self._multiplied
            self._multiplied += rows
            return
        axis, inner = self._axes[number], self._inner[number]
        if not axis.padded:
            yield from self.part(number, 0, begin, rows)
            return
        half, there, k = axis.length // 2, self._region[number], axis.factors[0]
        for line in range(begin, begin + rows, axis.sites * inner):
            yield EXPAND, line, there, axis.sites, half, inner, 2, k
            for block in (there, there + half * inner):
                yield from self.part(number, 1, block, half * inner)
            yield SHRINK, there, line, axis.sites, half, inner, 2, k

    def part(self, number: int, done: int, begin: int, rows: int) -> Iterator[Pass]:
        """From some pass of an axis on."""
        axis, inner = self._axes[number], self._inner[number]
        if done == len(axis.radices):
            yield from self.axis(number + 1, begin, rows)
            return
        radix = axis.radices[done]
        apart = axis.length // math.prod(axis.radices[: done + 1])
        pieces = rows // (radix * apart * inner)
        shared = begin, begin, pieces, apart, inner, radix, axis.factors[done]
        yield FORWARD, *shared
        size = rows // radix if rows > CACHED_ROWS and pieces == 1 else rows
        for block in range(begin, begin + rows, size):
            yield from self.part(number, done + 1, block, size)
        yield INVERSE, *shared
