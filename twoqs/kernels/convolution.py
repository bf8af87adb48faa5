"""Convolutions over the sites of a grid, by Fourier transforms of rows of trajectories.

Equal to `twoqs.flows.convolution` to rounding. Forward passes are decimated in frequency, inverse
ones in time: the waves between them stand in the order that comes of it, and so does the spectrum
that multiplies them. Which pass comes when is data, see `twoqs.kernels.convolution_plan`: one axis
or three, closed or padded, run through one loop. Two trajectories are one complex number, as K is
real.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from twoqs.kernels.amplitudes import add_to_row, load_row, store_row, times_i
from twoqs.kernels.compile.jit import inlined
from twoqs.kernels.compile.pointer import pointed, table_at
from twoqs.kernels.convolution_plan import EXPAND, FIRST_ROW, FORWARD, INVERSE, SHRINK
from twoqs.kernels.fourier import C1, C2, S1, S2, S3
from twoqs.kernels.moments import GROUP

REAL_POINTER, COUNT_POINTER = "CPointer(float64)", "CPointer(int64)"


@inlined
def times_complex(value, real, imag):
    """A row of amplitudes times a complex number."""
    return real * value + imag * times_i(value)


@inlined
def forward(waves, begin, pieces, apart, inner, radix, twiddles, k):
    """Pieces of radix * apart * inner rows become `radix` pieces each, in place."""
    step = apart * inner
    for piece in range(begin, begin + pieces * radix * step, radix * step):
        for i in range(apart):
            f = twiddles[np.uint64(k + i)]
            for row in range(piece + i * inner, piece + (i + 1) * inner):
                a, b = load_row(waves, row), load_row(waves, row + step)
                if radix == 2:
                    store_row(waves, row, a + b)
                    store_row(waves, row + step, times_complex(a - b, f[0], f[1]))
                    continue
                c = load_row(waves, row + 2 * step)
                if radix == 3:
                    q, r = a - 0.5 * (b + c), S3 * times_i(c - b)
                    store_row(waves, row, a + (b + c))
                    store_row(waves, row + step, times_complex(q + r, f[0], f[1]))
                    store_row(waves, row + 2 * step, times_complex(q - r, f[2], f[3]))
                    continue
                d = load_row(waves, row + 3 * step)
                if radix == 4:
                    p, q, r, s = a + c, b + d, a - c, times_i(d - b)
                    store_row(waves, row, p + q)
                    store_row(waves, row + step, times_complex(r + s, f[0], f[1]))
                    store_row(waves, row + 2 * step, times_complex(p - q, f[2], f[3]))
                    store_row(waves, row + 3 * step, times_complex(r - s, f[4], f[5]))
                    continue
                e = load_row(waves, row + 4 * step)
                p, q, r, s = b + e, c + d, times_i(e - b), times_i(d - c)
                t, u = a + C1 * p + C2 * q, a + C2 * p + C1 * q
                v, w = S1 * r + S2 * s, S2 * r - S1 * s
                store_row(waves, row, a + p + q)
                store_row(waves, row + step, times_complex(t + v, f[0], f[1]))
                store_row(waves, row + 2 * step, times_complex(u + w, f[2], f[3]))
                store_row(waves, row + 3 * step, times_complex(u - w, f[4], f[5]))
                store_row(waves, row + 4 * step, times_complex(t - v, f[6], f[7]))


@inlined
def inverse(waves, begin, pieces, apart, inner, radix, twiddles, k):
    """What undoes `forward`, times the radix."""
    step = apart * inner
    for piece in range(begin, begin + pieces * radix * step, radix * step):
        for i in range(apart):
            f = twiddles[np.uint64(k + i)]
            for row in range(piece + i * inner, piece + (i + 1) * inner):
                a = load_row(waves, row)
                b = times_complex(load_row(waves, row + step), f[0], -f[1])
                if radix == 2:
                    store_row(waves, row, a + b)
                    store_row(waves, row + step, a - b)
                    continue
                c = times_complex(load_row(waves, row + 2 * step), f[2], -f[3])
                if radix == 3:
                    q, r = a - 0.5 * (b + c), S3 * times_i(b - c)
                    store_row(waves, row, a + (b + c))
                    store_row(waves, row + step, q + r)
                    store_row(waves, row + 2 * step, q - r)
                    continue
                d = times_complex(load_row(waves, row + 3 * step), f[4], -f[5])
                if radix == 4:
                    p, q, r, s = a + c, b + d, a - c, times_i(b - d)
                    store_row(waves, row, p + q)
                    store_row(waves, row + step, r + s)
                    store_row(waves, row + 2 * step, p - q)
                    store_row(waves, row + 3 * step, r - s)
                    continue
                e = times_complex(load_row(waves, row + 4 * step), f[6], -f[7])
                p, q, r, s = b + e, c + d, times_i(b - e), times_i(c - d)
                t, u = a + C1 * p + C2 * q, a + C2 * p + C1 * q
                v, w = S1 * r + S2 * s, S2 * r - S1 * s
                store_row(waves, row, a + p + q)
                store_row(waves, row + step, t + v)
                store_row(waves, row + 2 * step, u + w)
                store_row(waves, row + 3 * step, u - w)
                store_row(waves, row + 4 * step, t - v)


@inlined
def expand(waves, source, target, sites, half, inner, twiddles, k):
    """The first pass, of radix 2, over a line of which all but the first `sites` is zero."""
    zero = load_row(waves, 0)
    for i in range(half):
        f = twiddles[np.uint64(k + i)]
        for row in range(i * inner, (i + 1) * inner):
            value = zero
            if i < sites:
                value = load_row(waves, source + row)
            store_row(waves, target + row, value)
            store_row(waves, target + half * inner + row, times_complex(value, f[0], f[1]))


@inlined
def shrink(waves, source, target, sites, half, inner, twiddles, k):
    """What undoes it: the first `sites` of the line alone."""
    for i in range(sites):
        f = twiddles[np.uint64(k + i)]
        for row in range(i * inner, (i + 1) * inner):
            value = times_complex(load_row(waves, source + half * inner + row), f[0], -f[1])
            store_row(waves, target + row, load_row(waves, source + row) + value)


@inlined
def multiply(waves, begin, rows, spectrum, k):
    """Rows of waves times the spectrum from k on."""
    for row in range(rows):
        f = spectrum[np.uint64(k + row)]
        store_row(waves, begin + row, times_complex(load_row(waves, begin + row), f[0], f[1]))


@pointed(f"void({REAL_POINTER}, {COUNT_POINTER}, intp, intp, {REAL_POINTER}, {REAL_POINTER})")
def run_passes(waves, passes, begin, end, twiddles, spectrum):
    """Some passes, of one row of trajectories; arrays as pointers, see `ConvolutionPlan`."""
    waves, table = table_at(waves, GROUP), table_at(passes, 8)
    factors, weights = table_at(twiddles, 8), table_at(spectrum, 2)
    for number in range(begin, end):
        kind, first, there, pieces, apart, inner, radix, k = table[np.uint64(number)]
        if kind == FORWARD:
            forward(waves, first, pieces, apart, inner, radix, factors, k)
        elif kind == INVERSE:
            inverse(waves, first, pieces, apart, inner, radix, factors, k)
        elif kind == EXPAND:
            expand(waves, first, there, pieces, apart, inner, factors, k)
        elif kind == SHRINK:
            shrink(waves, first, there, pieces, apart, inner, factors, k)
        else:
            multiply(waves, first, pieces, weights, k)


@intrinsic
def call_passes(typing, address, waves, passes, begin, end, twiddles, spectrum):
    """Call `run_passes`, which is at this address."""

    def generate(context, builder, signature, given):
        pointers = {
            i: context.make_array(signature.args[i])(context, builder, given[i]).data
            for i in (1, 2, 5, 6)
        }
        arguments = [pointers.get(i, given[i]) for i in range(1, 7)]
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        builder.call(builder.inttoptr(given[0], kind.as_pointer()), arguments)
        return context.get_dummy_value()

    signature = types.void(types.intp, waves, passes, types.intp, types.intp, twiddles, spectrum)
    return signature, generate


@inlined
def add_convolution(fields, first, source, along, start, sites, scale, plan, begin, end, waves):
    """fields += scale * sum_j M_ij source_j over some sites, for all trajectories.

    Args:
        fields: (row, lane), of which those from `first` on are added to.
        source: rows (row, lane); that of a site is along[start + site].
        plan: a `ConvolutionPlan`.
        begin, end: passes.
        waves: memory of rows of GROUP doubles, the first of them zero.
    """
    # Not a constant, or the loop would be unrolled with all that it holds.
    groups = source.shape[1] // waves.shape[1]
    for row in range(groups):
        for site in range(sites):
            value = load_row(source, along[np.uint64(start + site)] * groups + row)
            store_row(waves, FIRST_ROW + site, scale * value)
        call_passes(plan.address, waves, plan.passes, begin, end, plan.twiddles, plan.spectrum)
        for site in range(sites):
            value = load_row(waves, FIRST_ROW + site)
            add_to_row(fields, (first + site) * groups + row, value)
