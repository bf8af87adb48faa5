"""The format of the model in a sweep file: `twoqs.Model` and its lattice, as text."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from twoqs.model.geometry import CELLS
from twoqs.model.limits import MOST_CONNECTED, MOST_POWER, MOST_SITES, MOST_SPIN
from twoqs.model.terms import KEYWORDS, VECTOR_KEYWORDS
from twoqs.sweep.fields import (
    WHOLE,
    Formula,
    Number,
    NumberOrFormula,
    OneOf,
    Positive,
    Real,
    Strict,
    by_word,
    finite,
    refuse,
)
from twoqs.sweep.in_time import EventSpec, ParameterText, PerAxis, Rate
from twoqs.sweep.light import LightSpec
from twoqs.sweep.states import InitialText, Name

Exponent = Annotated[Real, Field(ge=0, le=MOST_POWER)]
Side = Annotated[int, Field(ge=1, le=MOST_SITES), WHOLE]


class Grid(Strict):
    """Numbers of cells along the sides of a lattice, which has the unit cell `kind`."""

    kind: ClassVar[str]
    periodic: bool = True

    @model_validator(mode="after")
    def _sides(self) -> Grid:
        cell = CELLS[self.kind]
        sides = {name: value for name, value in self if name != "periodic"}
        for name, n in sides.items():
            if self.periodic and n < cell.least:
                raise refuse(f"have {name} of at least {cell.least} with periodic boundaries")
        if math.prod(cell.shape(tuple(sides.values()))) > MOST_SITES:
            raise refuse(f"make at most {MOST_SITES} sites")
        return self


class Chain(Grid):
    kind = "chain"
    n: Side


class Plane(Grid):
    nx: Side
    ny: Side


class SquareLattice(Plane):
    kind = "square"


class Triangular(Plane):
    kind = "triangular"


class Honeycomb(Plane):
    kind = "honeycomb"


class Kagome(Plane):
    kind = "kagome"


class Cubic(Plane):
    kind = "cubic"
    nz: Side


class AllToAll(Strict):
    n: Annotated[int, Field(ge=1, le=MOST_CONNECTED), WHOLE]


class Edges(Strict):
    edges: list[Annotated[list[Number], Field(min_length=2, max_length=3)]]
    n_sites: Side | None = None

    @field_validator("edges")
    @classmethod
    def _bounded(cls, value: list[list[int | float]]) -> list[list[int | float]]:
        if any(abs(site) >= MOST_SITES for edge in value for site in edge[:2]):
            raise refuse(f"hold site numbers from 0 to {MOST_SITES - 1}")
        if not all(finite(weight) for edge in value for weight in edge[2:]):
            raise refuse("hold finite weights")
        return value


class GridSpec(OneOf):
    """A lattice with a unit cell."""

    chain: Chain | None = None
    square: SquareLattice | None = None
    cubic: Cubic | None = None
    triangular: Triangular | None = None
    honeycomb: Honeycomb | None = None
    kagome: Kagome | None = None


class Positions(Strict):
    points: list[Annotated[list[Real], Field(min_length=1, max_length=3)]]
    alpha: Exponent = 0.0
    cutoff: Positive | None = None


class PowerLawSpec(Strict):
    """All pairs of the sites of a lattice."""

    lattice: GridSpec
    alpha: Exponent
    cutoff: Positive | None = None


class LatticeSpec(GridSpec):
    all_to_all: AllToAll | None = None
    edges: Edges | None = None
    positions: Positions | None = None
    power_law: PowerLawSpec | None = None


LatticeText = Annotated[
    Annotated[Literal["single"], Tag("<text>")] | Annotated[LatticeSpec, Tag("<mapping>")],
    Discriminator(by_word),
]
Length = Annotated[float, Field(gt=0, le=MOST_SPIN, multiple_of=0.5)]


class ModeSpec(Strict):
    """`twoqs.Mode`, of which there is nothing to say."""


class MemberSpec(Strict):
    """`twoqs.Spin`, `twoqs.Ensemble` or `twoqs.Mode`, or with a lattice `twoqs.Sites`, as text."""

    spin: Length | None = None
    ensemble: Annotated[int, Field(ge=1, le=2 * MOST_SPIN), WHOLE] | None = None
    mode: ModeSpec | None = None
    lattice: LatticeText | None = None

    @model_validator(mode="after")
    def _one(self) -> MemberSpec:
        given = [n for n in ("spin", "ensemble", "mode") if getattr(self, n) is not None]
        if len(given) != 1:
            raise refuse("hold exactly one of spin, ensemble, mode")
        if given == ["ensemble"] and self.lattice is not None:
            raise refuse("have no lattice beside an ensemble (make each one a member)")
        return self


class JumpSpec(Strict):
    """`twoqs.jump` or, with the word `collapse`, `twoqs.collapse`, as text."""

    operator: Formula | None = None
    collapse: Formula | None = None
    operators: list[Formula] | None = None
    rate: NumberOrFormula = 1.0
    rates: list[list[NumberOrFormula]] | None = None
    label: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> JumpSpec:
        given = [n for n in ("operator", "collapse", "operators") if getattr(self, n) is not None]
        if len(given) != 1:
            raise refuse("hold exactly one of operator, collapse, operators")
        if (self.operators is None) != (self.rates is None):
            raise refuse("hold `operators` and their matrix `rates` together")
        if self.collapse is not None and self.rate != 1.0:
            raise refuse("have no `rate` beside `collapse`, whose root is in the operator")
        return self


FORMULAS = ("parameters", "hamiltonian", "jumps", "light")


_KEYWORDS: dict[str, Any] = {
    name: (PerAxis, Field(default=[0.0, 0.0, 0.0])) if name in VECTOR_KEYWORDS else (Rate, 0.0)
    for name in KEYWORDS
}
Keywords: Any = create_model("Keywords", __base__=Strict, **_KEYWORDS)
"""The keywords of `twoqs.Model`: those that the vocabulary has."""


def _has_samples(state: Any) -> bool:
    return isinstance(state, dict) and "samples" in state


class ModelSpec(Keywords):
    """`twoqs.Model`, as text: with keywords for one member, or with formulas for any."""

    members: Annotated[dict[Name, MemberSpec], Field(min_length=1)] | None = None
    parameters: dict[Name, ParameterText] | None = None
    hamiltonian: Formula | None = None
    jumps: list[JumpSpec] | None = None
    light: LightSpec | None = None
    events: list[EventSpec] | None = None
    spin: Length | None = None
    lattice: LatticeText = "single"
    initial: InitialText = "down"

    @field_validator("spin", mode="before")
    @classmethod
    def _a_number(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("float_type", "be a number")
        return value

    @field_validator("initial", mode="before")
    @classmethod
    def _no_samples(cls, value: Any, info: ValidationInfo) -> Any:
        members = info.data.get("members") or {}
        states = [value, *(value.values() if isinstance(value, dict) else ())]
        of_files = all(one != "samples" and not _has_samples(one) for one in states)
        if not of_files and "samples" not in members:
            raise refuse(
                "be a state of a file (`samples` of a result are for `simulate` in Python)"
            )
        return value

    @model_validator(mode="before")
    @classmethod
    def _says_which_spins(cls, data: Any) -> Any:
        """There are members, or else a spin; formulas are of members, which have names."""
        if not isinstance(data, dict):
            return data
        of_members = any(data.get(name) for name in FORMULAS)
        wanted = "members" if of_members else "spin"
        if data.get("members") is None and (of_members or "spin" not in data):
            raise cls._errors([{"type": "missing", "loc": (wanted,), "input": data}])
        return data

    @model_validator(mode="after")
    def _members_have_spins(self) -> ModelSpec:
        given = self.model_dump(include={"spin", "lattice"}, exclude_defaults=True)
        if self.members is not None and given:
            why = refuse("be left out where there are `members`, which have their own")
            raise self._errors([{"type": why, "loc": (n,), "input": v} for n, v in given.items()])
        if self.members is None and isinstance(self.initial, dict):
            why = refuse("be one state for all spins, or stand beside `members` with these names")
            raise self._errors([{"type": why, "loc": ("initial",), "input": self.initial}])
        return self

    @classmethod
    def _errors(cls, found: list[InitErrorDetails]) -> ValidationError:
        """Errors at keys, which are told where they belong."""
        return ValidationError.from_exception_data(cls.__name__, found)
