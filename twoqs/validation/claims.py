"""What is claimed of a figure's deviations, and whether it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
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
from twoqs.sweep.explain import explain
from twoqs.sweep.fields import by_form, by_shape, refuse
from twoqs.sweep.problems import Path, Problem, SpecError, nearest, sentence
from twoqs.sweep.source import read
from twoqs.validation.table import COLUMNS, ROUNDING
from twoqs.validation.words import percent, plain

NAMES = tuple(name for name, record in OBSERVABLES.items() if "site" not in record.dims)


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


Variable = Annotated[str, AfterValidator(_known)]

Wanted = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[float, Tag("<number>")], Discriminator(_form)
]
Values = Annotated[
    Annotated[str, Tag("<text>")]
    | Annotated[float, Tag("<number>")]
    | Annotated[list[Wanted], Tag("<list>")],
    Discriminator(_form),
]
Span = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ordered)]


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
    variables: Annotated[list[Variable], Field(min_length=1)]
    where: dict[str, Values] = {}
    between: dict[str, Span] = {}
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


@dataclass(frozen=True)
class Verdict:
    """A claim and what was found.

    Attributes:
        claim: what was claimed.
        values: number of values that it is about.
        outside: number of them beyond the limits.
        worst: the value that lies farthest beyond, or nearest to, its limit.
        largest_percent: largest deviation in per cent of its scale.
        largest_z: largest deviation in standard errors.
    """

    claim: Claim
    values: int
    outside: int
    worst: dict[str, object]
    largest_percent: float
    largest_z: float

    def __str__(self) -> str:
        limit = f"{self.claim.percent:g} % + {self.claim.errors:g} errors"
        if not self.values:
            return f"{self.claim.name}: {self.state}: no value is about it"
        return (
            f"{self.claim.name}: {self.state}: {self.outside} of {self.values} values beyond "
            f"{limit}; largest {percent(self.largest_percent)}, |z| {plain(self.largest_z)}"
        )

    @property
    def state(self) -> str:
        """What was found, in words.

        Where deviations exceed the per cent of the claim, and only their errors allow it, more
        trajectories might show what noise hides.
        """
        if not self.holds:
            return "does not hold" if self.claim.expected else "not met (known limit)"
        word = "holds" if self.claim.expected else "met"
        within = self.largest_percent <= self.claim.percent + 100 * ROUNDING
        return word if within else f"{word} within the noise"

    @property
    def holds(self) -> bool:
        """Whether there is something to hold, and all of it does."""
        return self.values > 0 and self.outside == 0

    @property
    def surprises(self) -> bool:
        """Whether it should hold and does not; what should fail may also pass (more noise)."""
        return self.claim.expected and not self.holds


def read_claims(path: str | os.PathLike[str]) -> dict[str, list[Claim]]:
    """Claims by figure, from a YAML file (`read_subjects`)."""
    return {figure: subject.claims for figure, subject in read_subjects(path).items()}


def read_subjects(path: str | os.PathLike[str]) -> dict[str, Subject]:
    """Figures with their claims, from a YAML file.

    Each figure has a mapping of the fields of `Subject`, or its claims alone, as a list.

    Raises:
        SpecError: with everything that is wrong with it.
    """
    document = read(path)
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


def _keys_at(path: Path) -> list[str]:
    """The valid keys of a figure, at (figure,), and of a claim, at the end of longer paths."""
    if len(path) == 1:
        return list(Subject.model_fields)
    return list(Claim.model_fields) if isinstance(path[-1], int) and len(path) <= 3 else []


def figure_of(figures: Iterable[str], sweep: str) -> str:
    """The figure that a sweep is of, whose name may end with its size: `fig1-preview`.

    Raises:
        ArgumentError: if it is of none of them.
    """
    names = list(figures)
    fitting = [name for name in names if sweep == name or sweep.startswith(f"{name}-")]
    if fitting:
        return max(fitting, key=len)
    raise ArgumentError.of("claims", f"be about one of {', '.join(names)}", sweep)


def claims_for(claims: Mapping[str, list[Claim]], sweep: str) -> list[Claim]:
    """The claims about a sweep.

    Raises:
        ArgumentError: if there are none.
    """
    return claims[figure_of(claims, sweep)]


def check(table: pd.DataFrame, claims: Iterable[Claim]) -> list[Verdict]:
    """Whether claims hold for a table of deviations.

    Raises:
        ArgumentError: if a claim is about a column that the table does not have.
    """
    return [_check(table, claim) for claim in claims]


def about(table: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """The rows of a table of deviations that a claim goes by.

    Raises:
        ArgumentError: if it is about a column that the table does not have.
    """
    rows = table[table.variable.isin(claim.variables)]
    for column, wanted in claim.where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        rows = rows[_column(rows, column, claim).isin(values)]
    for column, (low, high) in claim.between.items():
        values = _column(rows, column, claim)
        if not is_numeric_dtype(values):
            raise ArgumentError.of(f"{claim.name}.between", "name columns of numbers", column)
        rows = rows[values.between(low, high)]
    if claim.until_optimum:
        rows = rows[_column(rows, "time", claim) <= _optimum_time(table, rows, claim)]
    return rows


def _check(table: pd.DataFrame, claim: Claim) -> Verdict:
    rows = about(table, claim)
    if rows.empty:
        return Verdict(claim, 0, 0, {}, np.nan, np.nan)
    off = (rows.value - rows.reference).abs()
    scale = rows.reference.abs() if claim.relative else rows.scale
    allowed = (claim.percent / 100 + ROUNDING) * scale
    allowed += claim.errors * rows.standard_error.fillna(0.0)
    # What is not finite, an error included, bears nothing out.
    finite = np.isfinite(off) & np.isfinite(allowed)
    beyond = (off - allowed).where(finite, np.inf)
    worst = beyond.idxmax()
    return Verdict(
        claim,
        len(rows),
        int((beyond > 0).sum()),
        rows.loc[worst].dropna().to_dict(),
        float((100 * off / scale.where(scale > 0)).max()),
        float(rows.z.abs().max()),
    )


def _column(table: pd.DataFrame, name: str, claim: Claim) -> pd.Series:
    if name not in table:
        raise ArgumentError.of(claim.name, "be about columns of the table", name)
    return table[name]


def _optimum_time(table: pd.DataFrame, rows: pd.DataFrame, claim: Claim) -> pd.Series:
    """For each row the time at its point at which the predicted squeezing is smallest."""
    curves = table[(table.variable == "squeezing") & table.reference.notna()]
    if curves.empty or "time" not in table:
        wanted = "be about a sweep whose squeezing is predicted over time"
        raise ArgumentError.of(f"{claim.name}.until_optimum", wanted, True)
    keys = [name for name in rows.columns if name not in ("time", "distance", *COLUMNS)]
    optima = curves.loc[curves.groupby(keys, dropna=False).reference.idxmin(), [*keys, "time"]]
    found = rows[keys].merge(optima, on=keys, how="left").time
    return pd.Series(found.fillna(np.inf).to_numpy(), index=rows.index)
