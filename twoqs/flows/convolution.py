"""Couplings that depend on the displacement between sites of a grid alone, as convolutions.

    sum_j M_ij p_j = sum_d K(d) p_(i-d),   i, j and d by their places along each axis.

An axis closes on itself where K repeats after its number of sites; else sites beyond its ends are
empty, which a transform of twice the length gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.model.arrays import Floats, Ints

EQUAL = 1e-14
"""What equal couplings may differ by, relative to the largest: rounding of their computation."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """A matrix over the sites of a grid, in row-major order, without its diagonal.

    Attributes:
        shape: sites along each axis.
        periodic: which axes close on themselves.
        weights: K by displacement, shape (2 n - 1) for each axis of n sites; that of displacement
            d along an axis is at d modulo its length.
    """

    shape: tuple[int, ...]
    periodic: tuple[bool, ...]
    weights: Floats

    def kernel(self, lengths: Sequence[int]) -> Floats:
        """K for transforms of these lengths, one for each axis of more than one site."""
        axes = [k for k, sites in enumerate(self.shape) if sites > 1]
        kernel = self.weights.reshape([2 * self.shape[k] - 1 for k in axes])
        for place, (axis, length) in enumerate(zip(axes, lengths, strict=True)):
            sites = self.shape[axis]
            behind = np.moveaxis(kernel, place, 0)
            if length == sites:
                found = behind[:sites]
            else:
                found = np.zeros((length, *behind.shape[1:]))
                found[:sites] = behind[:sites]
                found[length - sites + 1 :] = behind[sites:]
            kernel = np.moveaxis(found, 0, place)
        return kernel


def convolution_of(matrix: scipy.sparse.csr_array, shape: tuple[int, ...]) -> Convolution | None:
    """The matrix as a convolution over a grid, but for its diagonal; None if it is none.

    Args:
        matrix: of shape (site, site), each entry once.
    """
    entries = matrix.tocoo()
    apart = entries.row != entries.col
    i, j, values = entries.row[apart], entries.col[apart], entries.data[apart]
    if not len(values):
        return None
    lengths = tuple(2 * sites - 1 for sites in shape)
    displacement = _displacement(i, j, shape, lengths)
    weights = np.zeros(int(np.prod(lengths)))
    weights[displacement] = values
    most = EQUAL * np.max(np.abs(values))
    if np.any(np.abs(values - weights[displacement]) > most):
        return None
    found = np.bincount(displacement, minlength=len(weights)).reshape(lengths)
    kernel = weights.reshape(lengths)
    if np.any((found != _pairs(shape)) & (np.abs(kernel) > most)):
        return None
    periodic = tuple(_repeats(kernel, axis, sites, most) for axis, sites in enumerate(shape))
    return Convolution(shape, periodic, kernel)


def convolved(convolution: Convolution, p: Floats) -> Floats:
    """sum_j M_ij p_j for p of shape (site, lane)."""
    lengths = [
        sites if periodic else 2 * sites - 1
        for sites, periodic in zip(convolution.shape, convolution.periodic, strict=True)
        if sites > 1
    ]
    grid = p.reshape(*(sites for sites in convolution.shape if sites > 1), -1)
    axes = tuple(range(len(lengths)))
    spectrum = np.fft.fftn(convolution.kernel(lengths))[..., None]
    waves = np.fft.fftn(grid, lengths, axes)
    whole = np.fft.ifftn(waves * spectrum, axes=axes).real
    inside = tuple(slice(sites) for sites in grid.shape[:-1])
    return np.asarray(whole[inside].reshape(p.shape))


def _displacement(i: Ints, j: Ints, shape: tuple[int, ...], lengths: tuple[int, ...]) -> Ints:
    """Numbers of the displacements i - j, each along an axis modulo its length."""
    number, inner = np.zeros(len(i), np.int64), int(np.prod(shape))
    i, j = i.astype(np.int64), j.astype(np.int64)
    for sites, length in zip(shape, lengths, strict=True):
        inner //= sites
        number *= length
        number += (i // inner % sites - j // inner % sites) % length
    return number


def _pairs(shape: tuple[int, ...]) -> Ints:
    """How many pairs have each displacement."""
    counts = np.ones((), np.int64)
    for sites in shape:
        ahead = np.arange(sites, 0, -1)
        counts = np.multiply.outer(counts, np.concatenate([ahead, ahead[:0:-1]]))
    return counts


def _repeats(kernel: Floats, axis: int, sites: int, most: float) -> bool:
    """Whether K(d) = K(d - n) along an axis."""
    along = np.moveaxis(kernel, axis, 0)
    return bool(np.all(np.abs(along[1:sites] - along[sites:]) <= most))
