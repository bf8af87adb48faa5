"""An observable that is a function of the user's: of vectors, in NumPy."""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    OwnCoordinate,
    PartSums,
    Request,
    Sample,
    by_rows,
    part_name,
)
from twoqs.model.arguments import integer, is_sequence
from twoqs.model.arrays import Floats
from twoqs.model.compose import name_of
from twoqs.model.limits import MOST_MEASURED
from twoqs.model.model import Model

Measurement = Callable[[Mapping[str, Floats]], Any]
"""From vectors of members, shape (3, site, lane) each, to numbers of shape (*shape, lane)."""


@dataclass(frozen=True)
class Measured(Request):
    """The mean of a function of vectors over trajectories.

    Attributes:
        digest: SHA-256 of the function's source, by which runs know it.
        shape: of its result, before the lanes.
        function: itself; no part of what is compared.
    """

    digest: str
    shape: tuple[int, ...] = ()
    function: Measurement | None = field(default=None, compare=False)
    kind: ClassVar[str] = "measure"

    @property
    def spec(self) -> dict[str, Any]:
        """The digest and the shape: a function has no text in files."""
        return {self.kind: self.digest, "shape": list(self.shape)}

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse functions that files name, and results of another shape."""
        where = f"observables.{self.name}"
        wanted = "be asked for in Python, as `twoqs.measured(function)`: files hold no functions"
        require(self.function is not None, where, wanted, self.kind)
        self.values(model, np.zeros((4, model.n_sites, LANES)))

    def values(self, model: Model, bloch: Floats) -> Floats:
        """What the function makes of vectors of shape (4, site, lane); shape (*shape, lane).

        Raises:
            ArgumentError: for anything else than real numbers of this shape.
        """
        assert self.function is not None
        where = f"observables.{self.name}"
        with np.errstate(all="ignore"):
            found = np.asarray(self.function(vectors_of(model, bloch)))
        wanted = f"return real numbers of shape {(*self.shape, bloch.shape[2])}: (*shape, lane)"
        fine = found.shape == (*self.shape, bloch.shape[2]) and found.dtype.kind in "iufb"
        require(fine, where, wanted, f"{found.dtype.name} of shape {found.shape}")
        return found.astype(np.float64, copy=False)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """A sum for each number."""
        return {"sums": (numerics.saved_times, *self.shape)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds the values of finite trajectories."""
        return _Sums(self, model, parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The mean of each number."""

        def finish(averages: Averages) -> Floats:
            sums, count = averages.sums[part_name(self, "sums")], averages.sums["count"]
            return np.asarray(sums / count.reshape(*count.shape, *[1] * len(self.shape)))

        text = f"mean of a function of vectors ({self.digest[:12]})"
        return (Observable(self.name, text, "", None, finish, self._dims, over=""),)

    @property
    def _dims(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{i}" for i in range(len(self.shape)))

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Numbers along each side of the shape."""
        pairs = zip(self._dims, self.shape, strict=True)
        return {dim: OwnCoordinate(np.arange(size), "index", "1") for dim, size in pairs}


def vectors_of(model: Model, bloch: Floats) -> dict[str, Floats]:
    """Vectors of each member by its name, shape (3, site, lane)."""
    found, start = {}, 0
    for member in model.members:
        own = bloch[:3, start : start + member.n_sites]
        found[name_of(member)] = own
        if model.called:
            found[model.called] = own
        start += member.n_sites
    return found


def measured(function: Measurement, shape: int | Sequence[int] = ()) -> Measured:
    """A function of the vectors as an observable: `observables={"q": twoqs.measured(function)}`.

    Args:
        function: of a mapping from names of members to their vectors of shape (3, site, lane), s^x,
            s^y and s^z before weights (of modes Re alpha, -Im alpha and |alpha|^2 - 1/2), to real
            numbers of shape (*shape, lane). Averages stand for symmetrised products.
        shape: of its result, before the lanes.

    Raises:
        ArgumentError: for what is no function with a source, or a shape that is too large.

    Examples:
        >>> def south(vectors):
        ...     return (vectors["a"][2] < 0).mean(axis=0)
        >>> model = twoqs.Model(members=[twoqs.Spin(100, "a")], decay=1.0)
        >>> asked = {"south": twoqs.measured(south)}
        >>> ds = twoqs.simulate(model, times=[0, 5], trajectories=256, observables=asked)
        >>> ds.south.values
        array([1., 1.])
    """
    require(callable(function), "function", "be a function of vectors", function)
    sizes: Sequence[Any] = shape if is_sequence(shape) else (shape,)  # type: ignore[assignment]
    whole = tuple(integer("shape", size, 1) for size in sizes)
    wanted = f"hold at most {MOST_MEASURED} numbers"
    require(math.prod(whole) <= MOST_MEASURED, "shape", wanted, shape)
    return Measured("", _digest(function), whole, function)


def _digest(function: Measurement) -> str:
    """Of its source and of what it closes over."""
    cells = getattr(function, "__closure__", None) or ()
    closed = [_identity(cell.cell_contents) for cell in cells]
    closed.append(_identity(getattr(function, "__defaults__", None)))
    return hashlib.sha256("\n".join([_source(function), *closed]).encode()).hexdigest()


def _source(function: Any) -> str:
    """The text of a function, or its code where there is no file."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        wanted = "be a function with a source, which runs are known by"
        if code is None:
            raise ArgumentError.of("function", wanted, function) from None
        return repr((code.co_code, code.co_consts, code.co_names))


def _identity(value: Any) -> str:
    """Text of a value that is the same in every process: of objects no more than their type."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_identity, value))}]"
    if value is None or isinstance(value, bool | int | float | complex | str | np.generic):
        return repr(value)
    return _source(value) if inspect.isfunction(value) else type(value).__qualname__


class _Sums(OneByOne):
    def __init__(self, request: Measured, model: Model, parts: PartSums) -> None:
        self._request, self._model, self._parts = request, model, parts

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        values = self._request.values(self._model, sample.bloch)
        kept = np.where(sample.finite > 0, values, 0.0)
        self._parts["sums"][:, sample.saved] += by_rows(kept, ROWS)
