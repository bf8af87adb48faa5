"""The full master equation of small models, in time and in the steady state."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import LinearOperator, gmres

from twoqs.errors import TwoqsError, require
from twoqs.exact.exponential import propagate
from twoqs.exact.operators import (
    Liouvillian,
    Matrix,
    Observables,
    initial_density,
    liouvillian,
    spin_operators,
)
from twoqs.model import Model, Value

LIMIT = 1024
"""Largest dimension of the Hilbert space: a density matrix of 16 MB."""


def evolve(model: Model, times: ArrayLike, *, limit: int = LIMIT) -> xr.Dataset:
    """Exact moments of `model` at `times`, starting from its initial state (paper eq. 1).

    The error of the density matrix is about 1e-10 without dephasing and 1e-8 with it.

    Args:
        model: any model whose Hilbert space (2S+1)^n has at most `limit` dimensions.
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
    t = np.asarray(times, dtype=float)
    ok = t.ndim == 1 and len(t) > 0 and bool(np.all(np.isfinite(t)) and t[0] >= 0)
    ok = ok and bool(np.all(np.diff(t) >= 0))
    require(ok, "times", "be an ascending list of finite numbers from 0 on", times)
    spins = spin_operators(model, limit)
    generator = liouvillian(model, spins)
    observe = Observables(model, spins)
    rho = initial_density(model)
    records = []
    for duration in np.diff(t, prepend=0.0).tolist():
        rho = propagate(generator, rho, duration)
        records.append(observe(rho))
    stacked = {name: np.stack([record[name] for record in records]) for name in records[0]}
    return _dataset(stacked, observe.distances, t)


def steady_state(model: Model, *, limit: int = LIMIT, tolerance: float = 1e-10) -> xr.Dataset:
    """Exact moments in the steady state of `model` (paper eq. 1).

    Solves (1 - P) rho = 0 by GMRES, where P is a stable Runge-Kutta integration over about one
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
        ArgumentError: if the model is too large, has no dissipation, or has a term that the master
            equation does not know.
        TwoqsError: if the iteration does not reach the tolerance.
    """
    require(tolerance > 0, "tolerance", "be positive", tolerance)
    spins = spin_operators(model, limit)
    generator = liouvillian(model, spins)
    rate = max(_largest(value) for value in (model.decay, model.gain, model.dephasing))
    require(rate > 0, "decay", "be positive (or gain or dephasing) for a steady state", model.decay)
    start = _pack(initial_density(model))
    shape = start.shape

    def change(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        packed = flat.reshape(shape)
        return np.asarray(packed - _relax(generator, packed, 2.0 / rate)).ravel()

    operator = LinearOperator((start.size, start.size), matvec=change, dtype=float)
    restart = int(np.clip(2e7 / start.size, 10, 60))  # at most about 160 MB of Krylov vectors
    correction, status = gmres(
        operator, -change(start.ravel()), rtol=0.0, atol=tolerance, restart=restart, maxiter=40
    )
    if status != 0 or not np.all(np.isfinite(correction)):
        raise TwoqsError(f"The steady state of {model} was not found to within {tolerance}.")
    rho = _unpack(start + correction.reshape(shape))
    observe = Observables(model, spins)
    dataset = _dataset(observe(rho), observe.distances, None)
    dataset.attrs["residual"] = float(np.linalg.norm(generator(rho)))
    return dataset


def _relax(
    generator: Liouvillian, packed: NDArray[np.float64], duration: float
) -> NDArray[np.float64]:
    """Classical Runge-Kutta steps; 2.5 over the radius lies inside their region of stability."""
    rho = _unpack(packed)
    steps = max(8, math.ceil(generator.whole_radius * duration / 2.5))
    for _ in range(steps):
        term = rho
        for order in range(1, 5):
            term = (duration / steps / order) * generator(term)
            rho = rho + term
    return _pack(rho)


def _pack(rho: Matrix) -> NDArray[np.float64]:
    """A Hermitian matrix as a real one of equal norm, so that GMRES keeps it Hermitian."""
    return np.asarray(rho.real + rho.imag)


def _unpack(packed: NDArray[np.float64]) -> Matrix:
    return np.asarray((packed + packed.T) / 2 + 0.5j * (packed - packed.T))


def _largest(value: Value) -> float:
    return max(value) if isinstance(value, tuple) else value


def _dataset(
    record: dict[str, NDArray[np.float64]],
    distances: NDArray[np.int64],
    times: NDArray[np.float64] | None,
) -> xr.Dataset:
    leading = () if times is None else ("time",)
    variables = {
        name: ((*leading, "distance") if name.startswith("correlation") else leading, value)
        for name, value in record.items()
    }
    dataset = xr.Dataset(variables, attrs={"method": "master equation"})
    if times is not None:
        dataset = dataset.assign_coords(time=times)
    if len(distances):
        dataset = dataset.assign_coords(distance=distances)
    return dataset
