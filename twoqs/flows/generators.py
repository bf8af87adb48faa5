"""What makes numbered spins move: Hamiltonian and jump operators as literal coefficients.

H = sum_i h_i.S_i + sum_(i<j) S_i^T J_ij S_j + sum_i S_i^T K_i S_i + sum_q g_q (sum_i u_qi.S_i)^2,
and jump operators c with raw rates G, in the convention drho/dt = ... + G (2 c rho c^+ - c^+c rho -
rho c^+c). Every piece has a parameter, a column of the values that a run is given for each step:
its coefficients are multiplied by the value. Column 0 is 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require
from twoqs.flows.length import mean_weight, spin_length
from twoqs.model.arguments import integer, number
from twoqs.model.arrays import Floats


@dataclass(frozen=True, eq=False)
class Field:
    """H = sum_i h_i.S_i.

    Attributes:
        vectors: h, shape (site, 3).
        parameter: column of the values.
    """

    vectors: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        _set(self, vectors=_array("vectors", self.vectors, (None, 3)), parameter=_column(self))


@dataclass(frozen=True, eq=False)
class Bonds:
    """H = sum_b S_i^T J_b S_j.

    Attributes:
        pairs: (i, j) of each bond, i < j, shape (bond, 2).
        tensors: J, shape (bond, 3, 3).
        parameter: column of the values.
    """

    pairs: NDArray[np.int64]
    tensors: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        pairs = _array("pairs", self.pairs, (None, 2), np.int64)
        tensors = _array("tensors", self.tensors, (len(pairs), 3, 3))
        ordered = bool(np.all(pairs[:, 0] < pairs[:, 1]))
        require(ordered, "pairs", "hold two sites i < j for each bond", self.pairs)
        _set(self, pairs=pairs, tensors=tensors, parameter=_column(self))


@dataclass(frozen=True, eq=False)
class Onsite:
    """H = sum_i S_i^T K_i S_i.

    Attributes:
        tensors: K, symmetric, shape (site, 3, 3).
        parameter: column of the values.
    """

    tensors: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        tensors = _array("tensors", self.tensors, (None, 3, 3))
        symmetric = bool(np.array_equal(tensors, tensors.transpose(0, 2, 1)))
        require(symmetric, "tensors", "be symmetric at every site", self.tensors)
        _set(self, tensors=tensors, parameter=_column(self))


@dataclass(frozen=True, eq=False)
class Square:
    """H = g (sum_i u_i.S_i)^2, i = j included.

    Attributes:
        strength: g.
        form: u, shape (site, 3).
        parameter: column of the values.
    """

    strength: float
    form: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        strength, form = number("strength", self.strength), _array("form", self.form, (None, 3))
        _set(self, strength=strength, form=form, parameter=_column(self))


@dataclass(frozen=True, eq=False)
class LocalJump:
    """A jump operator c = f.S_i at each site, which has a bath of its own.

    Attributes:
        form: f, complex, shape (3,).
        rates: G of each site, shape (site,).
        parameter: column of the values, which multiply the rates.
    """

    form: NDArray[np.complex128]
    rates: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        rates = _array("rates", self.rates, (None,))
        require(bool(np.all(rates >= 0)), "rates", "not be negative", self.rates)
        form = _array("form", self.form, (3,), np.complex128)
        _set(self, form=form, rates=rates, parameter=_column(self))


@dataclass(frozen=True, eq=False)
class Channel:
    """One jump operator c = sum_j f_j.S_j of several sites, which share its bath.

    Attributes:
        sites: j, each once, shape (member,).
        forms: f, complex, shape (member, 3).
        rate: G.
        parameter: column of the values, which multiply the rate.
    """

    sites: NDArray[np.int64]
    forms: NDArray[np.complex128]
    rate: float
    parameter: int = 0

    def __post_init__(self) -> None:
        sites, rate = _array("sites", self.sites, (None,), np.int64), number("rate", self.rate)
        once = len(np.unique(sites)) == len(sites)
        require(once, "sites", "name each site once", self.sites)
        require(rate >= 0, "rate", "not be negative", self.rate)
        forms = _array("forms", self.forms, (len(sites), 3), np.complex128)
        _set(self, sites=sites, forms=forms, rate=rate, parameter=_column(self))


@dataclass(frozen=True, eq=False)
class Generators:
    """A model of spins, as an integrator needs it.

    Attributes:
        spins: S of each site, shape (site,); they may differ.
        grids: shapes of the lattices whose sites they are, one after the other, in row-major order;
            one row of all if left out.
        others: the pieces, of which there may be any number with parameters of their own.

    Raises:
        ArgumentError: for arrays of another shape, sites that do not exist, or no sites.
    """

    spins: Floats
    fields: tuple[Field, ...] = ()
    bonds: tuple[Bonds, ...] = ()
    onsite: tuple[Onsite, ...] = ()
    squares: tuple[Square, ...] = ()
    local: tuple[LocalJump, ...] = ()
    channels: tuple[Channel, ...] = ()
    grids: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        spins = _array("spins", self.spins, (None,))
        wanted = "hold a multiple of 1/2 for each site"
        right = len(spins) > 0 and bool(np.all((spins > 0) & (2 * spins % 1 == 0)))
        require(right, "spins", wanted, self.spins)
        grids = tuple(tuple(grid) for grid in self.grids) or ((len(spins),),)
        fits = sum(math.prod(grid) for grid in grids) == len(spins)
        require(fits, "grids", f"have {len(spins)} sites together", self.grids)
        kinds = ("fields", "bonds", "onsite", "squares", "local", "channels")
        _set(self, spins=spins, grids=grids, **{kind: tuple(getattr(self, kind)) for kind in kinds})
        for kind in kinds:
            for place, piece in enumerate(getattr(self, kind)):
                self._check_sites(f"{kind}[{place}]", piece)

    def _check_sites(self, name: str, piece: Any) -> None:
        n = len(self.spins)
        for attribute in ("pairs", "sites"):
            used = getattr(piece, attribute, None)
            if used is not None:
                inside = bool(np.all((used >= 0) & (used < n)))
                require(inside, f"{name}.{attribute}", f"name sites from 0 to {n - 1}", used)
                return
        for attribute in ("vectors", "tensors", "form", "rates"):
            given = getattr(piece, attribute, None)
            if given is not None and not (attribute == "form" and isinstance(piece, LocalJump)):
                require(len(given) == n, f"{name}.{attribute}", f"have {n} rows", given.shape)

    @property
    def n_sites(self) -> int:
        """Number of spins."""
        return len(self.spins)

    @property
    def parameters(self) -> int:
        """Number of columns that values need."""
        pieces = (self.fields, self.bonds, self.onsite, self.squares, self.local, self.channels)
        return 1 + max((piece.parameter for kind in pieces for piece in kind), default=0)

    @property
    def lengths(self) -> Floats:
        """L = sqrt(S (S+1)) of each site, shape (site,)."""
        return np.array([spin_length(spin) for spin in self.spins.tolist()])

    @property
    def weights(self) -> Floats:
        """Weight m of the mean of each site, <S> = m E[s], shape (site,)."""
        return np.array([mean_weight(spin) for spin in self.spins.tolist()])


def _set(piece: Any, **values: Any) -> None:
    """Set attributes of a frozen object."""
    for name, value in values.items():
        object.__setattr__(piece, name, value)


def _column(piece: Any) -> int:
    return integer("parameter", piece.parameter, least=0)


def _array(
    name: str, value: Any, shape: tuple[int | None, ...], dtype: type[Any] = np.float64
) -> NDArray[Any]:
    """A read-only copy of this shape, None for any length, of finite numbers."""
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
