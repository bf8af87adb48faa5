"""Matrices of rates: Hermitian, without negative eigenvalues."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence
from twoqs.model.arrays import Complexes, Floats

RATE_ROUNDING = 1e-12
"""Eigenvalues of a matrix of rates this far below the largest are zero."""


Modes: TypeAlias = tuple[Floats, Complexes]
"""Eigenvalues, shape (mode,), and eigenvectors, shape (mode, operator)."""


def hermitian(rates: Any, count: int) -> tuple[tuple[complex, ...], ...]:
    """A matrix as rows of numbers, made Hermitian to the last bit.

    Raises:
        ArgumentError: for anything else; it shows the entries that differ.
    """
    wanted = f"be a matrix with {count} rows of {count} numbers"
    require(is_sequence(rates) and len(rates) == count, "rates", wanted, rates)
    try:
        matrix = np.array([np.asarray(row) for row in rates])
    except ValueError:  # rows of different lengths
        raise ArgumentError.of("rates", wanted, rates) from None
    fits = matrix.shape == (count, count) and matrix.dtype.kind in "iufc"
    require(fits, "rates", wanted, rates)
    matrix = matrix.astype(np.complex128)
    require(bool(np.all(np.isfinite(matrix))), "rates", "hold finite numbers", rates)
    off = np.abs(matrix - matrix.conj().T)
    i, j = (int(k) for k in np.unravel_index(np.argmax(off), off.shape))
    if off[i, j] > RATE_ROUNDING * np.max(np.abs(matrix)):
        entries = f"{matrix[i, j]:.6g} at [{i}][{j}] and {matrix[j, i]:.6g} at [{j}][{i}]"
        raise ArgumentError(f"Argument `rates` must be Hermitian, but has {entries}.")
    require(bool(np.any(matrix)), "rates", "not be zero everywhere", rates)
    even = matrix / 2 + matrix.conj().T / 2
    return tuple(tuple(row) for row in even.tolist())


def modes_of(matrix: Complexes) -> Modes:
    """Positive eigenvalues of a Hermitian matrix, and their eigenvectors in rows.

    Raises:
        ArgumentError: showing the least eigenvalue, if that is negative.
    """
    real = not np.any(matrix.imag)  # whose eigenvectors are real, and take a quarter of the time
    values, vectors = np.linalg.eigh(matrix.real if real else matrix)
    least, scale = float(values[0]), float(np.max(np.abs(values)))
    require(least >= -RATE_ROUNDING * scale, "rates", "have no negative eigenvalue", least)
    kept = values > RATE_ROUNDING * scale
    return values[kept], vectors.T[kept].astype(np.complex128)
