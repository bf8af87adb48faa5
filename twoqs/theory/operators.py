"""A small model in QuTiP's words: its operators and its initial state."""

from __future__ import annotations

import numpy as np
import qutip

from twoqs.model.initial import Initial, parts
from twoqs.model.known import require_known
from twoqs.model.language.components import AXES
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import GENERAL, Model
from twoqs.model.terms import VOCABULARY
from twoqs.theory.language import QuTiP, operators_to_qutip
from twoqs.theory.sites import require_spins
from twoqs.theory.states import density, tensor_product

KNOWN_TERMS = (*VOCABULARY, *GENERAL)
"""All terms: the master equation refuses none but those that nobody knows."""


def to_qutip(model: Model, limit: int = MOST_STATES) -> tuple[QuTiP, list[QuTiP]]:
    """What `Model.to_qutip` returns and raises."""
    require_known(model, KNOWN_TERMS, "the master equation")
    require_spins(model, "the master equation")
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
    """The initial state as a density matrix, shape (d, d).

    Raises:
        TwoqsError: for a squeezed state with variances that no such matrix has.
    """
    assert isinstance(model.initial, Initial)
    return tensor_product(
        density(state, [member.spin for member in members for _ in range(member.n_sites)])
        for state, members in parts(model.initial, model.members)
    )
