"""What the pieces of a model are made of, checked: read-only arrays, columns, kinds of sites."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import integer
from twoqs.model.arrays import Floats, Ints
from twoqs.model.kinds import ENSEMBLE, HALF, MODE, SPIN


def column_of(piece: Any) -> int:
    """The parameter of a piece.

    Raises:
        ArgumentError: if it is not a number of a column.
    """
    return integer("parameter", piece.parameter, least=0)


def array_of(
    name: str, value: Any, shape: tuple[int | None, ...], dtype: type[Any] = np.float64
) -> NDArray[Any]:
    """A read-only copy of this shape, None for any length.

    Raises:
        ArgumentError: for another shape or kind, and numbers that are not finite.
    """
    letters = ", ".join("n" if length is None else str(length) for length in shape)
    wanted = f"be an array of numbers of shape ({letters})"
    try:
        given = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ArgumentError.of(name, wanted, value) from None
    if given.size == 0:
        given = np.zeros([0 if length is None else length for length in shape], dtype=dtype)
    fits = given.ndim == len(shape) and all(
        length in (None, there) for length, there in zip(shape, given.shape, strict=True)
    )
    kinds = {np.int64: "iu", np.float64: "iuf", np.complex128: "iufc"}
    require(fits and given.dtype.kind in kinds[dtype], name, wanted, value)
    require(bool(np.all(np.isfinite(given))), name, "be finite", value)
    array = np.array(given, dtype=dtype)
    array.setflags(write=False)
    return array


def kinds_of(spins: Floats, kinds: Any) -> Ints:
    """The kind of each site, shape (site,); all are spins if none are given.

    Raises:
        ArgumentError: if a kind is none, or does not have such a spin.
    """
    given = np.full(len(spins), SPIN) if len(kinds) == 0 else kinds
    found = array_of("kinds", given, (len(spins),), np.int64)
    known = bool(np.all((found >= SPIN) & (found <= HALF)))
    require(known, "kinds", f"be numbers from {SPIN} to {HALF}", given)
    lengths = np.where(found == MODE, spins == 0, (spins > 0) & (2 * spins % 1 == 0))
    wanted = "hold a multiple of 1/2 for each site, and 0 for each mode"
    require(len(spins) > 0 and bool(np.all(lengths)), "spins", wanted, spins)
    halves = bool(np.all(spins[found == HALF] == 0.5))
    require(halves, "spins", "be 1/2 for each spin 1/2", spins)
    return found


def check_forms(name: str, forms: NDArray[Any], modes: NDArray[np.bool_]) -> None:
    """Refuse forms of modes, shape (row, 3), with components in their plane and along n at once."""
    mixed = np.any(forms[modes, :2] != 0, axis=1) & (forms[modes, 2] != 0)
    wanted = "act on a mode either by x and y or by n"
    require(not np.any(mixed), name, wanted, forms)


def check_tensors(name: str, tensors: Floats, modes: NDArray[np.bool_]) -> None:
    """Refuse symmetric tensors (site, 3, 3) of modes that mix their plane and n."""
    mixed = np.any(tensors[modes, :2, 2] != 0)
    wanted = "have no products of x or y with n at a mode"
    require(not mixed, name, wanted, tensors)


def check_members(name: str, rates: Floats, kinds: Ints) -> None:
    """Refuse rates of members, shape (site,), where there are none."""
    alone = bool(np.all(kinds[rates > 0] == ENSEMBLE))
    require(alone, name, "be zero at all sites that are no ensembles", rates)
