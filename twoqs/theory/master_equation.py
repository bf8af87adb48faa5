"""The full master equation of small models, in time and in the steady state."""

from __future__ import annotations

import numpy as np
import qutip
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import LinearOperator, gmres

from twoqs.errors import TwoqsError, require
from twoqs.flows.lowered import timetable_of
from twoqs.measure import over_members
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model
from twoqs.theory.exponential import Liouvillian, Matrix, propagate
from twoqs.theory.observables import Observables
from twoqs.theory.operators import initial_density, spin_operators, to_qutip
from twoqs.theory.propagation import states
from twoqs.theory.times import checked_times

RELAXING_STEP = 2.5
"""Step of `propagate` where it is merely stable."""


def evolve(model: Model, times: ArrayLike, *, limit: int = MOST_STATES) -> xr.Dataset:
    """Exact moments of `model` at `times`, starting from its initial state (paper eq. 1).

    QuTiP integrates, with an error of the density matrix of about 1e-10. Strong dephasing damps
    coherences at up to 4 S^2 times its own rate; a scheme that is made for this has about 1e-8.

    Args:
        model: any model whose Hilbert space has at most `limit` dimensions.
        times: array of shape (time,), not negative, ascending, in the inverse unit of the rates.
        limit: largest dimension that is accepted; time and memory grow as its square.

    Returns:
        Dataset over `time` with `sx sy sz` and `var_* cov_*` (means over sites of the moments of
        one site, symmetrised, each about its own mean) and, on chains and grids, over `distance`
        `correlation_xx/yy/zz` = <S^a_n S^a_{n+s}> and `correlation` = Re <S^+_n S^-_{n+s}>,
        averaged over n. In units of hbar and hbar^2.

    Raises:
        ArgumentError: if the model is too large or has a term that the master equation does not
            know, or the times are not as described.
    """
    t = checked_times(times)
    generators = to_qutip(model, limit)
    observe = Observables(model, spin_operators(model))
    records = [observe(rho) for rho in states(model, *generators, initial_density(model), t)]
    stacked = {name: np.stack([record[name] for record in records]) for name in records[0]}
    return _dataset(stacked, model, observe.distances, t)


def steady_state(model: Model, *, limit: int = MOST_STATES, tolerance: float = 1e-10) -> xr.Dataset:
    """Exact moments in the steady state of `model` (paper eq. 1).

    That of one spin with decay or gain is unique, and L has a narrow band: QuTiP's `steadystate`
    factorises it. With several spins the factors fill up; there, and where the steady state may
    not be unique, (1 - P) rho = 0 is solved by GMRES, where P is an integration over about one
    relaxation time: it has the steady state as exact fixed point whatever its step, and it damps
    everything else. The start is the initial state of the model; where the steady state is not
    unique, the result is the limit (or, if the model oscillates for ever, the time average)
    that belongs to it.

    Args:
        model: any model with dissipation whose Hilbert space has at most `limit` dimensions.
        limit: largest dimension that is accepted.
        tolerance: largest Frobenius norm of the change of rho in one such integration.

    Returns:
        The variables of `evolve` without `time`; the attribute `residual` is the Frobenius norm of
        d rho/dt.

    Raises:
        ArgumentError: if the model is too large, has no dissipation, depends on time, or has a term
            that the master equation does not know.
        TwoqsError: if the iteration does not reach the tolerance.
    """
    require(tolerance > 0, "tolerance", "be positive", tolerance)
    wanted = "have neither pulses nor events for a steady state"
    require(timetable_of(model).empty, "model", wanted, timetable_of(model).example)
    energy, jumps = to_qutip(model, limit)
    rate, unique = _relaxation(model, jumps)
    require(rate > 0, "decay", "be positive (or gain or dephasing) for a steady state", model.decay)
    generator = Liouvillian(energy, jumps)
    norm = generator.radius + float(np.max(generator.damping))
    # Far slower decay would drown in the rounding of the factors.
    if model.n_sites == 1 and unique > 1e-10 * norm:
        rho = qutip.steadystate(energy, jumps, use_rcm=True).full()
    else:
        rho = _fixed_point(generator, initial_density(model), 2.0 / rate, tolerance)
    if not np.all(np.isfinite(rho)):
        raise TwoqsError(f"The steady state of {model} was not found to within {tolerance}.")
    observe = Observables(model, spin_operators(model))
    dataset = _dataset(observe(rho), model, observe.distances)
    dataset.attrs["residual"] = float(np.linalg.norm(generator(rho)))
    return dataset


def _fixed_point(generator: Liouvillian, rho: Matrix, duration: float, tolerance: float) -> Matrix:
    """The limit of `rho` after many integrations over `duration`; NaN if it is not found."""
    start = _pack(rho)

    def change(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        packed = flat.reshape(start.shape)
        after = propagate(generator, _unpack(packed), duration, RELAXING_STEP)
        return np.asarray(packed - _pack(after)).ravel()

    operator = LinearOperator((start.size, start.size), matvec=change, dtype=float)
    restart = int(np.clip(2e7 / start.size, 10, 60))  # at most about 160 MB of Krylov vectors
    correction, status = gmres(
        operator, -change(start.ravel()), rtol=0.0, atol=tolerance, restart=restart, maxiter=40
    )
    return _unpack(start + correction.reshape(start.shape)) if status == 0 else np.nan * rho


def _pack(rho: Matrix) -> NDArray[np.float64]:
    """A Hermitian matrix as a real one of equal norm, so that GMRES keeps it Hermitian."""
    return np.asarray(rho.real + rho.imag)


def _unpack(packed: NDArray[np.float64]) -> Matrix:
    return np.asarray((packed + packed.T) / 2 + 0.5j * (packed - packed.T))


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


def _dataset(
    record: dict[str, NDArray[np.float64]],
    model: Model,
    distances: NDArray[np.int64],
    times: NDArray[np.float64] | None = None,
) -> xr.Dataset:
    leading = () if times is None else ("time",)
    members = over_members(model)
    variables = {
        name: ((*leading, *(("distance",) if name.startswith("correlation") else members)), value)
        for name, value in record.items()
    }
    coords: dict[str, NDArray] = {} if times is None else {"time": times}
    if members:
        coords["member"] = np.array([member.name for member in model.members])
    if len(distances):
        coords["distance"] = distances
    return xr.Dataset(variables, coords, {"method": "master equation"})
