"""Light that emitters share in a sweep file: its format, and the terms that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from twoqs.errors import require, within
from twoqs.model.emitters import Light
from twoqs.model.language.jumps import JumpMatrix
from twoqs.model.language.members import Member, Sites
from twoqs.model.language.names import meant
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.text import read_number, read_rate
from twoqs.model.light import dipoles, waveguide
from twoqs.sweep.fields import (
    NumberOrFormula,
    PerSite,
    Real,
    Strict,
    by_rate,
    refuse,
)
from twoqs.sweep.states import Name

Emitters = Annotated[list[str], Field(min_length=1)]


class DirectedRates(Strict):
    """Rates of light that runs towards smaller and larger positions."""

    left: NumberOrFormula
    right: NumberOrFormula


GammaText = Annotated[
    Annotated[NumberOrFormula, Tag("<number>")] | Annotated[DirectedRates, Tag("<mapping>")],
    Discriminator(by_rate),
]


class WaveguideSpec(Strict):
    """`twoqs.waveguide`, as text.

    `label` is that of its jump; with formulas for both directions of two, NAME_left and NAME_right.
    """

    label: Name | None = None
    emitters: Emitters
    gamma: GammaText
    k: NumberOrFormula
    positions: list[Real] | None = None


class DipolesSpec(Strict):
    """`twoqs.dipoles`, as text; `label` is that of its jump."""

    label: Name | None = None
    emitters: Emitters
    gamma: NumberOrFormula
    k: NumberOrFormula
    direction: Annotated[list[NumberOrFormula], Field(min_length=3, max_length=3)]
    positions: list[PerSite] | None = None


class LightSpec(Strict):
    """What emitters share: decay through S^- together, and exchange."""

    waveguide: WaveguideSpec | None = None
    dipoles: DipolesSpec | None = None

    @model_validator(mode="after")
    def _some(self) -> LightSpec:
        if self.waveguide is None and self.dipoles is None:
            raise refuse("hold one of waveguide, dipoles")
        return self


SharedTerms = tuple[Operator, JumpMatrix]
"""A part of H, and the jump operators that go with it."""


def light_of(
    kind: str,
    text: dict[str, Any],
    members: Mapping[str, Member],
    parameters: Mapping[str, Parameter],
) -> list[SharedTerms]:
    """The terms of one kind of light; two of them where each direction has its parameters.

    Raises:
        ArgumentError: for what makes no sense, naming the path to it.
    """
    with within(f"light.{kind}"):
        emitters = list(_emitters(text["emitters"], members))
        places = _positions(text.get("positions"), emitters)
        k = _real("k", text["k"])
        found = []
        for gamma, factor, way in _rates(text["gamma"], parameters):
            light = _light(kind, places, gamma, k, text)
            rate = Expression.constant(1) if factor is None else factor
            energy = light.hamiltonian(*emitters)
            label = text.get("label") and text["label"] + way
            found.append((energy * rate, light.jump(*emitters, rate=rate, label=label)))
        return found


def _light(kind: str, places: Any, gamma: Any, k: float, text: dict[str, Any]) -> Light:
    if kind == "waveguide":
        return waveguide(places, gamma, k)
    direction = [read_number(entry, "direction") for entry in text["direction"]]
    return dipoles(places, direction, k, gamma)


def _emitters(names: list[str], members: Mapping[str, Member]) -> Iterator[Member]:
    for name in names:
        require(name in members, "emitters", f"name members{meant(name, members)}", name)
        yield members[name]


def _positions(given: Any, emitters: list[Member]) -> Any:
    """The positions that are given, or those of the lattice of the only emitter."""
    if given is not None:
        return given
    (one, *others) = emitters
    places = one.lattice.positions if isinstance(one, Sites) and not others else None
    wanted = "be given, unless the emitters are one member whose lattice has positions"
    require(places is not None, "positions", wanted, given)
    return places


def _real(name: str, text: Any) -> float:
    value = read_number(text, name)
    require(value.imag == 0, name, "be real", value)
    return value.real


def _rates(
    given: Any, parameters: Mapping[str, Parameter]
) -> Iterator[tuple[Any, Expression | None, str]]:
    """The `gamma` of each part, what multiplies it, and what follows its label.

    Numbers are in `gamma`, formulas beside it.
    """
    if not isinstance(given, dict):
        if isinstance(given, str):
            yield 1.0, read_rate(given, parameters, "gamma"), ""
        else:
            yield given, None, ""
        return
    left, right = given["left"], given["right"]
    if not isinstance(left, str) and not isinstance(right, str):
        yield (left, right), None, ""
        return
    for text, way, name in ((left, (1, 0), "left"), (right, (0, 1), "right")):
        yield way, read_rate(text, parameters, f"gamma.{name}"), f"_{name}"
