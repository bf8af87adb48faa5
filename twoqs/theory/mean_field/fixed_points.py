"""Fixed points of the mean-field equations: where no spin turns, and no mode moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from twoqs.errors import require
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.model.arguments import integer
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.theory.mean_field.equations import Equations, Precession
from twoqs.theory.mean_field.initial import has_direction, initial_spins
from twoqs.theory.mean_field.tangent import jacobian, tangent
from twoqs.theory.mean_field.translations import (
    Translations,
    of_one_cell,
    symbols,
    translations_of,
)
from twoqs.theory.operators import KNOWN_TERMS

MOST_SITES_OF_CELL = 200
"""Sites of a cell that are solved for at once: a Jacobian of 400 x 400, some seconds a start."""

SMALLEST_GROWTH = 1e-7
"""Growth rates beside the fastest rate that are no more than rounding."""

CONVERGED = 1e-10
"""Largest |ds/dt| of a fixed point, beside the fastest rate and the spins."""

SAME = 1e-5
"""Distance, in units of S, of fixed points that are one."""


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """Spins and modes that rest in mean-field theory.

    Attributes:
        spins: S_i times their directions, shape (site, 3), in units of hbar; <J> of ensembles, and
            (Re a, -Im a, |a|^2) of modes.
        amplitudes: a of the modes, complex, shape (mode site,).
        eigenvalues: of the Jacobian, those that grow fastest first; damping is minus their real
            part, the frequency their imaginary one. Two for each spin (on the plane across it) and
            mode, three for an ensemble whose members have processes of their own.
        stable: whether all deviations decay. Those that neither grow nor decay (of closed models,
            or along a line of fixed points) make it not stable.

    Examples:
        >>> model = twoqs.Model(spin=1000, field=(0.6, 0, 0), decay=1.0)
        >>> point, unstable = twoqs.theory.mean_field.fixed_points(model)
        >>> point.eigenvalues.round(6) + 0.0
        array([-0.8+0.j, -0.8+0.j])
    """

    spins: Floats
    amplitudes: Complexes
    eigenvalues: Complexes
    stable: bool


def equations_of(model: Model) -> Equations:
    """The mean-field equations of a model.

    Raises:
        ArgumentError: if it has a term that nobody knows, pulses or events.
    """
    require_known(model, KNOWN_TERMS, "mean-field theory")
    wanted = "have neither pulses nor events for theory of fixed points and fluctuations"
    require(timetable_of(model).empty, "model", wanted, timetable_of(model).example)
    return Equations.of(generators_of(model))


def fixed_points(model: Model, *, starts: int = 16, seed: int = 0) -> tuple[FixedPoint, ...]:
    """All fixed points that are found from many starts.

    Those of models that translations leave alone are sought with equal spins in all cells of the
    lattice, and with a period of two cells. Starts are the initial state, the poles, the other axes
    and random directions, with modes that are empty or have random amplitudes. From each of them
    SciPy's `root` solves ds/dt = 0 in the planes across the spins, for the amplitudes of modes, and
    for ensembles of any length. There may be others than are found. Where fixed points make lines
    or surfaces (as in models without dissipation, and for the phase of lasers), one of them is
    found from each start.

    Args:
        model: of any terms.
        starts: number of random starts for each kind of cell.
        seed: of their directions.

    Returns:
        The fixed points, stable ones first, else those of the lowest <S^z> first.

    Raises:
        ArgumentError: for more than 200 sites without translations, or a term that nobody knows.

    Examples:
        >>> model = twoqs.Model(spin=1000, field=(0.6, 0, 0), decay=1.0)
        >>> for point in twoqs.theory.mean_field.fixed_points(model):
        ...     print(point.stable, point.spins[0].round(3) + 0.0)
        True [   0.  600. -800.]
        False [  0. 600. 800.]
    """
    starts, seed = integer("starts", starts, 0), integer("seed", seed, 0)
    whole = equations_of(model).at()
    found: list[Floats] = []
    kinds = [translations_of(model, whole)]
    doubled = kinds[0].doubled()
    if doubled is not None and doubled.basis <= MOST_SITES_OF_CELL:
        kinds.append(doubled)
    for cells in kinds:
        rng = np.random.default_rng(seed)
        cell = cell_of(model, whole, cells)
        for start in _starts(model, cells, cell, rng, starts):
            s = rest_near(cell, start)
            if s is None:
                continue
            everywhere = cells.everywhere(s)
            distances = [np.max(np.abs(everywhere - other) / whole.scales) for other in found]
            if min(distances, default=1.0) > SAME:
                found.append(everywhere)
    points = [fixed_point(model, whole, s) for s in found]
    return tuple(sorted(points, key=lambda p: (not p.stable, round(p.spins[:, 2].sum(), 6))))


def cell_of(model: Model, precession: Precession, cells: Translations) -> Precession:
    """The equations of one cell.

    Raises:
        ArgumentError: if it has too many sites.
    """
    wanted = f"have at most {MOST_SITES_OF_CELL} sites that translations do not repeat"
    require(cells.basis <= MOST_SITES_OF_CELL, "model", wanted, cells.basis)
    return of_one_cell(precession, cells)


def rest_near(precession: Precession, start: Floats) -> Floats | None:
    """A fixed point that Newton's method finds from a start of shape (3, site), or None."""
    speed = precession.fastest()
    if speed == 0.0:
        return start
    for _ in range(3):  # the last ones from the solution itself, where the planes are its own
        start = _solved(precession, start, speed)
        residual = float(np.max(np.abs(precession.rate(start)) / precession.scales))
        if residual <= CONVERGED * speed:
            return start
    return None


