"""What is fitted to an estimate and all its replicates: several numbers, and a flag for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from twoqs.measure.statistics import Estimate
from twoqs.model.model import Model


class Fitted(NamedTuple):
    """What a fit found.

    Attributes:
        values: numbers and their standard errors, by the names of their records.
        qualities: numbers without errors and what they are, by name.
        status: one of the words of the fit, or one for each of several curves.
    """

    values: Mapping[str, tuple[ArrayLike, ArrayLike]]
    qualities: Mapping[str, tuple[ArrayLike, str]]
    status: str | list[str]


@dataclass(frozen=True)
class Fitting:
    """A fit to an observable; records of what it finds name it.

    Attributes:
        of: name of that observable.
        flag: name of the variable that says whether it found them, and if not, why.
        text: what the flag says.
        words: that it may have.
        meaning: key of what these mean, see `twoqs.measure.statuses`.
        make: the fit, of the model, its resolved numerics and the estimate.
    """

    of: str
    flag: str
    text: str
    words: tuple[str, ...]
    meaning: str
    make: Callable[[Model, Any, Estimate], Fitted]
