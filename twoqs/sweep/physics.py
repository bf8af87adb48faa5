"""The format of the model in a sweep file: `twoqs.Model` and its lattice, as text."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from twoqs.model.limits import MOST_CONNECTED, MOST_SITES, MOST_SPIN
from twoqs.sweep.fields import (
    WHOLE,
    Number,
    OneOf,
    PerAxis,
    PerSite,
    Rate,
    Strict,
    by_shape,
    by_word,
    finite,
    refuse,
)

Polar = Annotated[float, Field(ge=0, le=math.pi)]
Angle = Annotated[
    Annotated[Polar, Tag("<number>")] | Annotated[list[Polar], Tag("<list>")],
    Discriminator(by_shape),
]
Side = Annotated[int, Field(ge=1, le=MOST_SITES), WHOLE]


class Grid(Strict):
    """Sides of a lattice; periodic ones need three sites along each."""

    periodic: bool = True

    @model_validator(mode="after")
    def _sides(self) -> Grid:
        sides = {name: value for name, value in self if name != "periodic"}
        for name, n in sides.items():
            if self.periodic and n < 3:
                raise refuse(f"have {name} of at least 3 with periodic boundaries")
        if math.prod(sides.values()) > MOST_SITES:
            raise refuse(f"make at most {MOST_SITES} sites")
        return self


class Chain(Grid):
    n: Side


class Square(Grid):
    nx: Side
    ny: Side


class Cubic(Grid):
    nx: Side
    ny: Side
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


class LatticeSpec(OneOf):
    chain: Chain | None = None
    square: Square | None = None
    cubic: Cubic | None = None
    all_to_all: AllToAll | None = None
    edges: Edges | None = None


class Angles(Strict):
    theta: Angle
    phi: PerSite = 0.0


class Coherent(Strict):
    coherent: Angles


class ModelSpec(Strict):
    """`twoqs.Model`, as text."""

    spin: Annotated[float, Field(gt=0, le=MOST_SPIN, multiple_of=0.5)]
    lattice: Annotated[
        Annotated[Literal["single"], Tag("<text>")] | Annotated[LatticeSpec, Tag("<mapping>")],
        Discriminator(by_word),
    ] = "single"
    field: PerAxis = Field(default=[0.0, 0.0, 0.0])
    coupling: PerAxis = Field(default=[0.0, 0.0, 0.0])
    twist: PerAxis = Field(default=[0.0, 0.0, 0.0])
    decay: Rate = 0.0
    gain: Rate = 0.0
    dephasing: Rate = 0.0
    initial: Annotated[
        Annotated[Literal["down", "up"], Tag("<text>")] | Annotated[Coherent, Tag("<mapping>")],
        Discriminator(by_word),
    ] = "down"
