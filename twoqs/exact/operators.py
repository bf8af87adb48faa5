"""A small model in QuTiP's words: its operators and its initial state."""

from __future__ import annotations

import math

import numpy as np
import qutip

from twoqs.arguments import integer
from twoqs.errors import require
from twoqs.exact.decay import coherent_populations
from twoqs.limits import MOST_STATES
from twoqs.model import InitialState, Model, per_site, require_known

AXES = "xyz"
TERMS = (
    *(f"{vector}.{axis}" for vector in ("field", "coupling", "twist") for axis in AXES),
    *("decay", "gain", "dephasing"),
)
"""Terms of a model that the operators here hold."""


def to_qutip(model: Model, limit: int = MOST_STATES) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """What `Model.to_qutip` returns and raises."""
    return lindblad(model, spin_operators(model, limit))


def spin_operators(model: Model, limit: int) -> list[dict[str, qutip.Qobj]]:
    """S^x, S^y, S^z of each site, keyed "x", "y", "z"; site 0 is the first factor of the product.

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


def lindblad(
    model: Model, spins: list[dict[str, qutip.Qobj]]
) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """H (paper eqs. 29, 30 and 34), and sqrt(2 rate) c of each jump: QuTiP has half the dissipator.

    Raises:
        ArgumentError: naming a term of the model that has no operator here.
    """
    require_known(model, TERMS, "the master equation")
    energy = 0.0 * spins[0]["z"]
    n, bonds, scale = model.n_sites, model.lattice.edges.tolist(), 1 / (2 * model.spin)
    for axis, h, g, J in zip(AXES, model.field, model.twist, model.coupling, strict=True):
        for site, h_i, g_i in zip(spins, per_site(h, n), per_site(g, n), strict=True):
            energy += float(h_i) * site[axis] + float(scale * g_i) * site[axis] ** 2
        strengths = scale * per_site(J, len(bonds)) * model.lattice.weights
        for (i, j), strength in zip(bonds, strengths.tolist(), strict=True):
            if strength != 0.0:
                energy += strength * spins[i][axis] @ spins[j][axis]
    raw = scale * per_site(model.decay, n), scale * per_site(model.gain, n)
    jumps = []
    for site, *rates in zip(spins, *raw, per_site(model.dephasing, n), strict=True):
        lower = site["x"] - 1j * site["y"]
        operators = zip(rates, (lower, lower.dag(), site["z"]), strict=True)
        jumps += [math.sqrt(2 * rate) * c for rate, c in operators if rate > 0]
    return energy, jumps


def initial_density(model: Model) -> np.ndarray:
    """The product of spin coherent states as a density matrix, shape (d, d)."""
    assert isinstance(model.initial, InitialState)
    psi = np.ones(1, dtype=complex)
    excited = np.arange(round(2 * model.spin) + 1)
    angles = (per_site(angle, model.n_sites) for angle in (model.initial.theta, model.initial.phi))
    for theta, phi in zip(*angles, strict=True):
        site = np.sqrt(coherent_populations(model.spin, theta)) * np.exp(-1j * phi * excited)
        psi = np.kron(psi, site[::-1])  # QuTiP's basis starts at m = +S
    return np.outer(psi, psi.conj())
