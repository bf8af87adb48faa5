"""Linear fluctuations along a mean-field trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import DOP853

from twoqs.errors import TwoqsError, require
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.linear.gaussian import Gaussian, Symbols, adjoint
from twoqs.theory.linear.moments import Moments
from twoqs.theory.mean_field.fixed_points import equations_of
from twoqs.theory.mean_field.initial import initial_covariances, initial_spins
from twoqs.theory.mean_field.tangent import on_sites
from twoqs.theory.mean_field.translations import Translations, translations_of
from twoqs.theory.means import Variables, inner_coordinates, mean_variables
from twoqs.theory.times import checked_times

EVOLUTION_ERROR = 1e-8
"""Error of a step, relative and in units of the spins."""

MOST_WORK = 1e6
"""`work_of` what can be solved: 333 sites without translations, 10^5 with them."""


class GaussianState(NamedTuple):
    """Spins of a cell, m_1, C(q), and what C lacks to first order, see `Gaussian`."""

    spins: Floats
    mean: Floats
    covariance: Symbols
    lost: Symbols


def work_of(cells: Translations) -> float:
    """Numbers of all covariances."""
    return cells.n_cells * (3.0 * cells.basis) ** 2


def evolution(
    model: Model,
    times: ArrayLike,
    *,
    correlations: bool = True,
    most: float = np.inf,
    tolerance: float = EVOLUTION_ERROR,
) -> xr.Dataset:
    """Moments of the spins in time, from the initial state on, to the next order beyond mean field.

    Spins follow the mean-field trajectory, the covariance and the correction of the mean the
    equations of `twoqs.theory.linear.gaussian` along it.

    Args:
        model: of any terms, spins and ensembles from a coherent or a squeezed state; up to 333
            sites, or as many of cells that translations repeat.
        times: array of shape (time,), not negative, ascending, in the inverse unit of the rates.
        correlations: whether those over distances are wanted.
        most: largest size of the next order (`next_order`) that is accepted; from the time on at
            which it is larger, all values are NaN.
        tolerance: of the error in a step.

    Returns:
        The variables of `Fluctuations.steady` over `time`, and `next_order`, which says how small
        the next order in 1/S is, see `Fluctuations.next_order`.

    Raises:
        ArgumentError: for other initial states, too many sites, times that are not as described,
            or a term that nobody knows.
        TwoqsError: if the solver gives up.

    Examples:
        >>> model = twoqs.Model(spin=1000, field=(0.6, 0, 0), decay=1.0)
        >>> found = twoqs.theory.linear.evolution(model, [0, 1])
        >>> off = found.sz - twoqs.theory.mean_field.trajectory(model, [0, 1]).sz
        >>> bool((abs(off) < 1).all())
        True
    """
    given = checked_times(times)
    precession, start = equations_of(model).at(), initial_spins(model)
    cells = translations_of(model, precession, start)
    wanted = "have at most 333 sites, or fewer than 10^5 that translations repeat"
    require(work_of(cells) <= MOST_WORK, "model", wanted, model.n_sites)
    gaussian = Gaussian.of(precession, cells)
    first = _first(gaussian, start[:, cells.home], initial_covariances(model)[cells.home])
    records: list[Variables] = []
    means: list[Floats] = []
    for state in _states(gaussian, first, given, most, tolerance):
        moments = Moments(model, gaussian, state.spins, state.mean, state.covariance)
        small: Variables = {"next_order": ((), gaussian.next_order(*state))}
        records.append(moments.second(correlations) | small)
        means.append(state.spins + state.mean)
    found = mean_variables(model, cells, np.stack(means)) | {
        name: (dims, np.stack([record[name][1] for record in records]))
        for name, (dims, _) in records[0].items()
    }
    variables: Variables = {name: (("time", *dims), value) for name, (dims, value) in found.items()}
    coordinates = {"time": given, **inner_coordinates(model, variables)}
    if "correlation" in variables:
        coordinates["distance"] = np.array(model.lattice.distances)
    return xr.Dataset(variables, coordinates, {"method": "mean field"})


def _first(gaussian: Gaussian, s: Floats, covariances: Floats) -> GaussianState:
    shape = gaussian.coupling.shape
    covariance = np.broadcast_to(on_sites(covariances), shape).astype(gaussian.coupling.dtype)
    return GaussianState(s, gaussian.along(s, covariance), covariance, np.zeros_like(covariance))


def _states(
    gaussian: Gaussian, first: GaussianState, times: Floats, most: float, tolerance: float
) -> Iterator[GaussianState]:
    """The state at each time, one by one: all of them may be too many for the memory."""

    def rate(_: float, y: NDArray[Any]) -> NDArray[Any]:
        return _packed(_rate(gaussian, _unpacked(y, first)))

    def is_small(state: GaussianState) -> bool:
        return gaussian.next_order(*state) <= most

    between: Any
    y, end = _packed(first), float(times[-1]) or 1.0
    scales = np.abs(_packed(_scales(gaussian, first)))
    solver = DOP853(rate, 0.0, y, end, rtol=tolerance, atol=tolerance * scales)
    missing = _unpacked(np.full_like(y, np.nan), first)
    small, between = is_small(first), None
    for time in times.tolist():
        while small and solver.t < time:
            message = solver.step()
            if solver.status == "failed":
                raise TwoqsError(f"Linear theory has no solution here: {message}")
            small, between = is_small(_unpacked(solver.y, first)), None
        if solver.t < time:
            yield missing
            continue
        if solver.t > time and between is None:
            between = solver.dense_output()
        state = _unpacked(solver.y if solver.t == time else between(time), first)
        yield state if small or is_small(state) else missing


def _scales(gaussian: Gaussian, like: GaussianState) -> GaussianState:
    """What errors are small beside: of C those of coherent states, but for a factor."""
    scales, modes = gaussian.cell.scales, gaussian.cell.modes
    noise = np.sqrt(scales)
    noise[:2, modes], noise[2, modes] = 1.0, scales[0, modes]
    outer = np.broadcast_to(np.outer(noise, noise), like.covariance.shape)
    outer = outer.astype(like.covariance.dtype)
    return GaussianState(scales, scales, outer, outer)


def _packed(state: GaussianState) -> NDArray[Any]:
    return np.concatenate([part.ravel() for part in state])


def _unpacked(flat: NDArray[Any], like: GaussianState) -> GaussianState:
    ends = np.cumsum([part.size for part in like])[:-1]
    pairs = zip(np.split(flat, ends), like, strict=True)
    s, mean, covariance, lost = (part.reshape(other.shape) for part, other in pairs)
    return GaussianState(s.real, mean.real, covariance, lost)


def _rate(gaussian: Gaussian, state: GaussianState) -> GaussianState:
    """d/dt of everything."""
    s, mean, covariance, lost = state
    coupled = gaussian.coupled(covariance)
    moved = gaussian.moved(s, covariance, coupled)
    other = gaussian.moved(s, lost, gaussian.coupled(lost))
    return GaussianState(
        gaussian.cell.rate(s),
        gaussian.cell.change(s, mean) + gaussian.force(s, coupled),
        moved + adjoint(moved) + gaussian.diffusion(s),
        other + adjoint(other) + gaussian.lost(covariance),
    )
