"""What is claimed of a figure's deviations: the file of claims."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
)

from twoqs.errors import ArgumentError
from twoqs.measure import OBSERVABLES
from twoqs.measure.members import SITES_OF
from twoqs.sweep.explain import explain
from twoqs.sweep.fields import by_form, by_shape, refuse
from twoqs.sweep.problems import KeyPath, Problem, SpecError, nearest, sentence
from twoqs.sweep.source import read_document

NAMES = tuple(
    name for name, record in OBSERVABLES.items() if not {*SITES_OF.values()} & {*record.dims}
)


def _known(name: str) -> str:
    if name not in NAMES:
        raise refuse(f"be the name of a result{nearest(name, NAMES)}")
    return name


def _form(value: Any) -> str:
    return "<text>" if isinstance(value, str) else by_shape(value)


def _ordered(ends: list[float]) -> list[float]:
    if ends[0] > ends[1]:
        raise refuse("be [lowest, highest]")
    return ends


VariableName = Annotated[str, AfterValidator(_known)]

ColumnValue = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[float, Tag("<number>")], Discriminator(_form)
]
ColumnValues = Annotated[
    Annotated[str, Tag("<text>")]
    | Annotated[float, Tag("<number>")]
    | Annotated[list[ColumnValue], Tag("<list>")],
    Discriminator(_form),
]
Interval = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ordered)]


class Claim(BaseModel):
    """Deviations of some values lie within a share of their scale, plus some standard errors.

    Attributes:
        name: short and unique within its figure.
        says: the claim in plain words.
        variables: names of the variables that it is about.
        where: values of columns (scheme, representation, spin, case, axes) that it is about.
        between: lowest and highest value of columns that it is about.
        until_optimum: whether it is about times up to the optimum of the squeezing only.
        percent: allowed deviation in per cent of the scale, or ...
        relative: ... of the prediction itself, ...
        errors: ... plus so many standard errors.
        expected: whether it should hold. If not, `says` tells what was tested, as in "Whether the
            scheme ...", and `because` why it is not met.
        because: why it does not hold, or only within such wide limits.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    says: str
    variables: Annotated[list[VariableName], Field(min_length=1)]
    where: dict[str, ColumnValues] = {}
    between: dict[str, Interval] = {}
    until_optimum: bool = False
    percent: Annotated[float, Field(ge=0)]
    relative: bool = False
    errors: Annotated[float, Field(ge=0)]
    expected: bool = True
    because: str = ""


Claims = Annotated[list[Claim], Field(min_length=1)]


class Subject(BaseModel):
    """A figure and all that is claimed of it.

    Attributes:
        title: what the figure shows, in a few words: its heading in the report.
        note: a paragraph on it for the report; none if empty.
        claims: about its deviations.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: str = ""
    note: str = ""
    claims: Claims


_FILE = TypeAdapter(
    dict[
        str,
        Annotated[
            Annotated[Claims, Tag("<list>")] | Annotated[Subject, Tag("<mapping>")],
            Discriminator(by_form),
        ],
    ]
)


def read_claims(path: str | os.PathLike[str]) -> dict[str, list[Claim]]:
    """Claims by figure, from a YAML file (`read_subjects`)."""
    return {figure: subject.claims for figure, subject in read_subjects(path).items()}


def read_subjects(path: str | os.PathLike[str]) -> dict[str, Subject]:
    """Figures with their claims, from a YAML file.

    Each figure has a mapping of the fields of `Subject`, or its claims alone, as a list.

    Raises:
        SpecError: with everything that is wrong with it.
    """
    document = read_document(path)
    if document.problems:
        raise SpecError(document.name, document.problems)
    try:
        found = _FILE.validate_python(document.data)
    except ValidationError as error:
        problems = [Problem(text, document.line(path)) for path, text in explain(error, _keys_at)]
        raise SpecError(document.name, problems) from None
    subjects = {
        figure: Subject(claims=own) if isinstance(own, list) else own
        for figure, own in found.items()
    }
    for figure, subject in subjects.items():
        names = [claim.name for claim in subject.claims]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            text = sentence((figure,), "name each claim once", ", ".join(twice))
            raise SpecError(document.name, [Problem(text, document.line((figure,)))])
    return subjects


def _keys_at(path: KeyPath) -> list[str]:
    """The valid keys of a figure, at (figure,), and of a claim, at the end of longer paths."""
    if len(path) == 1:
        return list(Subject.model_fields)
    return list(Claim.model_fields) if isinstance(path[-1], int) and len(path) <= 3 else []


def claims_for(claims: Mapping[str, list[Claim]], sweep: str) -> list[Claim]:
    """The claims about a sweep, whose name may end with its size: `fig1-preview`.

    Raises:
        ArgumentError: if there are none.
    """
    found = longest_fit(claims, sweep)
    if found is None:
        raise ArgumentError.of("claims", f"be about one of {', '.join(claims)}", sweep)
    return claims[found]


def longest_fit(names: Iterable[str], sweep: str) -> str | None:
    """The longest name that is a sweep's, or that with its size; None if there is none."""
    fitting = [name for name in names if sweep == name or sweep.startswith(f"{name}-")]
    return max(fitting, key=len, default=None)
