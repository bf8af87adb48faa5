"""Local fields of all lanes of one site."""

from __future__ import annotations

from twoqs.kernels.jit import LANES, jit


@jit
def local_field(out, site, spins, field, twist, start, neighbour, coupling, factor):
    """Set out[lane] = factor * B at `site`, for one axis.

    `spins` has the shape (site, lane); the parts of the graph are those of this axis. They come as
    plain arrays: passed as a tuple for each site they would cost as much as the sums themselves.
    """
    constant = factor * field[site]
    own_weight = factor * twist[site]
    own = spins[site]
    for lane in range(LANES):
        out[lane] = constant + own_weight * own[lane]
    for entry in range(start[site], start[site + 1]):
        weight = factor * coupling[entry]
        other = spins[neighbour[entry]]
        for lane in range(LANES):
            out[lane] += weight * other[lane]
