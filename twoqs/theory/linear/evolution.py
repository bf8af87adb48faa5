"""Linear fluctuations along a mean-field trajectory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from twoqs.errors import TwoqsError, require
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.linear.gaussian import Gaussian, Symbols, adjoint, on_sites
from twoqs.theory.linear.moments import Moments
from twoqs.theory.mean_field.fixed_points import equations_of
from twoqs.theory.mean_field.initial import initial_covariances, initial_spins
from twoqs.theory.mean_field.translations import Translations, translations_of
from twoqs.theory.means import Variables, inner_coordinates
from twoqs.theory.times import checked_times

EVOLUTION_ERROR = 1e-8
"""Error of a step, relative and in units of the spins."""

MOST_WORK = 2e7
"""Momenta times the third power of the components of a cell: 90 sites without translations, some
minutes at worst."""


class GaussianState(NamedTuple):
    """Spins of a cell, m_1, C(q), and what C lacks to first order, see `Gaussian`."""

    spins: Floats
    mean: Floats
    covariance: Symbols
    lost: Symbols


def work_of(cells: Translations) -> float:
    """How much there is to do in a step, in the unit of MOST_WORK."""
    return cells.n_cells * (3.0 * cells.basis) ** 3


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
        model: of any terms, from a coherent or a squeezed state; 90 sites at most, or any number
            that translations repeat.
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
    """
    given = checked_times(times)
    start, precession = initial_spins(model), equations_of(model).at()
    cells = translations_of(model, precession, start)
    wanted = "have at most 90 sites that translations do not repeat"
    require(work_of(cells) <= MOST_WORK, "model", wanted, model.n_sites)
    gaussian = Gaussian.of(precession, cells)
    first = _first(gaussian, start[:, cells.home], initial_covariances(model)[cells.home])
    records: list[Variables] = []
    for state in _states(gaussian, first, given, most, tolerance):
        moments = Moments(model, gaussian, state.spins, state.mean, state.covariance)
        small: Variables = {"next_order": ((), gaussian.next_order(*state))}
        records.append(moments.variables(correlations) | small)
    variables: Variables = {
        name: (("time", *dims), np.stack([record[name][1] for record in records]))
        for name, (dims, _) in records[0].items()
    }
    coordinates = {"time": given, **inner_coordinates(model, variables)}
    if "correlation" in variables:
        coordinates["distance"] = np.array(model.lattice.distances)
    return xr.Dataset(variables, coordinates, {"method": "mean field"})


def _first(gaussian: Gaussian, s: Floats, covariances: Floats) -> GaussianState:
    shape = gaussian.coupling.shape
    covariance = np.broadcast_to(on_sites(covariances), shape).astype(gaussian.coupling.dtype)
    mean = s / gaussian.cell.spins * gaussian.along(covariance)
    return GaussianState(s, mean, covariance, np.zeros_like(covariance))


def _states(
    gaussian: Gaussian, first: GaussianState, times: Floats, most: float, tolerance: float
) -> Iterator[GaussianState]:
    """The state at each time."""
    shapes = [part.shape for part in first]
    ends = np.cumsum([part.size for part in first])[:-1]

    def unpacked(flat: NDArray[Any]) -> GaussianState:
        parts = np.split(flat, ends)
        s, mean, *matrices = (
            part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)
        )
        return GaussianState(s.real, mean.real, *matrices)

    def excess(_: float, flat: NDArray[Any]) -> float:
        return gaussian.next_order(*unpacked(flat)) - most

    excess.terminal = True  # type: ignore[attr-defined]
    flat, scale = _packed(first), float(np.max(gaussian.cell.spins))
    distinct, place = np.unique(times, return_inverse=True)
    values = np.full((len(distinct), len(flat)), np.nan, dtype=flat.dtype)
    small = excess(0.0, flat) <= 0
    if small and distinct[-1] == 0.0:
        values[0] = flat
    elif small:
        solution = solve_ivp(
            _rate(gaussian, unpacked), (0.0, float(distinct[-1])), flat, method="DOP853",
            t_eval=distinct, rtol=tolerance, atol=tolerance * scale,
            events=excess if np.isfinite(most) else None,
        )  # fmt: skip
        if not solution.success:
            raise TwoqsError(f"Linear theory has no solution here: {solution.message}")
        values[: solution.y.shape[1]] = solution.y.T
    yield from (unpacked(values[k]) for k in place.tolist())


def _packed(state: GaussianState) -> NDArray[Any]:
    return np.concatenate([part.ravel() for part in state])


def _rate(
    gaussian: Gaussian, unpacked: Callable[[NDArray[Any]], GaussianState]
) -> Callable[[float, NDArray[Any]], NDArray[Any]]:
    def rate(_: float, flat: NDArray[Any]) -> NDArray[Any]:
        s, mean, covariance, lost = unpacked(flat)
        matrix = gaussian.jacobian(s)
        moved, other = matrix @ covariance, matrix @ lost
        drift = matrix[0].real @ mean.ravel() + gaussian.force(s, covariance)
        return _packed(
            GaussianState(
                gaussian.cell.rate(s),
                drift.reshape(s.shape),
                moved + adjoint(moved) + gaussian.diffusion(s),
                other + adjoint(other) + gaussian.lost(covariance),
            )
        )

    return rate
