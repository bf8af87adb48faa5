"""Variables of a result, with the attributes that tell what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.measure import Observable, error_name
from twoqs.measure.budget import Budget
from twoqs.measure.names import COMMENTS, ERRORS
from twoqs.measure.statuses import comment
from twoqs.model.arrays import Floats


class Variable(NamedTuple):
    """Dimensions, values and attributes, of which xarray makes a variable."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: dict[str, Any]


class Results(NamedTuple):
    """The variables and coordinates of a dataset, by their names.

    Apart from a dataset, as xarray takes longer to make one than it takes to compute this.
    """

    variables: dict[str, Variable]
    coordinates: dict[str, Variable]


def with_errors(
    record: Observable, value: Floats, budget: Budget, dims: tuple[str, ...] = ()
) -> dict[str, Variable]:
    """A variable and its errors; what makes a dataset of it adds `trajectories`."""
    name = record.name
    status = f" {record.status}" if record.status else ""
    known = {cause: error for cause, error in budget._asdict().items() if error is not None}
    errors = {
        error_name(name, cause): Variable(
            dims,
            error,
            attributes_of(
                f"{ERRORS[cause]} of {name}",
                record.units,
                {"comment": COMMENTS[cause]} if cause in COMMENTS else {},
            ),
        )
        for cause, error in known.items()
    }
    own = attributes_of(record.text, record.units) | {
        "ancillary_variables": f"{' '.join(errors)}{status} trajectories"
    }
    if record.comment:
        own["comment"] = record.comment
    return {name: Variable(dims, value, own), **errors}


def flag_attributes(text: str, meaning: str, words: Sequence[str]) -> dict[str, Any]:
    """Attributes of a flag with these words."""
    return {
        "long_name": text,
        "comment": comment(meaning),
        "flag_values": np.arange(len(words), dtype=np.int8),
        "flag_meanings": " ".join(words),
    }


def attributes_of(text: str, units: str, others: Mapping[str, Any] = {}) -> dict[str, Any]:
    """Attributes of a variable with these units."""
    return {"long_name": text, "units": units, **others}
