"""Raw sums of a result, which go along with it in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from twoqs.measure.observable import Observable
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

ROWS_OF_RESULT = "twoqs_rows"
"""Key of the encoding of a dataset under which they are."""


class ResultRows(NamedTuple):
    """What estimates are made of.

    Attributes:
        model, numerics, records, own: as the arguments of `twoqs.measure.results.estimated`.
    """

    model: Model
    numerics: Numerics
    records: Floats
    own: Sequence[Observable] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        # They stay behind: own functions may not travel, and sums are larger than results.
        return type(None), ()