def _solved(precession: Precession, start: Floats, speed: float) -> Floats:
    """Solves ds/dt = 0 along the coordinates u of the start.

    Spins are along n + sum_k u_k e_k, n and e_k those of the start; modes and ensembles of any
    length are displaced by u in units of their scales.
    """
    shape, scales = start.shape, precession.scales
    dual = tangent(precession, start).dual
    lengths = ~(precession.modes | precession.free)
    units = np.sum(dual * scales.reshape(-1, 1) * dual, axis=0)
    dense = precession.coupling.dense()

    def at(u: Floats) -> tuple[Floats, Floats]:
        point = start + (dual @ (units * u)).reshape(shape)
        size = np.ones(shape[1])
        size[lengths] = np.linalg.norm(point[:, lengths], axis=0) / precession.spins[lengths]
        s = point / size
        s[2, precession.modes] = s[0, precession.modes] ** 2 + s[1, precession.modes] ** 2
        return s, size

    def excess(u: Floats) -> Floats:
        s, _ = at(u)
        return np.asarray(dual.T @ precession.rate(s).ravel() / units / speed)

    def slope(u: Floats) -> Floats:
        s, size = at(u)
        moved = (dual * units).reshape(*shape, -1)
        unit = s[:, lengths] / precession.spins[lengths]
        across = moved[:, lengths]
        across = across - unit[..., None] * np.sum(unit[..., None] * across, axis=0)
        moved[:, lengths] = across / size[lengths, None]
        modes = precession.modes
        moved[2, modes] = 2 * np.sum(s[:2, modes, None] * moved[:2, modes], axis=0)
        matrix = dual.T @ jacobian(precession, s, dense) @ moved.reshape(dual.shape)
        return np.asarray(matrix / units[:, None] / speed)

    found = optimize.root(excess, np.zeros(dual.shape[1]), jac=slope, options={"xtol": 1e-14})
    return at(found.x)[0]


def fixed_point(model: Model, precession: Precession, s: Floats) -> FixedPoint:
    """What there is to say of spins that rest, of shape (3, site)."""
    cells = translations_of(model, precession, s)
    own, cell = s[:, cells.home], of_one_cell(precession, cells)
    at = tangent(cell, own)
    matrix = jacobian(cell, own, symbols(precession.coupling, cells))
    eigenvalues = np.linalg.eigvals(at.dual.T @ matrix @ at.spanning).ravel().astype(complex)
    order = np.lexsort((eigenvalues.imag, -np.round(eigenvalues.real, 12)))
    stable = bool(np.max(eigenvalues.real) < -SMALLEST_GROWTH * precession.fastest())
    amplitudes = s[0, precession.modes] - 1j * s[1, precession.modes]
    return FixedPoint(s.T.copy(), amplitudes, eigenvalues[order], stable)


def _starts(
    model: Model, cells: Translations, cell: Precession, rng: np.random.Generator, count: int
) -> list[Floats]:
    """Spins of a cell, shape (3, basis)."""
    spins = cell.spins
    units = [np.eye(3)[k] * sign for k in (2, 0, 1) for sign in (-1.0, 1.0)]
    starts = [spins * unit[:, None] for unit in units]
    if cells.basis > 1:
        signs = rng.choice([-1.0, 1.0], size=(count, 1, cells.basis))
        starts.extend(spins * sign * units[2 * (k % 3)][:, None] for k, sign in enumerate(signs))
    for k in range(count):
        own = rng.normal(size=(3, cells.basis if k % 2 else 1)) * np.ones(cells.basis)
        starts.append(spins * own / np.linalg.norm(own, axis=0))
    if cell.any_modes or cell.any_free:
        starts = [_filled(cell, start, rng if k >= len(units) else None)
                  for k, start in enumerate(starts)]  # fmt: skip
    if has_direction(model):
        initial = initial_spins(model)
        if cells.leave(initial, SAME * float(np.max(cell.scales))):
            starts.insert(0, initial[:, cells.home])
    return starts


def _filled(cell: Precession, start: Floats, rng: np.random.Generator | None) -> Floats:
    """A start with random amplitudes of modes and lengths of ensembles; empty modes without rng."""
    start = start.copy()
    if rng is not None:
        modes, free = cell.modes, cell.free
        start[:2, modes] = cell.scales[:2, modes] * rng.normal(size=(2, np.count_nonzero(modes)))
        start[2, modes] = start[0, modes] ** 2 + start[1, modes] ** 2
        start[:, free] *= rng.uniform(size=np.count_nonzero(free))
    return start
