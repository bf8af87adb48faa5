"""The full master equation of small models, in time and in the steady state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
import qutip
import xarray as xr
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator, gmres

from twoqs.errors import TwoqsError, require
from twoqs.flows.lowered import timetable_of
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model
from twoqs.theory.effort import LARGE_BAND, MOST_BANDED, reached_by
from twoqs.theory.exponential import (
    Liouvillian,
    Matrix,
    packed_density,
    propagate,
    unpacked_density,
)
from twoqs.theory.observables import Observables, Record, dataset_of
from twoqs.theory.operators import initial_density, space_of, to_qutip
from twoqs.theory.photons import MOST_LAST, Photons, last_levels, photon_cuts, raised
from twoqs.theory.propagation import states
from twoqs.theory.sites import beyond_spins
from twoqs.theory.space import Space
from twoqs.theory.times import checked_times

R = TypeVar("R")

Measure: TypeAlias = Callable[[Matrix], R]
"""A function of density matrices."""

CHECKS = 33
"""Times, beside those that are asked for, at which the last levels of modes are looked at."""

RELAXING_STEP = 2.5
"""Step of `propagate` where it is merely stable."""


def evolve(
    model: Model, times: ArrayLike, *, limit: int = MOST_STATES, photons: Photons = None
) -> xr.Dataset:
    """Exact moments of `model` at `times`, starting from its initial state (paper eq. 1).

    Up to 250 000 elements of rho move by one sparse matrix, to rounding; QuTiP integrates larger
    models and those with pulses, with an error of the density matrix of about 1e-10. Strong
    dephasing damps coherences at up to 4 S^2 times its own rate; a scheme that is made for this has
    about 1e-8.

    Args:
        model: any model whose Hilbert space has at most `limit` dimensions.
        times: array of shape (time,), not negative, ascending, in the inverse unit of the rates.
        limit: largest dimension that is accepted; time and memory grow as its square.
        photons: quanta of modes to begin with, as `to_qutip` takes them. There are more where the
            last level of a mode has a population above 1e-6 at any time, as long as they fit.

    Returns:
        Dataset over `time` with `sx sy sz` and `var_* cov_*` (means over sites of the moments of
        one site, symmetrised, each about its own mean), of modes `n a_re a_im`,
        `var_q var_p cov_qp`, `var_n g2`, and, on chains and grids of spins, over `distance`
        `correlation_xx/yy/zz` = <S^a_n S^a_{n+s}> and `correlation` = Re <S^+_n S^-_{n+s}>,
        averaged over n. In units of hbar and hbar^2. The attribute `photons` says how many quanta
        of each mode were kept.

    Raises:
        ArgumentError: if the model is too large or has a term that the master equation does not
            know, or the times are not as described.
        PhotonCutError: if more quanta would be needed than fit.

    Examples:
        >>> model = twoqs.Model(spin=1, decay=1.0, initial="up")
        >>> twoqs.theory.evolve(model, [0, 1]).sz.values.round(4)
        array([ 1.    , -0.4587])
        >>> twoqs.theory.decay_sz(1, 1.0, [0, 1]).round(4)
        array([ 1.    , -0.4587])
    """
    given = checked_times(times)
    found = follow(model, given, lambda space: Observables(model, space), limit, photons)
    return dataset_of(over_time(found.records), found.measure, found.cuts, {"time": given})


class Followed(NamedTuple, Generic[R]):
    """What was measured at each time, and in which space.

    Attributes:
        records: one for each time.
        measure: what made them.
        cuts: quanta of modes that were kept.
    """

    records: list[R]
    measure: Any
    cuts: dict[str, int]


def follow(
    model: Model,
    given: Floats,
    measured: Callable[[Space], Measure[R]],
    limit: int = MOST_STATES,
    photons: Photons = None,
) -> Followed[R]:
    """Measure density matrices in time, with as many quanta as they need.

    Args:
        given: ascending times.
        measured: makes, for a space, a function of density matrices.
        limit, photons: as in `evolve`, and what is raised, too.
    """
    cuts = photon_cuts(model, photons)
    # Between them a mode might be full.
    t = np.union1d(given, np.linspace(0, given[-1], CHECKS)) if cuts else np.unique(given)
    while True:
        space = space_of(model, cuts, limit)
        measure, records = measured(space), []
        generators = to_qutip(model, limit, cuts)
        wanted = np.isin(t, given).tolist()
        rhos = states(model, space, generators, initial_density(model, space), t)
        for rho, kept in zip(rhos, wanted, strict=True):
            last = last_levels(space, rho)
            if np.any(last > MOST_LAST):
                break
            records += [measure(rho)] if kept else []
        else:
            break
        cuts = raised(cuts, model, last, limit)
    places = np.searchsorted(np.unique(given), given).tolist()
    return Followed([records[place] for place in places], measure, cuts)


def over_time(records: Sequence[Record]) -> Record:
    """Means at several times as one record."""
    return {
        name: (("time", *dims), np.stack([record[name][1] for record in records]))
        for name, (dims, _) in records[0].items()
    }


def steady_state(
    model: Model,
    *,
    limit: int = MOST_STATES,
    tolerance: float = 1e-10,
    photons: Photons = None,
) -> xr.Dataset:
    """Exact moments in the steady state of `model` (paper eq. 1).

    That of one spin with decay or gain is unique, and L has a narrow band: QuTiP's `steadystate`
    factorises it. With several spins the factors fill up; there, and where the steady state may
    not be unique, (1 - P) rho = 0 is solved by GMRES, where P is an integration over about one
    relaxation time: it has the steady state as exact fixed point whatever its step, and it damps
    everything else. With modes or processes of single members, L is one sparse matrix over the
    elements of rho that the initial state may ever have, which is factorised within its band. The
    start is the initial state of the model; where the steady state is not unique, the result is
    the limit (or, if the model oscillates for ever, the time average) that belongs to it.

    Args:
        model: any model with dissipation whose Hilbert space has at most `limit` dimensions.
        limit: largest dimension that is accepted.
        tolerance: largest Frobenius norm of the change of rho in one such integration.
        photons: as in `evolve`.

    Returns:
        The variables of `evolve` without `time`; the attribute `residual` is the Frobenius norm of
        d rho/dt.

    Raises:
        ArgumentError: if the model is too large, has no dissipation, depends on time, or has a term
            that the master equation does not know.
        TwoqsError: if the iteration does not reach the tolerance.

    Examples:
        >>> model = twoqs.Model(spin=10, field=(0.9, 0, 0), decay=1.0)
        >>> round(twoqs.theory.steady_state(model).sz.item(), 6)
        -4.100248
        >>> round(twoqs.theory.driven_spin(model)["sz"], 6)
        -4.100248
    """
    found = rest(model, limit, tolerance, photons)
    observe = Observables(model, found.space)
    return dataset_of(observe(found.rho), observe, found.cuts, {}).assign_attrs(
        residual=found.residual
    )


class AtRest(NamedTuple):
    """A steady state.

    Attributes:
        space: the Hilbert space.
        generators: the Hamiltonian and the collapse operators.
        rho: the density matrix.
        residual: Frobenius norm of d rho/dt.
        cuts: quanta of modes that were kept.
    """

    space: Space
    generators: tuple[qutip.Qobj, list[qutip.Qobj]]
    rho: Matrix
    residual: float
    cuts: dict[str, int]


def rest(
    model: Model, limit: int = MOST_STATES, tolerance: float = 1e-10, photons: Photons = None
) -> AtRest:
    """The steady state as a density matrix; arguments and errors are those of `steady_state`."""
    require(tolerance > 0, "tolerance", "be positive", tolerance)
    wanted = "have neither pulses nor events for a steady state"
    require(timetable_of(model).empty, "model", wanted, timetable_of(model).example)
    cuts = photon_cuts(model, photons)
    while True:
        space, generators = space_of(model, cuts, limit), to_qutip(model, limit, cuts)
        rho, residual = _at_rest(model, space, generators, tolerance)
        last = last_levels(space, rho)
        if not np.any(last > MOST_LAST):
            return AtRest(space, generators, rho, residual, cuts)
        cuts = raised(cuts, model, last, limit)


def _at_rest(
    model: Model, space: Space, generators: tuple[qutip.Qobj, list[qutip.Qobj]], tolerance: float
) -> tuple[Matrix, float]:
    """The steady state, and the Frobenius norm of its change in time."""
    energy, jumps = generators
    wanted = "be positive (or gain or dephasing) for a steady state"
    if beyond_spins(model):
        require(bool(jumps), "jumps", wanted, model.jumps)
        reached = reached_by(model, space, generators)
        obstacle = f"be solved for in the steady state: it {LARGE_BAND}"
        require(reached.banded_size <= MOST_BANDED, "model", obstacle, model)
        found = reached.steady(reached.vector(initial_density(model, space)))
        return reached.density(found), float(np.linalg.norm(reached.matrix @ found))
    rate, unique = _relaxation(model, jumps)
    require(rate > 0, "decay", wanted, model.decay)
    generator = Liouvillian(energy, jumps)
    norm = generator.radius + float(np.max(generator.damping))
    # Far slower decay would drown in the rounding of the factors.
    if model.n_sites == 1 and unique > 1e-10 * norm:
        rho = qutip.steadystate(energy, jumps, use_rcm=True).full()
    else:
        rho = _fixed_point(generator, initial_density(model, space), 2.0 / rate, tolerance)
    if not np.all(np.isfinite(rho)):
        raise TwoqsError(f"The steady state of {model} was not found to within {tolerance}.")
    return rho, float(np.linalg.norm(generator(rho)))


def _fixed_point(generator: Liouvillian, rho: Matrix, duration: float, tolerance: float) -> Matrix:
    """The limit of `rho` after many integrations over `duration`; NaN if it is not found."""
    start = packed_density(rho)

    def change(flat: Floats) -> Floats:
        packed = flat.reshape(start.shape)
        after = propagate(generator, unpacked_density(packed), duration, RELAXING_STEP)
        return np.asarray(packed - packed_density(after)).ravel()

    operator = LinearOperator((start.size, start.size), matvec=change, dtype=float)
    restart = int(np.clip(2e7 / start.size, 10, 60))  # at most about 160 MB of Krylov vectors
    correction, status = gmres(
        operator, -change(start.ravel()), rtol=0.0, atol=tolerance, restart=restart, maxiter=40
    )
    return (
        unpacked_density(start + correction.reshape(start.shape)) if status == 0 else np.nan * rho
    )


def _relaxation(model: Model, jumps: list[qutip.Qobj]) -> tuple[float, float]:
    """About the fastest rate of relaxation, and that of jump operators that are not Hermitian.

    In the units of keywords: Gamma for decay, Gamma_phi for dephasing.
    """
    spin, rates = model.spin, [0.0]
    driving = [0.0]
    for jump in jumps:
        size = float(np.max(np.abs((jump.dag() @ jump).diag())))
        hermitian = np.allclose(qutip.commutator(jump, jump.dag()).data_as("csr_matrix").data, 0)
        rates.append(size / (2 * spin**2) if hermitian else size / (spin + 1))
        driving.append(0.0 if hermitian else rates[-1])
    return max(rates), max(driving)
