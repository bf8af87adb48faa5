"""The rates of `relaxation` from the jump operators of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.channels import local_jumps_of
from twoqs.flows.generators import Generators, LocalJump
from twoqs.flows.length import mean_weight
from twoqs.flows.relaxation import N_MOMENTS, PRODUCTS, Relaxation
from twoqs.model.arrays import Floats

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def relaxations_of(generators: Generators) -> list[Relaxation]:
    """The flow of a model; none if nothing relaxes."""
    modes = generators.modes
    rates: dict[int, Floats] = {}
    for jump in generators.members:
        for size in np.unique(generators.spins[jump.rates > 0]).tolist():
            here = (jump.rates > 0) & (generators.spins == size)
            _add(rates, jump.parameter, here, jump.rates, member_rates(jump.form, round(2 * size)))
    for local in local_jumps_of(generators):
        if is_in_plane(local):
            here = modes & (local.rates > 0)
            _add(rates, local.parameter, here, local.rates, mode_rates(local.form))
    if not rates:
        return []
    columns = list(rates)
    every = np.stack([rates[column] for column in columns], axis=1)
    sites = np.flatnonzero(np.any(every != 0, axis=(1, 2, 3)))
    if not sites.size:
        return []
    kept, classes = np.unique(every[sites], axis=0, return_inverse=True)
    parts = tuple((column, kept[:, place]) for place, column in enumerate(columns))
    return [Relaxation(sites, modes[sites], classes.reshape(-1), parts)]


def is_in_plane(jump: LocalJump) -> bool:
    """Whether it makes modes relax."""
    return bool(np.any(jump.form[:2] != 0))


def without_modes(jump: LocalJump, modes: NDArray[np.bool_]) -> LocalJump:
    """What of a jump operator turns its sites."""
    if not is_in_plane(jump) or not np.any(jump.rates[modes]):
        return jump
    return LocalJump(jump.form, np.where(modes, 0.0, jump.rates), jump.parameter)


def mode_rates(form: NDArray[np.complex128]) -> Floats:
    """Rates of the moments of a mode for c = f.(x, y) and G = 1, shape (9, 4)."""
    a, b = form.real, form.imag
    rates = np.zeros((N_MOMENTS, 4))
    rates[0, 1] = rates[1, 2] = a[0] * b[1] - a[1] * b[0]
    turned = np.array([[-a[1], a[0], 0.0], [-b[1], b[0], 0.0]])
    rates[3:, 0] = _covariance(turned.T @ turned) / 2
    return rates


def member_rates(form: NDArray[np.complex128], members: int) -> Floats:
    """The same of an ensemble of so many members with c_k = f.s_k each."""
    matrix, vector = member_bloch(form)
    weight = mean_weight(members / 2)
    rates = np.zeros((N_MOMENTS, 4))
    rates[:3, 0], rates[:3, 1:] = members * vector / weight, matrix
    rates[3:, 0] = _covariance(-members / 4 * (matrix + matrix.T))
    share = (members - 1) * weight - members / weight
    for c in range(3):
        outer = np.outer(vector, np.eye(3)[c])
        rates[3:, 1 + c] = share * _covariance(outer + outer.T)
    return rates


def member_bloch(form: NDArray[np.complex128]) -> tuple[Floats, Floats]:
    """A and b of d<s>/dt = A <s> + b of a spin 1/2 with the jump operator f.s and G = 1."""
    s = PAULI / 2
    c = np.einsum("a,aij->ij", form, s)
    number = c.conj().T @ c

    def derivative(rho: NDArray[Any]) -> Floats:
        moved = 2 * c @ rho @ c.conj().T - number @ rho - rho @ number
        return np.einsum("aij,ji->a", s, moved).real

    # rho = 1/2 + 2 <s>.s
    return np.stack([derivative(2 * one) for one in s], axis=1), derivative(np.eye(2) / 2)


def _covariance(tensor: Floats) -> Floats:
    return np.array([tensor[pair] for pair in PRODUCTS])


def _add(
    rates: dict[int, Floats], column: int, here: NDArray[np.bool_], of_sites: Floats, one: Floats
) -> None:
    """Add those of a jump operator at some sites."""
    whole = rates.setdefault(column, np.zeros((len(here), *one.shape)))
    whole[here] += of_sites[here, None, None] * one
