"""Translations that leave a model as it is, and its equations in terms of one cell.

With them 10^4 sites are a cell of one: what is uniform has the equations of a cell, and what is not
separates into momenta q.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.members import Sites
from twoqs.model.lattice import Lattice
from twoqs.model.model import Model
from twoqs.model.power_law import PowerLaw
from twoqs.theory.mean_field.equations import Equations, Precession
from twoqs.theory.mean_field.matrix import SpinMatrix

PRECISION = 1e-9
"""Relative size of what rounding may do to equal couplings."""


@dataclass(frozen=True, eq=False)
class Translations:
    """Equal cells of sites.

    Attributes:
        sites: number of each site by its cell and its place in the cell, shape (*cell, basis).
            One cell of all sites stands for no translations.
    """

    sites: Ints

    @property
    def cells(self) -> tuple[int, ...]:
        """Number of cells along each axis."""
        return self.sites.shape[:-1]

    @property
    def n_cells(self) -> int:
        """Number of cells, and of momenta."""
        return math.prod(self.cells)

    @property
    def basis(self) -> int:
        """Sites of a cell."""
        return self.sites.shape[-1]

    @property
    def home(self) -> Ints:
        """The sites of the first cell, shape (basis,)."""
        return self.sites.reshape(-1, self.basis)[0]

    @property
    def momenta(self) -> Floats:
        """q, in radians per cell along each axis, shape (momentum, axis)."""
        turns = [2 * np.pi * np.fft.fftfreq(n) for n in self.cells]
        return np.stack(np.meshgrid(*turns, indexing="ij"), axis=-1).reshape(-1, len(turns))

    def everywhere(self, of_cell: NDArray[Any]) -> NDArray[Any]:
        """Values of a cell, shape (..., basis), at all sites, shape (..., site)."""
        found = np.empty((*of_cell.shape[:-1], self.sites.size), of_cell.dtype)
        found[..., self.sites.reshape(-1, self.basis)] = of_cell[..., None, :]
        return found

    def leave(self, values: Floats, scale: float) -> bool:
        """Whether values of shape (..., site) are those of one cell, but for rounding."""
        return bool(np.all(np.abs(values - self.everywhere(values[..., self.home])) <= scale))

    def commute(self, matrix: SpinMatrix) -> bool:
        """Whether a matrix is the same from every cell.

        It is if that holds for its product with one vector of random numbers.
        """
        probe = np.random.default_rng(0).normal(size=(3, self.sites.size))
        image = matrix @ probe
        scale = PRECISION * max(float(np.max(np.abs(image))), 1e-300)
        for axis in range(len(self.cells)):
            source = np.empty(self.sites.size, np.int64)
            source[self.sites.ravel()] = np.roll(self.sites, 1, axis=axis).ravel()
            if np.max(np.abs(matrix @ probe[:, source] - image[:, source])) > scale:
                return False
        return True

    def doubled(self) -> Translations | None:
        """Cells of two along every axis with an even number of them; None if there is none."""
        sites, axes = self.sites, [k for k, n in enumerate(self.cells) if n % 2 == 0]
        for axis in axes:
            shape = sites.shape
            parts = (*shape[:axis], shape[axis] // 2, 2, *shape[axis + 1 :])
            sites = np.moveaxis(sites.reshape(parts), axis + 1, -1)
            sites = sites.reshape(*sites.shape[:-2], -1)
        return Translations(sites) if axes else None


def translations_of(model: Model, precession: Precession, s: Floats | None = None) -> Translations:
    """The translations that leave a model, and spins of shape (3, site), as they are.

    Of the lattice, or of those by two sites; or else none.
    """
    for found in _candidates(model):
        if not all(found.commute(m) for m in (precession.coupling, precession.noise)):
            continue
        scale = PRECISION * max(float(np.max(np.abs(precession.field))), 1e-300)
        kinds = np.stack([precession.spins, precession.modes])
        same = found.leave(kinds, 0.0) and found.leave(precession.field, scale)
        if same and (s is None or found.leave(s, PRECISION * float(np.max(precession.scales)))):
            return found
    return Translations(np.arange(model.n_sites)[None, :])


def _candidates(model: Model) -> Iterator[Translations]:
    lattices = [m.lattice if isinstance(m, Sites) else None for m in model.members]
    cells = {_cells(lattice) for lattice in lattices}
    if len(cells) != 1 or math.prod(shape := cells.pop()) < 2:
        return
    ends = np.cumsum([m.n_sites for m in model.members])
    numbers = np.split(np.arange(model.n_sites), ends[:-1])
    found = Translations(np.concatenate([own.reshape(*shape, -1) for own in numbers], axis=-1))
    yield found
    doubled = found.doubled()
    if doubled is not None:
        yield doubled


def _cells(lattice: Lattice | None) -> tuple[int, ...]:
    """Cells along the axes that a lattice may be moved along."""
    if isinstance(lattice, PowerLaw):
        lattice = lattice.base
    if lattice is None:
        return ()
    if lattice.kind == "all_to_all":
        return lattice.shape
    return lattice.cells if lattice.periodic else ()


def equations_of_cell(equations: Equations, cells: Translations) -> Equations:
    """`of_one_cell` for all values of the parameters."""
    return Equations(tuple(of_one_cell(part, cells) for part in equations.parts))


def of_one_cell(precession: Precession, translations: Translations) -> Precession:
    """The equations of what is equal in all cells: those of the sites of one."""
    home, size = translations.home, 3 * translations.basis
    if np.array_equal(home, np.arange(len(precession.spins))):
        return precession  # a cell of all sites: their couplings stay sparse

    def of_cell(matrix: SpinMatrix) -> SpinMatrix:
        columns = translations.everywhere(np.eye(size).reshape(size, 3, translations.basis))
        image = matrix @ np.moveaxis(columns, 0, -1)
        dense = image[:, home].reshape(size, size)
        nothing = np.zeros((size, 0))
        return SpinMatrix(sparse.csr_array(dense), nothing, nothing)

    return Precession(
        precession.spins[home],
        precession.modes[home],
        precession.field[:, home],
        of_cell(precession.coupling),
        of_cell(precession.noise),
        precession.relaxation[home],
        precession.pumping[:, home],
    )


def symbols(matrix: SpinMatrix, translations: Translations) -> NDArray[Any]:
    """M(q) = sum_R M(R) e^(-i q.R) of the blocks from a cell to that at R.

    Returns:
        Array of shape (momentum, 3 basis, 3 basis), momenta as `Translations.momenta` lists them;
        complex, unless there is only one.
    """
    basis, size = translations.basis, 3 * translations.basis
    columns = np.zeros((3, translations.sites.size, size))
    columns[:, translations.home] = np.eye(size).reshape(3, basis, size)
    image = (matrix @ columns)[:, translations.sites]
    if translations.n_cells == 1:
        return np.asarray(image.reshape(1, size, size))
    axes = tuple(range(1, 1 + len(translations.cells)))
    found = np.moveaxis(np.fft.fftn(image, axes=axes), 0, -3)
    return np.asarray(found.reshape(-1, size, size))
