"""Waves over the sites of a lattice: which there are, and amplitudes of spins along them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.totals import add_totals
from twoqs.methods.request import OwnCoordinate, Request
from twoqs.model.arrays import Complexes, Floats, Ints
from twoqs.model.compose import name_of
from twoqs.model.geometry import CELLS
from twoqs.model.kinds import MODE
from twoqs.model.language.members import Sites
from twoqs.model.language.names import meant
from twoqs.model.lattice import Lattice, single
from twoqs.model.model import Model

WaveAmplitudes = Complexes


class SpinLattice(NamedTuple):
    """A lattice of spins of a model.

    Attributes:
        sites: their numbers among all of the model, one after the other.
        lattice: that has the sites.
    """

    sites: Ints
    lattice: Lattice

    def of(self, vectors: Floats) -> Floats:
        """What belongs to it of an array of shape (component, site, lane)."""
        return vectors[:, self.sites[0] : self.sites[-1] + 1]


def region_of(model: Model, asked: Any, where: str) -> SpinLattice:
    """The lattice that is meant: the only one, or that of a member of this name.

    Raises:
        ArgumentError: if there is none, or several.
    """
    ends = np.cumsum([member.n_sites for member in model.members])
    spins = {
        name_of(member): (member, int(end) - member.n_sites)
        for member, end in zip(model.members, ends, strict=True)
        if member.kind != MODE
    }
    if asked is True:
        wanted = f"name one lattice of spins ({', '.join(spins)})"
        require(len(spins) == 1, where, wanted, asked)
        asked = next(iter(spins))
    if asked not in spins:  # a hint takes long to find
        raise ArgumentError.of(where, f"name a lattice of spins{meant(asked, spins)}", asked)
    member, first = spins[asked]
    lattice = member.lattice.grid if isinstance(member, Sites) else single()
    return SpinLattice(np.arange(first, first + member.n_sites), lattice)


@dataclass(frozen=True)
class OfLattice(Request):
    """A request for the spins of one lattice.

    Attributes:
        of: true for the only lattice of a model, or the name of a member.
    """

    of: Any = True

    def __post_init__(self) -> None:
        super().__post_init__()
        named = self.of is True or isinstance(self.of, str)
        require(named, self.kind, "be true, or the name of a member", self.of)

    def region(self, model: Model) -> SpinLattice:
        """The lattice."""
        return region_of(model, self.of, f"observables.{self.name}")


class GridWaves:
    """All waves that fit on the cells of a lattice, by a fast transform."""

    def __init__(self, lattice: Lattice) -> None:
        cell = CELLS[lattice.kind]
        self._kind, self.shape = lattice.kind, lattice.cells
        basis = np.array(cell.basis, dtype=np.float64)
        self._reciprocal = 2 * math.pi * np.linalg.inv(np.array(cell.vectors, dtype=np.float64)).T
        fractions = np.meshgrid(*(np.fft.fftfreq(n) for n in self.shape), indexing="ij")
        self.vectors = np.stack(fractions, axis=-1).reshape(-1, len(self.shape)) @ self._reciprocal
        phases = np.exp(-1j * self.vectors @ basis.T)  # (wave, site of a cell)
        self._phases = None if len(basis) == 1 else np.moveaxis(phases, 1, 0)
        self._basis = len(basis)

    def coordinates(self, name: str) -> dict[str, OwnCoordinate]:
        """Components of q on chains, squares and cubes; else fractions of reciprocal vectors."""
        found = {}
        upright = self._kind in ("chain", "square", "cubic")
        for axis, n in enumerate(self.shape):
            values = np.fft.fftshift(np.fft.fftfreq(n))
            if upright:
                letter = "" if len(self.shape) == 1 else "xyz"[axis]
                values, text, units = 2 * math.pi * values, "wave vector", "inverse bond length"
            else:
                letter, units = str(axis + 1), "reciprocal vectors"
                text = f"wave vector along reciprocal vector {axis + 1}"
            found[f"{name}_q{letter}"] = OwnCoordinate(values, text, units)
        return found

    def ordered(self, values: Floats) -> Floats:
        """From the order of the transform to ascending ones."""
        axes = tuple(range(-len(self.shape), 0))
        shaped = values.reshape(*values.shape[:-1], *self.shape)
        return np.asarray(np.fft.fftshift(shaped, axes=axes))

    def amplitudes(self, values: Floats) -> WaveAmplitudes:
        """By a transform over the cells, for each site of a cell."""
        components, _, lanes = values.shape
        cells = values.reshape(components, *self.shape, self._basis, lanes)
        axes = tuple(range(1, 1 + len(self.shape)))
        found = scipy.fft.fftn(cells, axes=axes).reshape(components, -1, self._basis, lanes)
        if self._phases is None:
            return np.asarray(found[:, :, 0])
        total = np.zeros((components, len(self.vectors), lanes), np.complex128)
        for site, phases in enumerate(self._phases):
            total += phases[:, None] * found[:, :, site]
        return total


class GivenWaves:
    """Some wave vectors, for sites anywhere."""

    def __init__(self, positions: Floats, vectors: Floats) -> None:
        self.vectors, self.shape = vectors, (len(vectors),)
        phases = vectors @ positions.T
        # Real parts of all, then imaginary ones.
        self._weights = np.concatenate([np.cos(phases), -np.sin(phases)])[:, None]

    def coordinates(self, name: str) -> dict[str, OwnCoordinate]:
        """q itself in one dimension, else its number in the list."""
        if self.vectors.shape[1] == 1:
            values: NDArray[Any] = self.vectors[:, 0]
            return {f"{name}_q": OwnCoordinate(values, "wave vector", "inverse length")}
        numbers = np.arange(len(self.vectors))
        return {f"{name}_q": OwnCoordinate(numbers, "number of the given wave vector", "1")}

    def ordered(self, values: Floats) -> Floats:
        """As they were given."""
        return values

    def amplitudes(self, values: Floats) -> WaveAmplitudes:
        """By a sum over the sites for each."""
        found = aligned((len(values), len(self._weights), LANES))
        for component, total in zip(values, found, strict=True):
            add_totals(component[None], self._weights, total)
        half = len(self.vectors)
        return np.asarray(found[:, :half] + 1j * found[:, half:])


def waves_for(lattice: Lattice, asked: Any, where: str) -> GridWaves | GivenWaves:
    """All waves that fit on a lattice, or those that are asked for.

    Args:
        asked: wave vectors in inverse units of positions, numbers in one dimension; None for all.

    Raises:
        ArgumentError: for lattices without positions, and vectors that do not fit to these.
    """
    if asked is None:
        wanted = "be on a lattice of cells, or have wave vectors `q: [[0, 1.5], ...]`"
        require(bool(lattice.cells), where, wanted, lattice)
        return GridWaves(lattice)
    positions = lattice.positions
    require(positions is not None, where, "be on a lattice whose sites have positions", lattice)
    assert positions is not None
    dimension = positions.shape[1]
    rows = [one if isinstance(one, tuple) else (one,) for one in asked]
    wanted = f"have wave vectors of {dimension} numbers each"
    require(all(len(row) == dimension for row in rows), where, wanted, asked)
    return GivenWaves(positions, np.array(rows, dtype=np.float64))


def checked_waves(asked: Any) -> None:
    """Refuse what is no list of numbers, or of lists of numbers.

    Raises:
        ArgumentError: naming the field.
    """
    if asked is None:
        return
    wanted = "be a list of wave vectors, each a list of finite numbers (or a number)"
    require(isinstance(asked, tuple) and len(asked) > 0, "q", wanted, asked)
    for one in asked:
        row = one if isinstance(one, tuple) else (one,)
        numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in row)
        require(len(row) > 0 and numbers and bool(np.isfinite(row).all()), "q", wanted, asked)


@dataclass(frozen=True)
class OfWaves(OfLattice):
    """A request for the spins of a lattice along waves.

    Attributes:
        q: wave vectors, in inverse units of positions; all that fit on a lattice of cells if left
            out.
    """

    q: Any = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_waves(self.q)

    def waves(self, model: Model) -> GridWaves | GivenWaves:
        """The waves."""
        return waves_for(self.region(model).lattice, self.q, f"observables.{self.name}")
