"""Which twins of a model are compared with the master equation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from twoqs.errors import TwoqsError
from twoqs.model.grids import chain
from twoqs.model.language.members import Sites
from twoqs.model.lattice import Lattice, from_edges, single
from twoqs.model.limits import MOST_STATES_OF_TWIN
from twoqs.model.model import Model
from twoqs.theory.photons import photon_cuts
from twoqs.theory.space import log_dimension
from twoqs.truncation.twin import NoTwinError, twin_of

LENGTHS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 11.0, 16.0, 22.0, 32.0)
"""Lengths of the longest spin that twins may have."""

PARTS_OF_LONGEST = (0.5, 0.7, 1.0)
"""Twins of one part, as shares of the longest of them, about."""

LONG_ENOUGH = 2.0
"""Longest spin of the largest twin, below which a smaller part of the model is taken."""

ALL_OF_MODEL = "all of the model"
"""What is tested where twins are of all members and sites."""

SITES_OF_PART = 6
"""Sites of a part of a lattice."""


class TwinModel(NamedTuple):
    """A model that stands for another one.

    Attributes:
        share: its lengths over those of the other.
        model: what is simulated and solved.
    """

    share: float
    model: Model


class TwinModels(NamedTuple):
    """Those of a model.

    Attributes:
        tested: the part of the model that they are of, in words.
        twins: at least one; those of the share 1 stand for themselves.
    """

    tested: str
    twins: tuple[TwinModel, ...]


def twins_for(model: Model, longest: float | None = None) -> TwinModels:
    """Twins of a model, or of the largest part of it that has some.

    Args:
        longest: length of the longest spin in a twin at most; none if left out.

    Raises:
        NoTwinError: if there are none, saying why.
    """
    found, reason = None, ""
    for tested, part in _parts(model):
        try:
            twins = _of_part(part, longest)
        except NoTwinError as error:
            reason = reason or str(error)
            continue
        own = TwinModels(tested, twins)
        if twins[-1].share == 1 or twins[-1].model.spin >= LONG_ENOUGH:
            return own
        found = found or own
    if found is None:
        raise NoTwinError(reason)
    return found


def _of_part(model: Model, longest: float | None) -> tuple[TwinModel, ...]:
    if _fits(model) and (longest is None or model.spin <= longest):
        return (TwinModel(1.0, model),)
    found: list[TwinModel] = []
    reason = "it is too large, and has no spins that could be shorter"
    for length in LENGTHS:
        if length < model.spin and (longest is None or length <= longest):
            try:
                twin = twin_of(model, length / model.spin)
            except TwoqsError as error:
                reason = str(error)
                continue
            if _fits(twin):
                found.append(TwinModel(twin.spin / model.spin, twin))
    if len(found) < 2:
        raise NoTwinError(f"no two twins of it can be solved: {reason}")
    largest = found[-1].share
    chosen = {
        min(found, key=lambda twin: abs(twin.share - step * largest)).share
        for step in PARTS_OF_LONGEST
    }
    return tuple(twin for twin in found if twin.share in chosen)


def _fits(model: Model) -> bool:
    try:
        size = log_dimension(model, photon_cuts(model, None))
    except AssertionError:  # samples of another run, which the master equation does not know
        return False
    return size <= math.log(MOST_STATES_OF_TWIN)


def _parts(model: Model) -> Iterator[tuple[str, Model]]:
    """The model, and what of a lattice stands for it, the largest first."""
    yield ALL_OF_MODEL, model
    (first, *others) = model.members
    if others or (not isinstance(first, Sites) and model.n_sites == 1):
        return
    if not model.homogeneous and not _even(model):
        return
    for lattice, text in _smaller(model.lattice):
        part = _on(model, lattice)
        if part is not None:
            yield f"{text} of {model.n_sites}", part


def _even(model: Model) -> bool:
    """Whether nothing but the border tells one site of a lattice of words from another."""
    initial = model.initial
    angles = getattr(initial, "theta", 0.0), getattr(initial, "phi", 0.0)
    strengths = [term.strength for term in model.terms.values()]
    return not model.general and not any(isinstance(v, tuple) for v in (*angles, *strengths))


def _smaller(lattice: Lattice) -> Iterator[tuple[Lattice, str]]:
    if lattice.kind == "chain" and len(set(lattice.weights.tolist())) == 1:
        for sites in range(min(SITES_OF_PART, lattice.n_sites - 1), 2, -1):
            yield chain(sites, lattice.periodic), f"a chain of {sites} sites"
    if lattice.n_edges and lattice.n_sites > 2:
        # As strongly tied as a site is to all of its neighbours.
        weight = 2 * float(lattice.weights.sum()) / lattice.n_sites
        yield from_edges([(0, 1, weight)]), "a pair of sites, each tied as to all neighbours,"
    elif lattice.n_sites > 1:
        yield single(), "a single site"


def _on(model: Model, lattice: Lattice) -> Model | None:
    """The model on another lattice; None if its operators are of sites of the one it has."""
    if not model.general:
        return replace(model, lattice=lattice)
    return None
