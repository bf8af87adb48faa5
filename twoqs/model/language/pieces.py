"""A model as arrays over numbered spins, in pieces that one product of parameters multiplies."""

from __future__ import annotations

from dataclasses import dataclass

from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.language.parameters import Expression
from twoqs.model.language.powers import Powers


@dataclass(frozen=True, eq=False)
class SquarePiece:
    """strength (sum_i f_i.S_i)^2 over the spins `sites`.

    Attributes:
        strength: a number.
        sites: numbers of the spins, shape (spin,).
        forms: f, shape (spin, 3).
    """

    strength: float
    sites: Ints
    forms: Floats


@dataclass(frozen=True, eq=False)
class HamiltonianPiece:
    """The terms of H that one product of powers of parameters multiplies.

    factor * [sum_i h_i.S_i + sum_<ij> S_i^T J_ij S_j + sum_i S_i^T D_i S_i + squares].

    Attributes:
        powers: the product, () for terms without parameters.
        factor: the value of what in it is no pulse.
        key: the pulses in it, which multiply all this at each time; 1 without any.
        fields: h, shape (site, 3).
        pairs: (i, j) with i < j, each once, shape (pair, 2).
        tensors: J, shape (pair, 3, 3).
        onsite: D, symmetric, shape (site, 3, 3).
        squares: of sums over many spins.
    """

    powers: Powers
    factor: float
    key: Expression
    fields: Floats
    pairs: Ints
    tensors: Floats
    onsite: Floats
    squares: tuple[SquarePiece, ...]


@dataclass(frozen=True, eq=False)
class LocalJumps:
    """One jump operator form.S at each of some spins, each on its own, with rates as in `Jump`.

    Attributes:
        key: an expression of pulses that multiplies the rates at each time; 1 without any.
        factor: what multiplies them at all times.
        form: complex, shape (3,).
        sites: numbers of the spins, shape (spin,).
        weights: rates over `factor`, shape (spin,).
    """

    key: Expression
    factor: float
    form: Complexes
    sites: Ints
    weights: Floats

    @property
    def rates(self) -> Floats:
        """The rates, but for the key, shape (spin,)."""
        return self.factor * self.weights


@dataclass(frozen=True, eq=False)
class ChannelPiece:
    """One jump operator sum_i form_i.S_i of several spins, with a rate as in `Jump`.

    Attributes:
        key: as that of `LocalJumps`.
        rate: what multiplies it.
        sites: numbers of the spins, shape (spin,).
        forms: complex, shape (spin, 3).
    """

    key: Expression
    rate: float
    sites: Ints
    forms: Complexes


@dataclass(frozen=True, eq=False)
class MemberJumps:
    """A jump operator form.s_k of each single member of an ensemble, s_k a spin 1/2.

    Attributes:
        key: as that of `LocalJumps`.
        rate: what multiplies it.
        form: complex, shape (3,).
        site: number of the ensemble.
    """

    key: Expression
    rate: float
    form: Complexes
    site: int


@dataclass(frozen=True, eq=False)
class Pieces:
    """A model as arrays.

    Attributes:
        spins: S of each spin, N/2 of each ensemble, 0 for modes, shape (site,).
        kinds: of each site, see `twoqs.model.kinds`.
        hamiltonian: one piece for each product of parameters.
        local: jump operators of single spins.
        channels: jump operators of several spins together.
        members: jump operators of the single members of ensembles.
    """

    spins: Floats
    kinds: Ints
    hamiltonian: tuple[HamiltonianPiece, ...]
    local: tuple[LocalJumps, ...]
    channels: tuple[ChannelPiece, ...]
    members: tuple[MemberJumps, ...]
