"""The building blocks of the sweep format: strict types, and unions that report one error."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema

from twoqs.errors import ArgumentError
from twoqs.model.arguments import whole
from twoqs.model.language.text import read_number
from twoqs.model.limits import MOST_FORMULA, MOST_NAME

NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
AXIS_NAME = rf"^[A-Za-z][A-Za-z0-9_]{{0,{MOST_NAME - 1}}}$"
MEMBER_NAME = rf"^[A-Za-z_][A-Za-z0-9_]{{0,{MOST_NAME - 1}}}$"
CASE_NAME = rf"^[A-Za-z0-9][A-Za-z0-9_.+-]{{0,{MOST_NAME - 1}}}$"


def refuse(wanted: str) -> PydanticCustomError:
    """An error with its own words after "must"."""
    return PydanticCustomError("twoqs", "{wanted}", {"wanted": wanted})


def finite(value: Any) -> bool:
    """Whether a number, or an integer of any length, fits into a float."""
    return abs(value) <= sys.float_info.max


def _written(value: str) -> str:
    """Text that terminals and files can take: nothing that is invisible but white space."""
    if not all(part.isprintable() for part in value.split()):
        raise refuse("hold printable characters only")
    return value


def _no_date(value: str) -> str:
    """Units: readers of netCDF and Zarr take values in "days since ..." for dates."""
    if "since" in value.lower():
        raise refuse("not be those of dates (since)")
    return value


Text = Annotated[str, AfterValidator(_written)]
Units = Annotated[Text, AfterValidator(_no_date)]

# A union reports the errors of the one member that a value is meant to be. The tags of members
# stand in angle brackets, so that they can be told from keys in the place of an error.


def by_shape(value: Any) -> str:
    """List or number."""
    return "<list>" if isinstance(value, list) else "<number>"


def by_form(value: Any) -> str:
    """List or mapping."""
    return "<list>" if isinstance(value, list) else "<mapping>"


def by_word(value: Any) -> str:
    """Text or mapping."""
    return "<text>" if isinstance(value, str) else "<mapping>"


FORMULA_OR_NUMBER = "<number or formula>"
"""What stands in the place of an error of what is no formula, and might be a number."""


def by_text(value: Any) -> str:
    """Formula or number."""
    return "<formula>" if isinstance(value, str) else FORMULA_OR_NUMBER


def by_rate(value: Any) -> str:
    """Mapping, or number or text."""
    return "<mapping>" if isinstance(value, dict | BaseModel) else "<number>"


def by_number(value: Any) -> str:
    """Integer or number with a fraction."""
    integer = isinstance(value, int) and not isinstance(value, bool)
    return "<integer>" if integer else "<number>"


def by_item(value: Any) -> str:
    """Mapping, integer or number with a fraction."""
    return "<mapping>" if isinstance(value, dict | BaseModel) else by_number(value)


_PI = re.compile(r"\bpi\b")


class _WithPi:
    """Numbers that may be written as formulas with pi: `pi/2`, `2*pi`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_before_validator_function(_number_for, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        # Bounds are for numbers alone there, and patterns for text.
        number = handler(schema["schema"])
        return {**number, "type": [number["type"], "string"], "pattern": _PI.pattern}


def _number_for(value: Any) -> Any:
    """The number that a formula with pi is; anything else as it is."""
    if not isinstance(value, str) or _PI.search(value) is None:
        return value
    with suppress(ArgumentError):
        number = read_number(value)
        return number.real if number.imag == 0 else value
    return value


class Strict(BaseModel):
    """Refuses unknown keys, wrong types (text for numbers, 1 for true), inf and nan."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class OneOf(Strict):
    """A mapping with exactly one of its keys."""

    @model_validator(mode="before")
    @classmethod
    def _no_more(cls, data: Any) -> Any:
        """Before a look at what is below: that of the one may be wrong for want of the other."""
        given = [isinstance(data, dict) and data.get(name) is not None for name in cls.model_fields]
        if sum(given) > 1:
            raise cls._refused()
        return data

    @model_validator(mode="after")
    def _one(self) -> OneOf:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise self._refused()
        return self

    @classmethod
    def _refused(cls) -> PydanticCustomError:
        return refuse(f"hold exactly one of {', '.join(cls.model_fields)}")


WHOLE = BeforeValidator(whole)
"""Validator of integers that may be written as 10000, 1e4 or 10000.0; bounds stand before it."""

COUNTS = frozenset(
    ("trajectories", "max_trajectories", "samples", "n", "nx", "ny", "nz", "n_sites")
)
"""Keys of counts that axes may set."""


def with_whole_counts(key: str, value: Any) -> Any:
    """The value of a key, in which counts are integers: one sweep is written in one way only."""
    if isinstance(value, dict):
        return {name: with_whole_counts(name, inner) for name, inner in value.items()}
    if key == "linspace" and isinstance(value, list):
        return [*value[:2], *(whole(count) for count in value[2:])]
    return whole(value) if key in COUNTS else value


Integer = Annotated[int, Tag("<integer>")]
Real = Annotated[float, _WithPi()]
Float = Annotated[Real, Tag("<number>")]
Number = Annotated[Integer | Float, Discriminator(by_number)]
PerSite = Annotated[Float | Annotated[list[Real], Tag("<list>")], Discriminator(by_shape)]
Nonnegative = Annotated[float, Field(ge=0), _WithPi()]
Positive = Annotated[float, Field(gt=0), _WithPi()]
Formula = Annotated[str, Field(min_length=1, max_length=MOST_FORMULA)]
NumberOrFormula = Annotated[
    Annotated[float, Tag(FORMULA_OR_NUMBER)] | Annotated[Formula, Tag("<formula>")],
    Discriminator(by_text),
]
