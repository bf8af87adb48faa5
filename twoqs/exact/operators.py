"""A small model in QuTiP's words: its operators and its initial state."""

from __future__ import annotations

import math

import numpy as np
import qutip

from twoqs.arguments import integer
from twoqs.errors import require
from twoqs.exact.decay import coherent_populations
from twoqs.limits import MOST_STATES
from twoqs.model import InitialState, Model, Value, require_known

AXES = "xyz"
TERMS = (
    *(f"{vector}.{axis}" for vector in ("field", "coupling", "twist") for axis in AXES),
    *("decay", "gain", "dephasing"),
)
"""Terms of a model that the operators here hold."""

SiteOperators = dict[str, qutip.Qobj]
"""S^x, S^y and S^z of one site on the whole Hilbert space, keyed "x", "y", "z"."""


def to_qutip(model: Model, limit: int = MOST_STATES) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """`Model.to_qutip`: the Hamiltonian and the collapse operators; it raises as `lindblad` does
    and as `spin_operators` does."""
    return lindblad(model, spin_operators(model, limit))


def spin_operators(model: Model, limit: int) -> list[SiteOperators]:
    """The spin operators of each site; site 0 is the first factor of the tensor product.

    Raises:
        ArgumentError: if the dimension (2S+1)^n exceeds `limit`.
    """
    limit = integer("limit", limit, 1)
    size, n = round(2 * model.spin) + 1, model.n_sites
    wanted = f"have a Hilbert space of at most {limit} dimensions (it has {size}^{n})"
    require(n * math.log(size) <= math.log(limit) + 1e-9, "model", wanted, model)
    local = {axis: qutip.jmat(model.spin, axis) for axis in AXES}
    return [
        {axis: qutip.expand_operator(op, [size] * n, i) for axis, op in local.items()}
        for i in range(n)
    ]


def lindblad(model: Model, spins: list[SiteOperators]) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """H (paper eqs. 29, 30 and 34), and sqrt(2 rate) c of each jump: QuTiP has half the dissipator.

    Raises:
        ArgumentError: naming a term of the model that has no operator here.
    """
    require_known(model, TERMS, "the master equation")
    energy = 0.0 * spins[0]["z"]
    scale = 1 / (2 * model.spin)
    for k, axis in enumerate(AXES):
        for i, site in enumerate(spins):
            energy += at(model.field[k], i) * site[axis]
            energy += scale * at(model.twist[k], i) * site[axis] ** 2
        for bond, (i, j) in enumerate(model.lattice.edges.tolist()):
            strength = scale * at(model.coupling[k], bond) * float(model.lattice.weights[bond])
            if strength != 0.0:
                energy += strength * spins[i][axis] @ spins[j][axis]
    jumps = []
    for i, site in enumerate(spins):
        lower = site["x"] - 1j * site["y"]
        decay, gain, dephasing = (at(v, i) for v in (model.decay, model.gain, model.dephasing))
        rates = (decay * scale, lower), (gain * scale, lower.dag()), (dephasing, site["z"])
        jumps += [math.sqrt(2 * rate) * c for rate, c in rates if rate > 0]
    return energy, jumps


def initial_density(model: Model) -> np.ndarray:
    """The product of spin coherent states as a density matrix, shape (d, d)."""
    assert isinstance(model.initial, InitialState)
    psi = np.ones(1, dtype=complex)
    excited = np.arange(round(2 * model.spin) + 1)
    for i in range(model.n_sites):
        theta, phi = at(model.initial.theta, i), at(model.initial.phi, i)
        site = np.sqrt(coherent_populations(model.spin, theta)) * np.exp(-1j * phi * excited)
        psi = np.kron(psi, site[::-1])  # QuTiP's basis starts at m = +S
    return np.outer(psi, psi.conj())


def at(value: Value, index: int) -> float:
    """The entry of a site or bond of a parameter that may be one number for all."""
    return value[index] if isinstance(value, tuple) else value
