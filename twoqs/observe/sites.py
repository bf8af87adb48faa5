"""The sites of spins and ensembles that requests sum over, and what their averages stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.errors import require
from twoqs.flows.length import of_each, spin_length
from twoqs.measure.observable import Averages
from twoqs.methods.method import Correspondence
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats, Ints
from twoqs.model.kinds import MODE
from twoqs.model.language.components import AXES
from twoqs.model.model import Model


def spin_sites(model: Model) -> Ints:
    """Numbers of the sites of spins and ensembles, shape (site,)."""
    return np.flatnonzero(model.kinds != MODE)


def chosen_sites(model: Model, asked: Any, where: str) -> Ints:
    """The sites that are asked for, all if that is True.

    Raises:
        ArgumentError: for numbers of no sites of spins or ensembles, and for repeated ones.
    """
    known = spin_sites(model)
    require(len(known) > 0, where, "be of spins or ensembles, which the model has not", where)
    if asked is True:
        return known
    wanted = "have different numbers of sites that are spins or ensembles"
    require(bool(np.isin(asked, known).all()), where, wanted, asked)
    require(len(set(asked)) == len(asked), where, wanted, asked)
    return np.array(asked, dtype=np.int64)


def checked_components(components: Any, name: str = "components") -> None:
    """Refuse what is no tuple of pairs of axes such as "xz".

    Raises:
        ArgumentError: naming the field.
    """
    wanted = 'be a list of different pairs of axes such as "xx" or "xz"'
    listed = isinstance(components, tuple) and len(components) > 0
    require(listed, name, wanted, components)
    for one in components:
        pair = isinstance(one, str) and len(one) == 2 and set(one) <= set(AXES)
        require(pair, name, wanted, components)
    require(len(set(components)) == len(components), name, wanted, components)


def axes_of(component: str) -> tuple[int, int]:
    """Numbers of the two axes of a component such as "xz"."""
    return AXES.index(component[0]), AXES.index(component[1])


def order_of(model: Model, numerics: Numerics) -> Correspondence:
    """Weights of averages of one site and of two components of one site, for all sites.

    Means of modes have the weight 1. The offset of products is only known with the averages: see
    `own_offsets`.
    """
    own = spin_sites(model)
    mean = np.ones(model.n_sites)
    if len(own) == 0:
        return Correspondence(mean, np.zeros_like(mean))
    spins = model.spins[own]
    order = numerics.method.correspondence(spins, of_each(spin_length, spins))
    mean[own] = order.mean
    return order._replace(mean=mean)


def own_offsets(averages: Averages) -> Floats:
    """What products of equal components of one site have beside averages.

    Returns:
        Shape (any, time, site), of the sites of `spin_sites`.
    """
    offset, model = averages.order.offset, averages.model
    if offset.shape[-1] == len(spin_sites(model)):
        return offset
    counts = [member.n_sites for member in model.members if member.kind != MODE]
    return np.repeat(offset, counts, axis=-1)
