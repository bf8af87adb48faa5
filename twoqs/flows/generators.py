"""What makes numbered sites move: Hamiltonian and jump operators as literal coefficients.

With S_i = (S^x, S^y, S^z) of a spin, or (x, y, n) of a mode (see `twoqs.model.kinds`),

H = sum_i h_i.S_i + sum_(i<j) S_i^T J_ij S_j + sum_i S_i^T K_i S_i + sum_q g_q (sum_i u_qi.S_i)^2,
and jump operators c with raw rates G, in the convention drho/dt = ... + G (2 c rho c^+ - c^+c rho -
rho c^+c). Every piece has a parameter, a column of the values that a run is given for each step:
its coefficients are multiplied by the value. Column 0 is 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.flows.checked import (
    array_of,
    check_forms,
    check_members,
    check_tensors,
    column_of,
    kinds_of,
)
from twoqs.flows.length import mean_weight, partner_weight, spin_length
from twoqs.model.arguments import number, set_attributes
from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.kinds import HALF, MODE


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
        set_attributes(
            self, vectors=array_of("vectors", self.vectors, (None, 3)), parameter=column_of(self)
        )


@dataclass(frozen=True, eq=False)
class Bonds:
    """H = sum_b S_i^T J_b S_j.

    Attributes:
        pairs: (i, j) of each bond, i < j, shape (bond, 2).
        tensors: J, shape (bond, 3, 3).
        parameter: column of the values.
    """

    pairs: Ints
    tensors: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        pairs = array_of("pairs", self.pairs, (None, 2), np.int64)
        tensors = array_of("tensors", self.tensors, (len(pairs), 3, 3))
        ordered = bool(np.all(pairs[:, 0] < pairs[:, 1]))
        require(ordered, "pairs", "hold two sites i < j for each bond", self.pairs)
        set_attributes(self, pairs=pairs, tensors=tensors, parameter=column_of(self))


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
        tensors = array_of("tensors", self.tensors, (None, 3, 3))
        symmetric = bool(np.array_equal(tensors, tensors.transpose(0, 2, 1)))
        require(symmetric, "tensors", "be symmetric at every site", self.tensors)
        set_attributes(self, tensors=tensors, parameter=column_of(self))


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
        strength, form = number("strength", self.strength), array_of("form", self.form, (None, 3))
        set_attributes(self, strength=strength, form=form, parameter=column_of(self))


@dataclass(frozen=True, eq=False)
class _JumpOfSites:
    """A form, with a rate for each site."""

    form: Complexes
    rates: Floats
    parameter: int = 0

    def __post_init__(self) -> None:
        rates = array_of("rates", self.rates, (None,))
        require(bool(np.all(rates >= 0)), "rates", "not be negative", self.rates)
        form = array_of("form", self.form, (3,), np.complex128)
        set_attributes(self, form=form, rates=rates, parameter=column_of(self))


@dataclass(frozen=True, eq=False)
class LocalJump(_JumpOfSites):
    """A jump operator c = f.S_i at each site, which has a bath of its own.

    Attributes:
        form: f, complex, shape (3,).
        rates: G of each site, shape (site,).
        parameter: column of the values, which multiply the rates.
    """


@dataclass(frozen=True, eq=False)
class Channel:
    """One jump operator c = sum_j f_j.S_j of several sites, which share its bath.

    Attributes:
        sites: j, each once, shape (member,).
        forms: f, complex, shape (member, 3).
        rate: G.
        parameter: column of the values, which multiply the rate.
    """

    sites: Ints
    forms: Complexes
    rate: float
    parameter: int = 0

    def __post_init__(self) -> None:
        sites, rate = array_of("sites", self.sites, (None,), np.int64), number("rate", self.rate)
        once = len(np.unique(sites)) == len(sites)
        require(once, "sites", "name each site once", self.sites)
        require(rate >= 0, "rate", "not be negative", self.rate)
        forms = array_of("forms", self.forms, (len(sites), 3), np.complex128)
        set_attributes(self, sites=sites, forms=forms, rate=rate, parameter=column_of(self))


@dataclass(frozen=True, eq=False)
class MemberJump(_JumpOfSites):
    """A jump operator c_k = f.s_k of each two-level member of ensembles, which has its own bath.

    Attributes:
        form: f, complex, shape (3,).
        rates: G of the members of each site, shape (site,); zero where there is no ensemble.
        parameter: column of the values, which multiply the rates.
    """


@dataclass(frozen=True, eq=False)
class Generators:
    """A model, as an integrator needs it.

    Attributes:
        spins: S of each site, shape (site,); they may differ. N/2 for an ensemble, 0 for a mode.
        grids: shapes of the lattices whose sites they are, one after the other, in row-major order;
            one row of all if left out.
        kinds: those of `twoqs.model.kinds`, shape (site,); all are spins if left out.
        taps: channels whose output field is kept, see `twoqs.flows.tap`, beside `channels`.
        others: the pieces, of which there may be any number with parameters of their own. What acts
            on a mode does so by x and y or by n, never by both in one form.

    Raises:
        ArgumentError: for arrays of another shape, sites that do not exist, or no sites; and for
            forms of modes that mix x or y with n.
    """

    spins: Floats
    fields: tuple[Field, ...] = ()
    bonds: tuple[Bonds, ...] = ()
    onsite: tuple[Onsite, ...] = ()
    squares: tuple[Square, ...] = ()
    local: tuple[LocalJump, ...] = ()
    channels: tuple[Channel, ...] = ()
    grids: tuple[tuple[int, ...], ...] = ()
    kinds: Ints = ()  # type: ignore[assignment]
    members: tuple[MemberJump, ...] = ()
    taps: tuple[Channel, ...] = ()

    def __post_init__(self) -> None:
        spins = array_of("spins", self.spins, (None,))
        kinds = kinds_of(spins, self.kinds)
        grids = tuple(tuple(grid) for grid in self.grids) or ((len(spins),),)
        fits = sum(math.prod(grid) for grid in grids) == len(spins)
        require(fits, "grids", f"have {len(spins)} sites together", self.grids)
        pieces = {name: tuple(getattr(self, name)) for name in KINDS_OF_PIECES}
        set_attributes(self, spins=spins, kinds=kinds, grids=grids, **pieces)
        for name, of_kind in pieces.items():
            for place, piece in enumerate(of_kind):
                self._check_sites(f"{name}[{place}]", piece)
                self._check_modes(f"{name}[{place}]", piece)

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
            of_sites = attribute != "form" or isinstance(piece, Square)
            if given is not None and of_sites:
                require(len(given) == n, f"{name}.{attribute}", f"have {n} rows", given.shape)

    def _check_modes(self, name: str, piece: Any) -> None:
        modes = self.kinds == MODE
        match piece:
            case Onsite():
                check_tensors(f"{name}.tensors", piece.tensors, modes)
            case Square():
                check_forms(f"{name}.form", piece.form, modes)
            case LocalJump():
                here = modes[np.flatnonzero(piece.rates)]
                check_forms(f"{name}.form", np.tile(piece.form, (len(here), 1)), here)
            case Channel():
                check_forms(f"{name}.forms", piece.forms, modes[piece.sites])
            case MemberJump():
                check_members(f"{name}.rates", piece.rates, self.kinds)

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.spins)

    @property
    def modes(self) -> NDArray[np.bool_]:
        """Which sites are modes, shape (site,)."""
        return np.asarray(self.kinds == MODE)

    @property
    def parameters(self) -> int:
        """Number of columns that values need."""
        pieces = (piece for name in KINDS_OF_PIECES for piece in getattr(self, name))
        return 1 + max((piece.parameter for piece in pieces), default=0)

    @property
    def lengths(self) -> Floats:
        """L = sqrt(S (S+1)) of each site, shape (site,): of spins for all times; 0 for modes."""
        return np.array([spin_length(spin) for spin in self.spins.tolist()])

    @property
    def weights(self) -> Floats:
        """Weight m of means, <S> = m E[s], shape (site,); 1 for modes and spins 1/2."""
        return self._of_vectors(mean_weight)

    @property
    def partner_weights(self) -> Floats:
        """What s_j is divided by where it acts on other spins, likewise; see `partner_weight`."""
        return self._of_vectors(partner_weight)

    def _of_vectors(self, weight: Callable[[float], float]) -> Floats:
        of_one = (self.kinds == MODE) | (self.kinds == HALF)
        pairs = zip(self.spins.tolist(), of_one.tolist(), strict=True)
        return np.array([1.0 if one else weight(spin) for spin, one in pairs])


KINDS_OF_PIECES = ("fields", "bonds", "onsite", "squares", "local", "channels", "members", "taps")
