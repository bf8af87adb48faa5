"""What a spin is divided by where it acts on another one: `partner_weight`, or m on one bath.

Friction and coupling of spins on one bath are parts of one complex rate: for the second spin of a
cascade not to act on the first, they carry the same factor. That of friction is 1/m for all members
of a bath: product states that it leaves alone stay as they are, and dark states do not drift off.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.generators import Generators, Square
from twoqs.flows.jumps import drives_of
from twoqs.model.arrays import Floats, Ints


def pair_weights(generators: Generators, i: Ints, j: Ints) -> Floats:
    """What s_j is divided by where it acts on site i, shape (pair,); 1 where that is a mode."""
    own, partners = generators.weights[j], generators.partner_weights[j]
    joined = i == j
    if np.any(own != partners):
        for members in _baths(generators):
            joined |= members[i] & members[j]
    return np.where(generators.modes[i], 1.0, np.where(joined, own, partners))


def square_weights(generators: Generators, square: Square) -> Floats:
    """Divisors where a spin acts by the sum of a square, on any spin of it; shape (site,)."""
    inside = np.any(square.form != 0, axis=1) & ~generators.modes
    alone = np.count_nonzero(inside) < 2
    joined = any(np.count_nonzero(members & inside) > 1 for members in _baths(generators))
    return generators.weights if alone or joined else generators.partner_weights


def act_undivided(generators: Generators) -> bool:
    """Whether any spin acts on another one by s_j, where it would by s_j/m_j if it were long."""
    weights = generators.weights
    for bonds in generators.bonds:
        i, j = bonds.pairs[np.any(bonds.tensors != 0, axis=(1, 2))].T
        for here, there in ((i, j), (j, i)):
            acting = ~generators.modes[here]
            if np.any((pair_weights(generators, here, there) != weights[there])[acting]):
                return True
    for square in generators.squares:
        inside = np.any(square.form != 0, axis=1) & (square.strength != 0)
        if np.any((square_weights(generators, square) != weights)[inside]):
            return True
    return False


def _baths(generators: Generators) -> Iterator[NDArray[np.bool_]]:
    """The members of each bath with friction, shape (site,); those of the rate 0, too."""
    for channel in generators.channels:
        used = np.any(channel.forms != 0, axis=1)
        if np.count_nonzero(used) > 1 and len(drives_of(channel.forms)) > 1:
            members = np.zeros(generators.n_sites, dtype=np.bool_)
            members[channel.sites[used]] = True
            yield members
