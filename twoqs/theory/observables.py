"""Moments and correlations of a density matrix, as a simulation estimates them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import qutip
import scipy.sparse as sp
import xarray as xr
from numpy.typing import NDArray

from twoqs.measure import SPIN_MOMENTS
from twoqs.measure.fits import exact_minimum, squeezing
from twoqs.measure.members import MEMBER, MODES, has_modes
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.kinds import MODE
from twoqs.model.language.components import AXES
from twoqs.model.language.members import Member
from twoqs.model.model import Model
from twoqs.theory.factors import ModeFactor
from twoqs.theory.space import Space

SECOND_MOMENTS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))

Group: TypeAlias = tuple[Member, list[int]]
"""A member with the numbers of its sites."""

Record: TypeAlias = dict[str, tuple[tuple[str, ...], Floats]]
"""Dimensions and values by name."""


class Expectations:
    """Expectation values of operators, all by one sparse product."""

    def __init__(self, operators: Sequence[qutip.Qobj]) -> None:
        # tr(rho O) = sum_ij O_ji rho_ij: one row for each transposed operator.
        rows = [one.data_as("csr_matrix").T.reshape(1, -1) for one in operators]
        self._rows = sp.csr_matrix(sp.vstack(rows)) if rows else None

    def __call__(self, rho: Complexes) -> Complexes:
        """Of a density matrix, shape (operator,)."""
        if self._rows is None:
            return np.zeros(0, np.complex128)
        return np.asarray(self._rows @ rho.ravel(), np.complex128)


class Observables:
    """Expectation values of the moments of spins and modes, all by one sparse product.

    Attributes:
        operators: what there are means of.
        distances: those of correlations; none beside modes.
        spins, modes: members of either kind, each with its sites.
    """

    def __init__(self, model: Model, space: Space) -> None:
        numbers = iter(range(len(space.factors)))
        groups = [(m, [next(numbers) for _ in range(m.n_sites)]) for m in model.members]
        self.spins = [group for group in groups if group[0].kind != MODE]
        self.modes = [group for group in groups if group[0].kind == MODE]
        distances = () if has_modes(model) else model.lattice.distances
        self.distances = np.array(distances, dtype=np.int64)
        self.operators = [part[axis] for axis in range(3) for part in space.components]
        for _, own in (*self.spins, *self.modes):
            for pair in SECOND_MOMENTS:
                self.operators.append(sum(space.product(i, *pair) for i in own) / len(own))
        self.operators += [_doubles(space, i) for _, own in self.modes for i in own]
        for axis in range(3):
            for distance in self.distances:
                pairs = list(_displaced(model, int(distance)))
                products = (space.components[i][axis] @ space.components[j][axis] for i, j in pairs)
                self.operators.append(sum(products) / len(pairs))
        self._sites = len(space.factors)

    def __call__(self, rho: Complexes) -> Record:
        """Arrays of shape (), (member,), (mode,) or (distance,)."""
        return self._finished(self._means(rho).real)

    def of_populations(self, populations: Floats) -> Record:
        """Means in a diagonal rho, shape (d,)."""
        return self._finished(np.array([op.diag().real @ populations for op in self.operators]))

    @cached_property
    def _means(self) -> Expectations:
        return Expectations(self.operators)

    def _finished(self, values: Floats) -> Record:
        """All observables from the means of `operators`."""
        groups = (*self.spins, *self.modes)
        ends = np.cumsum([3 * self._sites, 6 * len(groups), sum(len(own) for _, own in self.modes)])
        first, second, doubles, correlations = np.split(values, ends)
        means, second = first.reshape(3, -1), second.reshape(-1, 6)
        record = self._of_spins(means, second)
        record |= self._of_modes(means, second[len(self.spins) :], doubles)
        if len(self.distances):
            xx, yy, zz = correlations.reshape(3, -1)
            # S^+ S^- = xx + yy + i (yx - xy): imaginary between sites, S^z on one site.
            whole = xx + yy + np.where(self.distances == 0, record["sz"][1], 0.0)
            products = {"_xx": xx, "_yy": yy, "_zz": zz, "": whole}
            record |= {f"correlation{name}": (("distance",), v) for name, v in products.items()}
        return record

    def _of_spins(self, means: Floats, second: Floats) -> Record:
        """Means and covariances, each about its own mean, averages over the sites of a member."""
        found = {f"s{axis}": _averages(self.spins, means[k]) for k, axis in enumerate(AXES)}
        for k, (a, b) in enumerate(SECOND_MOMENTS):
            name = f"var_s{AXES[a]}" if a == b else f"cov_s{AXES[a]}s{AXES[b]}"
            squares = np.array([moments[k] for moments in second[: len(self.spins)]])
            found[name] = squares - _averages(self.spins, means[a] * means[b])
        return _with_dimension(MEMBER, found)

    def _of_modes(self, means: Floats, second: Floats, doubles: Floats) -> Record:
        """Of a = x - i y, q = sqrt(2) x, p = -sqrt(2) y and n; averages over sites."""
        if not self.modes:
            return {}
        x, y, n = means
        modes = self.modes
        xx, yy, nn, xy, *_ = second.T
        starts = np.cumsum([0, *(len(own) for _, own in modes)])
        with np.errstate(divide="ignore", invalid="ignore"):
            pairs = [
                np.sum(doubles[start : start + len(own)]) / np.sum(n[own] ** 2)
                for start, (_, own) in zip(starts[:-1], modes, strict=True)
            ]
        found = {
            "n": _averages(modes, n),
            "a_re": _averages(modes, x),
            "a_im": -_averages(modes, y),
            "var_q": 2 * (xx - _averages(modes, x**2)),
            "var_p": 2 * (yy - _averages(modes, y**2)),
            "cov_qp": -2 * (xy - _averages(modes, x * y)),
            "var_n": nn - _averages(modes, n**2),
            "g2": np.array(pairs),
        }
        return _with_dimension(MODES, found)


def _averages(groups: Sequence[Group], values: Floats) -> Floats:
    """Over the sites of each member, shape (member,)."""
    return np.array([values[own].mean() for _, own in groups])


def _with_dimension(name: str, found: dict[str, Floats]) -> Record:
    """With a dimension if there are several members, without if there is one."""
    return {
        key: ((name,), values) if len(values) > 1 else ((), values[0])
        for key, values in found.items()
        if len(values)
    }


def _doubles(space: Space, site: int) -> qutip.Qobj:
    factor = space.factors[site]
    assert isinstance(factor, ModeFactor)
    return space.at(site, factor.doubles)


def _displaced(model: Model, distance: int) -> Iterator[tuple[int, int]]:
    """Pairs of sites a `distance` apart along the first axis."""
    sites = np.arange(model.n_sites).reshape(model.lattice.shape)
    partner = np.roll(sites, -distance, axis=0)
    kept = None if model.lattice.periodic else model.lattice.shape[0] - distance
    return zip(sites[:kept].ravel().tolist(), partner[:kept].ravel().tolist(), strict=True)


def with_correlations(found: xr.Dataset, numerics: Numerics) -> xr.Dataset:
    """Correlations over those at distance 0, too, if they are asked for; else without any."""
    if "correlation" not in found or "correlation" not in numerics.observables:
        return found.drop_dims("distance", errors="ignore")
    return found.assign(
        correlation_normalised=found.correlation / found.correlation.sel(distance=0)
    )


def with_squeezing(found: xr.Dataset, model: Model) -> xr.Dataset:
    """The squeezing parameter from the moments of the only spin or ensemble, and its optimum."""
    if np.sum(model.kinds != MODE) != 1:
        return found
    line = squeezing(model.spin, *(found[moment.name].values for moment in SPIN_MOMENTS))
    found = found.assign(squeezing=(found.sx.dims, line))
    if "time" in found.dims:
        time, value = exact_minimum(found.time.values, line)
        found = found.assign(squeezing_optimum=value, squeezing_optimum_time=time)
    return found


def dataset_of(
    record: Record, observe: Observables, cuts: dict[str, int], coords: dict[str, NDArray[Any]]
) -> xr.Dataset:
    """Means as a result, with the names of members.

    Args:
        cuts: quanta of modes that were kept.
        coords: coordinates beside those of members.
    """
    dims = {dim for own, _ in record.values() for dim in own}
    groups = {MEMBER: observe.spins, MODES: observe.modes}
    names = {dim: np.array([m.name for m, _ in own]) for dim, own in groups.items() if dim in dims}
    coords = coords | names
    if "distance" in dims:
        coords["distance"] = observe.distances
    attributes: dict[str, Any] = {"method": "master equation"}
    if cuts:
        attributes["photons"] = list(cuts.values())
    return xr.Dataset(record, coords, attributes)
