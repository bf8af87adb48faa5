"""A small model in QuTiP's words: its operators and its initial state."""

from __future__ import annotations

import numpy as np

from twoqs.model.initial import Initial, parts
from twoqs.model.known import require_known
from twoqs.model.language.numbering import Numbering
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import GENERAL, Model
from twoqs.model.terms import VOCABULARY
from twoqs.theory.exponential import Matrix
from twoqs.theory.language import QuTiP, operators_to_qutip
from twoqs.theory.photons import Photons, photon_cuts
from twoqs.theory.sites import with_processes
from twoqs.theory.space import Space
from twoqs.theory.states import density, tensor_product

KNOWN_TERMS = (*VOCABULARY, *GENERAL)
"""All terms: the master equation refuses none but those that nobody knows."""


def to_qutip(
    model: Model, limit: int = MOST_STATES, photons: Photons = None
) -> tuple[QuTiP, list[QuTiP]]:
    """What `Model.to_qutip` returns and raises.

    Examples:
        >>> model = twoqs.Model(spin=1, field=(0.9, 0, 0), decay=1.0)
        >>> energy, jumps = twoqs.theory.to_qutip(model)
        >>> energy.shape, len(jumps)
        ((3, 3), 1)
    """
    require_known(model, KNOWN_TERMS, "the master equation")
    cuts = photon_cuts(model, photons)
    return operators_to_qutip(model.members, *model.operators, limit=limit, photons=cuts)


def space_of(model: Model, photons: Photons = None, limit: int = MOST_STATES) -> Space:
    """The Hilbert space that the operators of `to_qutip` act on.

    Raises:
        ArgumentError: if it has more than `limit` dimensions.
    """
    processes = with_processes(model.operators.jumps)
    cuts = photon_cuts(model, photons)
    return Space.of(Numbering.of(model.members), processes, cuts, limit)


def initial_density(model: Model, space: Space | None = None) -> Matrix:
    """The initial state as a density matrix, shape (d, d), in the space of the model.

    Raises:
        TwoqsError: for a squeezed state with variances that no such matrix has.
    """
    assert isinstance(model.initial, Initial)
    factors = iter((space_of(model) if space is None else space).factors)
    found = []
    for state, members in parts(model.initial, model.members):
        own = [next(factors) for _ in range(sum(member.n_sites for member in members))]
        found.append(density(state, own))
    return np.asarray(tensor_product(found))
