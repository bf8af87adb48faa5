"""The format of a sweep file, as types. What they accept is the format; the JSON schema follows.

Physics is checked again by `Model` and `resolve` for every point of the grid; the bounds repeated
here are those that can be told from one value, so that a file's errors come all at once.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, create_model, field_validator, model_validator

from twoqs.measure.names import STARTS_DIM
from twoqs.methods import METHODS
from twoqs.methods.numerics import CAUSES
from twoqs.model.limits import MOST_AXES, MOST_SEED, MOST_TIMES, MOST_TRAJECTORIES
from twoqs.model.starts import STARTS
from twoqs.simulation.canonical import state_text
from twoqs.sweep.fields import (
    AXIS_NAME,
    CASE_NAME,
    MEMBER_NAME,
    NAME,
    WHOLE,
    Float,
    Integer,
    Nonnegative,
    Positive,
    Real,
    Strict,
    Text,
    Units,
    by_form,
    by_item,
    by_word,
    refuse,
    with_whole_counts,
)
from twoqs.sweep.in_time import by_list
from twoqs.sweep.physics import ModelSpec
from twoqs.sweep.ranges import Linspace, Range

ObservableName = Annotated[str, Field(pattern=MEMBER_NAME)]


def _by_request(value: Any) -> str:
    return "<true>" if isinstance(value, bool) else by_word(value)


ObservableSpec = Annotated[
    Annotated[str, Tag("<text>")]
    | Annotated[Literal[True], Tag("<true>")]
    | Annotated[dict[str, Any], Tag("<mapping>")],
    Discriminator(_by_request),
]
"""A formula; true for `correlation` and `sites`; or a mapping, which `twoqs.observe` reads."""


def _by_axis(value: Any) -> str:
    for key, kind in (("cases", CaseAxis), ("zip", ZipAxis)):
        if key in value if isinstance(value, dict) else isinstance(value, kind):
            return f"<{key}>"
    return "<values>"


_NAMES: Any = Literal[tuple(METHODS)]
_CAUSES: Any = Literal[CAUSES]
Scheme: Any = create_model("Scheme", __base__=Strict, scheme=(_NAMES | None, None))
"""The name of a method; that of `default_for` the model if it is left out."""


class NumericsSpec(Scheme):
    """`twoqs.methods.numerics.Numerics`, as text."""

    representation: Literal["P", "W", "Q"] = "W"
    step: Positive | None = None
    times: (
        Annotated[
            Annotated[list[Nonnegative], Tag("<list>")] | Annotated[Linspace, Tag("<mapping>")],
            Discriminator(by_form),
        ]
        | None
    ) = None
    average: (
        Annotated[
            Annotated[list[Nonnegative], Field(min_length=2, max_length=2), Tag("<list>")]
            | Annotated[Literal["auto"], Tag("<text>")],
            Discriminator(by_list),
        ]
        | None
    ) = None
    samples: Annotated[int, Field(ge=1, le=MOST_TIMES), WHOLE] | None = None
    observables: (
        Annotated[list[Literal["correlation", "sites"]], Tag("<list>")]
        | Annotated[dict[ObservableName, ObservableSpec], Tag("<mapping>")]
    ) = Field(default=[], discriminator=Discriminator(by_form))
    derived: dict[ObservableName, str] | None = None
    neglect: Literal["interaction-diffusion"] | None = None
    precision: Literal["double", "single"] = "double"
    budget: list[_CAUSES] | None = None

    @field_validator("observables", mode="before")
    @classmethod
    def _one_mapping(cls, value: Any) -> Any:
        """A list with mappings in it is one mapping."""
        if not isinstance(value, list) or not any(isinstance(one, dict) for one in value):
            return value
        found: dict[Any, Any] = {}
        for one in value:
            found |= one if isinstance(one, dict) else {one: True}
        return found

    @field_validator("times")
    @classmethod
    def _increase(cls, value: Any) -> Any:
        if isinstance(value, list):
            if not value:
                raise refuse("hold at least one time")
            if not all(a < b for a, b in pairwise(value)):
                raise refuse("increase")
        return value


Values = Annotated[
    Annotated[
        list[
            Annotated[Integer | Float | Annotated[Range, Tag("<mapping>")], Discriminator(by_item)]
        ],
        Tag("<list>"),
    ]
    | Annotated[Range, Tag("<mapping>")],
    Discriminator(by_form),
]


class ValueAxis(Strict):
    """An axis of numbers; `factor` times the number is set at every path in `sets`."""

    sets: Annotated[
        Annotated[str, Tag("<text>")] | Annotated[list[str], Field(min_length=1), Tag("<list>")],
        Discriminator(by_list),
    ]
    values: Values
    factor: Real = 1.0
    units: Units | None = None
    long_name: Text | None = None

    @field_validator("factor")
    @classmethod
    def _nonzero(cls, value: float) -> float:
        if value == 0:
            raise refuse("not be 0 (all values would set the same)")
        return value


class CaseAxis(Strict):
    """An axis of named cases, each of which sets any number of paths."""

    cases: dict[Annotated[str, Field(pattern=CASE_NAME)], dict[str, Any]]
    long_name: Text | None = None

    @field_validator("cases")
    @classmethod
    def _whole_counts(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: {path: with_whole_counts(path.split(".")[-1], own) for path, own in case.items()}
            for name, case in value.items()
        }


class ZipAxis(Strict):
    """Axes of numbers that move together: one dimension, with the values of each along it."""

    zip: dict[Annotated[str, Field(pattern=AXIS_NAME)], ValueAxis]

    @field_validator("zip")
    @classmethod
    def _together(cls, value: dict[str, ValueAxis]) -> dict[str, ValueAxis]:
        if len(value) < 2:
            raise refuse("hold at least two names, whose values move together")
        return value

    long_name: Text | None = None


AxisSpec = Annotated[
    Annotated[ValueAxis, Tag("<values>")]
    | Annotated[CaseAxis, Tag("<cases>")]
    | Annotated[ZipAxis, Tag("<zip>")],
    Discriminator(_by_axis),
]


_STARTS: dict[str, Any] = {
    name: state if isinstance(state, str) else state_text(state) for name, state in STARTS.items()
}
_START: Any = Literal[tuple(STARTS)]


class SweepSpec(Strict):
    """A sweep file."""

    name: Annotated[str, Field(pattern=NAME)]
    description: Text = ""
    seed: Annotated[int, Field(ge=0, le=MOST_SEED), WHOLE]
    trajectories: Annotated[int, Field(ge=1, le=MOST_TRAJECTORIES), WHOLE]
    target_se: Annotated[dict[str, Positive], Field(min_length=1)] | None = None
    target_step: Annotated[dict[str, Positive], Field(min_length=1)] | None = None
    max_trajectories: Annotated[int, Field(ge=1, le=MOST_TRAJECTORIES), WHOLE] | None = None
    model: ModelSpec
    numerics: NumericsSpec
    axes: dict[Annotated[str, Field(pattern=AXIS_NAME)], AxisSpec] = Field(
        default={}, max_length=MOST_AXES
    )
    starts: list[_START] | None = None
    sizes: dict[Annotated[str, Field(pattern=NAME)], dict[str, Any]] = Field(default={})

    @model_validator(mode="before")
    @classmethod
    def _with_starts(cls, data: Any) -> Any:
        """Starts as what they stand for: an axis of cases."""
        starts = data.get("starts") if isinstance(data, dict) else None
        if not isinstance(starts, list) or not all(one in [*_STARTS] for one in starts):
            return data
        if len(starts) != len(set(starts)) or len(starts) < 2:
            return data
        axes: Any = data.get("axes") or {}
        if not isinstance(axes, dict) or STARTS_DIM in axes:
            return data
        cases = {name: {"model.initial": _STARTS[name]} for name in starts}
        return {**data, "starts": None, "axes": {STARTS_DIM: {"cases": cases}, **axes}}

    @field_validator("starts")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """What is left of them makes no axis."""
        if value is not None:
            raise refuse("hold two or more different starts, where no axis has the name `start`")
        return value

    @field_validator("axes", mode="before")
    @classmethod
    def _have_names(cls, value: Any) -> Any:
        for word in ("zip", "cases"):
            inner = value.get(word) if isinstance(value, dict) else None
            if isinstance(inner, dict) and not inner.keys() & {"sets", "values", "cases", "zip"}:
                raise refuse(f"have names above `{word}`: `axes: {{NAME: {{{word}: ...}}}}`")
        return value


class PointSpec(Strict):
    """The part of a sweep that one point is made of."""

    trajectories: Annotated[int, Field(ge=1, le=MOST_TRAJECTORIES), WHOLE]
    model: ModelSpec
    numerics: NumericsSpec


def check_format(content: Any) -> SweepSpec:
    """The typed content of a sweep that was normalised before.

    Raises:
        ValueError: if it has not the format of a sweep file.
    """
    return SweepSpec.model_validate(content)


def schema_text() -> str:
    """The JSON schema of a sweep file, as it is kept beside the workflow."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= _any_of(SweepSpec.model_json_schema())
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _any_of(schema: Any) -> Any:
    """A schema whose unions may be fulfilled twice: an integer is a number as well."""
    if isinstance(schema, dict):
        return {"anyOf" if k == "oneOf" else k: _any_of(inner) for k, inner in schema.items()}
    return [_any_of(inner) for inner in schema] if isinstance(schema, list) else schema
