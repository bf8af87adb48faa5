"""A small model in QuTiP's words: its operators and its initial state."""

from __future__ import annotations

import numpy as np
import qutip

from twoqs.model.initial import InitialState
from twoqs.model.language.components import AXES
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import GENERAL, Model, require_known
from twoqs.model.terms import VOCABULARY
from twoqs.model.values import per_site
from twoqs.theory.decay import coherent_populations
from twoqs.theory.language import operators_to_qutip

KNOWN_TERMS = (*VOCABULARY, *GENERAL)
"""All terms: the master equation refuses none but those that nobody knows."""


def to_qutip(model: Model, limit: int = MOST_STATES) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """What `Model.to_qutip` returns and raises."""
    require_known(model, KNOWN_TERMS, "the master equation")
    return operators_to_qutip(model.members, *model.operators, limit=limit)


def spin_operators(model: Model) -> list[dict[str, qutip.Qobj]]:
    """S^x, S^y, S^z of each site, keyed "x", "y", "z"; site 0 is the first factor of the product.

    For models that `to_qutip` takes.
    """
    lengths = model.spins.tolist()
    sizes = [round(2 * spin) + 1 for spin in lengths]
    return [
        {axis: qutip.expand_operator(qutip.jmat(spin, axis), sizes, i) for axis in AXES}
        for i, spin in enumerate(lengths)
    ]


def initial_density(model: Model) -> np.ndarray:
    """The product of spin coherent states as a density matrix, shape (d, d)."""
    assert isinstance(model.initial, InitialState)
    psi = np.ones(1, dtype=complex)
    angles = (per_site(angle, model.n_sites) for angle in (model.initial.theta, model.initial.phi))
    for spin, theta, phi in zip(model.spins.tolist(), *angles, strict=True):
        excited = np.arange(round(2 * spin) + 1)
        site = np.sqrt(coherent_populations(spin, theta)) * np.exp(-1j * phi * excited)
        psi = np.kron(psi, site[::-1])  # QuTiP's basis starts at m = +S
    return np.outer(psi, psi.conj())
