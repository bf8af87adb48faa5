"""The rates of `relaxation` from the jump operators of a model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.channels import local_jumps_of
from twoqs.flows.generators import Generators, LocalJump
from twoqs.flows.length import mean_weight
from twoqs.flows.relaxation import N_MOMENTS, PRODUCTS, Relaxation
from twoqs.model.arrays import Complexes, Floats

FRAME_ROUNDING = 1e-14
"""Of rates beside the largest, after a rotation."""

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
    frames = np.stack([frame_of(one.sum(axis=0)) for one in kept])
    turned = np.stack([
        np.stack([in_frame(part, frame) for part in one])
        for one, frame in zip(kept, frames, strict=True)
    ])  # fmt: skip
    parts = tuple((column, turned[:, place]) for place, column in enumerate(columns))
    return [Relaxation(sites, modes[sites], classes.reshape(-1), parts, frames)]


def frame_of(rates: Floats) -> Floats:
    """A rotation after which b of these rates is along z, shape (3, 3)."""
    x, y, z = rates[:3, 0]
    across = math.hypot(x, y)
    if across <= FRAME_ROUNDING * abs(z) or across == 0:
        return np.eye(3)
    length = math.hypot(across, z)
    cosine, sine, along, over = x / across, y / across, z / length, across / length
    return np.array([
        [along * cosine, along * sine, -over],
        [-sine, cosine, 0.0],
        [over * cosine, over * sine, along],
    ])  # fmt: skip


def in_frame(rates: Floats, frame: Floats) -> Floats:
    """Rates of the moments of s after this rotation of it."""
    if np.array_equal(frame, np.eye(3)):
        return rates
    found = np.zeros_like(rates)
    found[:3, 0] = frame @ rates[:3, 0]
    found[:3, 1:] = frame @ rates[:3, 1:] @ frame.T
    tensors = np.zeros((4, 3, 3))
    for row, (a, b) in enumerate(PRODUCTS, start=3):
        tensors[:, a, b] = tensors[:, b, a] = rates[row]
    tensors = frame @ tensors @ frame.T
    tensors[1:] = np.tensordot(frame, tensors[1:], 1)
    found[3:] = np.array([tensors[:, a, b] for a, b in PRODUCTS])
    found[np.abs(found) < FRAME_ROUNDING * np.max(np.abs(found))] = 0.0
    return found


def is_in_plane(jump: LocalJump) -> bool:
    """Whether it makes modes relax."""
    return bool(np.any(jump.form[:2] != 0))


def without_modes(jump: LocalJump, modes: NDArray[np.bool_]) -> LocalJump:
    """What of a jump operator turns its sites."""
    if not is_in_plane(jump) or not np.any(jump.rates[modes]):
        return jump
    return LocalJump(jump.form, np.where(modes, 0.0, jump.rates), jump.parameter)


def mode_rates(form: Complexes) -> Floats:
    """Rates of the moments of a mode for c = f.(x, y) and G = 1, shape (9, 4)."""
    a, b = form.real, form.imag
    rates = np.zeros((N_MOMENTS, 4))
    rates[0, 1] = rates[1, 2] = a[0] * b[1] - a[1] * b[0]
    turned = np.array([[-a[1], a[0], 0.0], [-b[1], b[0], 0.0]])
    rates[3:, 0] = _covariance(turned.T @ turned) / 2
    return rates


def member_rates(form: Complexes, members: int) -> Floats:
    """Rates of an ensemble of so many members with c_k = f.s_k each."""
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


def member_bloch(form: Complexes) -> tuple[Floats, Floats]:
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
