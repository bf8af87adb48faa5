"""Sums of products of spin components at two sites, over the trajectories of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from twoqs.kernels.compile.jit import inlined, jit, processor_has
from twoqs.kernels.compile.llvm import Rows
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.model.arrays import Floats, Ints

LINE = 8
"""Sites whose values fill a line of the cache; sums begin and end at whole lines."""

TILE = (8, 3) if processor_has("avx512f") else (4, 1)
"""Sites by lines of sites whose sums registers hold while products are added to them."""

SAMPLES = 8
"""Samples whose values are laid side by side: of 100 sites they stay in the second cache."""

FUSED = ("contract",)
"""Products are added in one instruction, and in the order that is written."""


def padded(sites: int) -> int:
    """Sites in whole lines."""
    return -(-sites // LINE) * LINE


def pair_scratch(sites: int) -> Floats:
    """Memory for `add_pair_products`, zero at first: trajectories of samples by values of sites."""
    return aligned((2, SAMPLES * GROUP, padded(sites)))


def pair_places(sites: int, ordered: bool) -> tuple[Ints, int]:
    """Where sums of the pairs (i, j) stand, and how many places there are.

    Returns:
        Shape (site, site); both of (i, j) and (j, i) have one place unless they are `ordered`.
    """
    i = np.arange(sites)
    begin = np.zeros_like(i) if ordered else i // LINE * LINE
    lengths = padded(sites) - begin
    places = (np.cumsum(lengths) - lengths - begin)[:, None] + i
    if not ordered:
        places = np.where(i[:, None] <= i, places, places.T)
    return places, int(lengths.sum())


def _tile(sites: int, lines: int) -> Any:
    """A function that adds products of so many sites with so many lines of them to their sums."""

    @intrinsic
    def add_tile(
        typing: Any, sums: Any, start: Any, length: Any, left: Any, i: Any, right: Any, j: Any,
        depth: Any, width: Any,
    ) -> Any:  # fmt: skip
        """sums[start + r length + c] += sum_k left[k, i + r] right[k, j + c].

        For r in `sites` and c in `lines`; k counts to `depth`, rows of left and right are `width`.
        One k after the other: bits are the same however samples are split over calls.
        """

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            row = Rows(context, builder, types.float64)
            out, lefts, rights = (row.array(signature.args[n], given[n]) for n in (0, 3, 5))
            begin = [
                builder.gep(out, [builder.add(given[1], builder.mul(given[2], row.index(r)))])
                for r in range(sites)
            ]
            places = [(r, c) for r in range(sites) for c in range(lines)]
            totals = {place: cgutils.alloca_once(builder, row.reals) for place in places}
            for (r, c), total in totals.items():
                builder.store(row.load(begin[r], c * LINE), total)
            with cgutils.for_range(builder, given[7]) as loop:
                here = builder.mul(loop.index, given[8])
                one, other = (
                    builder.gep(values, [builder.add(here, given[n])])
                    for values, n in ((lefts, 4), (rights, 6))
                )
                columns = [row.load(other, c * LINE) for c in range(lines)]
                for r in range(sites):
                    factor = row.filled(builder.load(builder.gep(one, [row.index(r)])))
                    for c, column in enumerate(columns):
                        product = builder.fmul(factor, column, FUSED)
                        total = totals[r, c]
                        builder.store(builder.fadd(builder.load(total), product, FUSED), total)
            for (r, c), total in totals.items():
                row.store(builder.load(total), begin[r], c * LINE)
            return context.get_dummy_value()

        index = types.intp
        return types.void(sums, index, index, left, index, right, index, index, index), generate

    return add_tile


add_whole_tile, add_line_of_tile = _tile(*TILE), _tile(TILE[0], 1)
add_lines_of_site, add_line_of_site = _tile(1, TILE[1]), _tile(1, 1)


@inlined
def copy_columns(bloch, component, sites, start, columns):
    """Values of sites side by side, for each sample and trajectory from `start` on."""
    for sample in range(bloch.shape[0]):
        for j in range(len(sites)):
            values = bloch[sample, component, sites[j]]
            for k in range(GROUP):
                columns[sample * GROUP + k, j] = values[start + k]


@inlined
def add_tiles(left, right, depth, n, ordered, sums):
    """Those of all pairs, summed over the first rows of left and right, which number `depth`."""
    width, (most, lines) = left.shape[1], TILE
    start, i = 0, 0
    while i < n:
        begin = 0 if ordered else i // LINE * LINE
        count, length = most if i + most <= n else 1, width - begin
        j = begin
        while j < width:
            whole = j + lines * LINE <= width
            place = start + j - begin
            if count == 1 and whole:
                add_lines_of_site(sums, place, length, left, i, right, j, depth, width)
            elif count == 1:
                add_line_of_site(sums, place, length, left, i, right, j, depth, width)
            elif whole:
                add_whole_tile(sums, place, length, left, i, right, j, depth, width)
            else:
                add_line_of_tile(sums, place, length, left, i, right, j, depth, width)
            j += lines * LINE if whole else LINE
        start += count * length
        i += count


@jit
def add_pair_products(bloch, a, b, sites, scratch, rows):
    """Add the products of the components a and b at all pairs of sites.

    Args:
        bloch: components of all sites in some samples, shape (sample, component, site, lane).
        sites: numbers of those that count, shape (site,).
        scratch: of `pair_scratch`.
        rows: sums of each row, ROWS contiguous arrays of shape (place,), see `pair_places`: (j, i)
            is another pair than (i, j) if a and b differ.
    """
    ordered = a != b
    left, right = scratch[0], scratch[1 if ordered else 0]
    for first in range(0, bloch.shape[0], SAMPLES):
        some = bloch[first : first + SAMPLES]
        for row in range(ROWS):
            copy_columns(some, a, sites, row * GROUP, left)
            if ordered:
                copy_columns(some, b, sites, row * GROUP, right)
            add_tiles(left, right, len(some) * GROUP, len(sites), ordered, rows[row])
