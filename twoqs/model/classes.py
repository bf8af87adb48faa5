"""Members that differ: ensembles divided into classes, each with a value of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import integer, is_sequence, numbers
from twoqs.model.arrays import Floats
from twoqs.model.language.members import Ensemble
from twoqs.model.language.names import checked_name
from twoqs.model.limits import MOST_CLASSES, MOST_SPIN

WITHIN = 64
"""Places within a class over which its mean value is taken."""


def classes(
    distribution: Any, n: int, size: int, name: str = "part"
) -> tuple[tuple[Ensemble, float], ...]:
    """Ensembles for members whose frequencies, couplings or rates are distributed.

    The distribution is cut into `n` parts of equal probability (as nearly as whole members allow);
    each is an ensemble with the mean value of its part. The error falls as 1/n^2 for smooth
    distributions; repeat with 2n to see it.

    Args:
        distribution: of `scipy.stats` with its parameters (`norm(0, 0.3)`), or anything that has
            `ppf`; or a list of values, one for each of as many equally likely kinds of members.
        n: number of classes.
        size: of all members together.
        name: ensembles are called name0, name1, ...

    Returns:
        Pairs (ensemble, value), by growing values: `sum(v * e.z for e, v in classes(...))`.

    Raises:
        ArgumentError: for anything else, and values that are not finite.

    Examples:
        >>> from scipy.stats import norm
        >>> parts = twoqs.classes(norm(1, 0.3), n=3, size=30)
        >>> [(e.name, e.size, round(value, 3)) for e, value in parts]
        [('part0', 10, 0.673), ('part1', 10, 1.0), ('part2', 10, 1.327)]
    """
    n = integer("n", n, 1, MOST_CLASSES)
    size = integer("size", size, n, 2 * MOST_SPIN, " (at least one member in each class)")
    checked_name(name)
    ends = np.round(np.linspace(0, size, n + 1)).astype(np.int64)
    values = [
        float(_quantiles(distribution, start, end).mean())
        for start, end in zip(ends[:-1] / size, ends[1:] / size, strict=True)
    ]
    numbers("distribution", values)
    sizes = np.diff(ends).tolist()
    return tuple(
        (Ensemble(m, f"{name}{i}"), v) for i, (m, v) in enumerate(zip(sizes, values, strict=True))
    )


def _quantiles(distribution: Any, start: float, end: float) -> Floats:
    """Values at probabilities between these, evenly spread."""
    places = start + (np.arange(WITHIN) + 0.5) / WITHIN * (end - start)
    if is_sequence(distribution):
        listed = np.sort(numbers("distribution", distribution))
        require(len(listed) > 0, "distribution", "hold at least one value", distribution)
        return np.asarray(listed[np.minimum((places * len(listed)).astype(int), len(listed) - 1)])
    known = callable(getattr(distribution, "ppf", None))
    wanted = "be a distribution of scipy.stats, such as `norm(0, 0.3)`, or a list of values"
    require(known, "distribution", wanted, distribution)
    return np.asarray(distribution.ppf(places), dtype=np.float64)
