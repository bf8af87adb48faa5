"""A small model in QuTiP's words: its operators and its initial state."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import qutip

from twoqs.errors import require
from twoqs.model.arguments import integer
from twoqs.model.initial import InitialState
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model, require_known
from twoqs.model.terms import VOCABULARY, Form, Term
from twoqs.model.values import per_site
from twoqs.theory.decay import coherent_populations

AXES = "xyz"


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
    require_known(model, VOCABULARY, "the master equation")
    energy = 0.0 * spins[0]["z"]
    for term in model.energy_terms:
        for where, strength in _places(model, term):
            factors = [_operator(form, spins[i]) for form, i in zip(term.forms, where, strict=True)]
            product = factors[0] @ factors[1] if term.is_interaction else factors[0]
            energy += strength / term.divisor * (product + product.dag()) / 2
    jumps = []
    for i, site in enumerate(spins):
        for jump in model.dissipators:
            rate = float(per_site(jump.strength, len(spins))[i]) / jump.divisor
            if rate > 0:
                jumps.append(math.sqrt(2 * rate) * _operator(jump.form, site))
    return energy, jumps


def _places(model: Model, term: Term) -> Iterator[tuple[tuple[int, ...], float]]:
    """The sites that the operators of a term are at, and its strength there."""
    if term.on == "bonds":
        ends, weights = model.lattice.edges.tolist(), model.lattice.weights
        strengths = per_site(term.strength, len(ends)) * weights
        yield from zip(map(tuple, ends), strengths.tolist(), strict=True)
        return
    for site, strength in enumerate(per_site(term.strength, model.n_sites).tolist()):
        yield (site,) * len(term.forms), strength


def _operator(form: Form, site: dict[str, qutip.Qobj]) -> qutip.Qobj:
    """A linear form of one spin's components."""
    parts = zip(form.vector.tolist(), AXES, strict=True)
    return sum(factor * site[axis] for factor, axis in parts if factor)


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
