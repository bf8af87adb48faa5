"""Mean-field trajectories: means of spins and modes without fluctuations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from twoqs.errors import TwoqsError, require
from twoqs.flows.instant import turn_vectors
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.flows.timetable import Timetable
from twoqs.model.arrays import Floats
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.theory.mean_field.equations import Equations, Precession
from twoqs.theory.mean_field.fixed_points import equations_of
from twoqs.theory.mean_field.initial import initial_spins
from twoqs.theory.mean_field.translations import (
    Translations,
    equations_of_cell,
    translations_of,
)
from twoqs.theory.means import inner_coordinates, mean_variables
from twoqs.theory.operators import KNOWN_TERMS
from twoqs.theory.times import checked_times

TRAJECTORY_ERROR = 1e-10
"""Error of a step, relative and in units of the spins, and of about the amplitudes of modes."""


def trajectory(
    model: Model, times: ArrayLike, *, tolerance: float = TRAJECTORY_ERROR
) -> xr.Dataset:
    """Means of spins and modes in mean-field theory, from the initial state on.

    ds_i/dt = omega_i x s_i, where omega_i is the field that H and the friction of the jump
    operators give, for vectors of the length S_i (hbar = 1). It is the limit S -> infinity at fixed
    rescaled rates, where noise vanishes and a coherent state stays one. SciPy's `solve_ivp` solves
    it by DOP853, from one jump of a pulse or turn to the next. What is equal in all cells of a
    lattice is solved for one of them, unless something depends on time.

    Noise of jumps is left out altogether, and with it the dephasing by c = S^z, which has the
    friction zero: its rate must be small beside the inverse of the times. Ensembles whose members
    have jump operators of their own are vectors of any length, with the exact Bloch equations of a
    member. Modes are amplitudes <a>, with quanta n = |<a>|^2 beside those of thermal noise.

    Args:
        model: of any terms, spins and ensembles from a coherent or a squeezed state.
        times: array of shape (time,), not negative, ascending, in the inverse unit of the rates.
        tolerance: of the error in a step.

    Returns:
        Dataset over `time` with `sx sy sz` (means over the sites of each member, over `member` if
        there are several), in units of hbar; also `sx_site sy_site sz_site` over `site` where
        those of a member differ.

    Raises:
        ArgumentError: for other initial states, times that are not as described, modes, processes
            of single members of ensembles, or a term that nobody knows.
        TwoqsError: if the solver gives up.

    Examples:
        >>> s = twoqs.Spin(1000)
        >>> model = twoqs.Model(hamiltonian=0.5 * s.x)
        >>> found = twoqs.theory.mean_field.trajectory(model, [0, np.pi, 2 * np.pi])
        >>> found.sz.values.round(3) + 0.0
        array([-1000.,     0.,  1000.])
    """
    given = checked_times(times)
    require(0 < tolerance < 1, "tolerance", "lie between 0 and 1", tolerance)
    start = initial_spins(model)
    if timetable_of(model).empty:
        equations = equations_of(model)
        cells = translations_of(model, equations.at(), start)
        cell = equations_of_cell(equations, cells)
        solution = integrated(lambda t: cell.at(), start[:, cells.home], given, tolerance)
    else:
        cells = Translations(np.arange(model.n_sites)[None])
        solution = _from_break_to_break(model, start, given, tolerance)
    variables = mean_variables(model, cells, solution)
    coordinates = {"time": given, **inner_coordinates(model, variables)}
    variables = {name: (("time", *dims), value) for name, (dims, value) in variables.items()}
    return xr.Dataset(variables, coordinates, {"method": "mean field"})


def _from_break_to_break(model: Model, s: Floats, times: Floats, tolerance: float) -> Floats:
    """Spins of a model that depends on time, shape (time, 3, site); after turns at a time."""
    require_known(model, KNOWN_TERMS, "mean-field theory")
    equations = Equations.of(generators_of(model))
    timetable = timetable_of(model).snapped(times.tolist())

    def at(time: float) -> Precession:
        return equations.at(timetable.values(np.array([time]))[0])

    found = np.empty((len(times), *s.shape))
    now, last = 0.0, float(times[-1])
    s = _turned(s, timetable, now)
    found[times == now] = s
    for stop in (*timetable.breaks(last), last):
        inside = (times > now) & (times < stop)
        # A hair before the stop: a pulse that jumps there has its old value.
        points = np.append(times[inside], stop) - now
        start = now

        def before(t: float, start: float = start, stop: float = stop) -> Precession:
            return at(min(start + t, np.nextafter(stop, 0.0)))

        path = integrated(before, s, points, tolerance, timetable.longest_step)
        found[inside] = path[:-1]
        s = _turned(path[-1], timetable, stop) if stop > now else s
        found[times == stop] = s
        now = stop
    return found


def _turned(s: Floats, timetable: Timetable, time: float) -> Floats:
    s = s.copy()
    for turn in timetable.turns_at(time):
        turn_vectors(s, turn)
    return s


def integrated(
    at: Callable[[float], Precession],
    start: Floats,
    times: Floats,
    tolerance: float = TRAJECTORY_ERROR,
    longest: float = np.inf,
) -> Floats:
    """Spins at some times.

    Args:
        at: the equations at a time: `lambda t: equations.at(values(t))` for values that change.
        start: spins at time 0, shape (3, site) or (3, site, lane).
        times: not negative, ascending, shape (time,).
        tolerance: see `trajectory`.
        longest: step, so that no pulse is stepped over.

    Returns:
        Array of shape (time, 3, site) or (time, 3, site, lane).

    Raises:
        TwoqsError: if the solver gives up.
    """

    def rate(t: float, flat: Floats) -> Floats:
        return at(t).rate(flat.reshape(start.shape)).ravel()

    distinct, place = np.unique(times, return_inverse=True)
    if distinct[-1] == 0.0:
        return np.broadcast_to(start, (len(times), *start.shape)).copy()
    scales = np.ones(start.shape)
    scales.reshape(*at(0.0).scales.shape, -1)[...] = at(0.0).scales[:, :, None]
    solution = solve_ivp(
        rate, (0.0, float(times[-1])), start.ravel(), method="DOP853", t_eval=distinct,
        rtol=max(tolerance, 1e-13), atol=tolerance * scales.ravel(), max_step=longest,
    )  # fmt: skip
    if not solution.success:
        raise TwoqsError(f"Mean-field theory has no solution here: {solution.message}")
    return np.asarray(solution.y.T[place]).reshape(len(times), *start.shape)
