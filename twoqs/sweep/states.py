"""The format of initial states in a sweep file, and the states that their text stands for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from twoqs.errors import within
from twoqs.model.mode_states import gaussian
from twoqs.model.states import SpinState, coherent, dicke, mixed, mixture, squeezed, thermal
from twoqs.sweep.fields import (
    MEMBER_NAME,
    Float,
    Nonnegative,
    OneOf,
    PerSite,
    Positive,
    Real,
    Strict,
    by_shape,
    by_word,
)

Polar = Annotated[Real, Field(ge=0, le=math.pi)]
Angle = Annotated[
    Annotated[Polar, Tag("<number>")] | Annotated[list[Polar], Tag("<list>")],
    Discriminator(by_shape),
]
StateWord = Annotated[Literal["down", "up", "mixed", "vacuum"], Tag("<text>")]
Alpha = Annotated[
    Float | Annotated[list[Real], Field(min_length=2, max_length=2), Tag("<list>")],
    Discriminator(by_shape),
]
Name = Annotated[str, Field(pattern=MEMBER_NAME)]


class Angles(Strict):
    theta: Angle
    phi: PerSite = 0.0


class DickeSpec(Strict):
    m: Real
    theta: Polar = 0.0
    phi: Real = 0.0


class ThermalSpec(Strict):
    beta: Real
    theta: Polar = 0.0
    phi: Real = 0.0


class SqueezedSpec(Strict):
    theta: Polar
    phi: Real
    variances: Annotated[list[Positive], Field(min_length=2, max_length=2)]
    angle: Real = 0.0


class PureSpec(OneOf):
    """A state that a mixture may hold, as text."""

    coherent: Angles | None = None
    dicke: DickeSpec | None = None
    thermal: ThermalSpec | None = None
    squeezed: SqueezedSpec | None = None


class WeightedSpec(Strict):
    weight: Nonnegative
    state: Annotated[StateWord | Annotated[PureSpec, Tag("<mapping>")], Discriminator(by_word)]


class MixtureSpec(Strict):
    states: Annotated[list[WeightedSpec], Field(min_length=1)]
    each: bool = False


class GaussianSpec(Strict):
    """`twoqs.gaussian`, a state of a mode; alpha is one number or [real, imaginary]."""

    alpha: Alpha = 0.0
    n: Nonnegative = 0.0
    r: Nonnegative = 0.0
    angle: Real = 0.0


class StateSpec(PureSpec):
    """A state of `twoqs`, as text."""

    mixture: MixtureSpec | None = None
    gaussian: GaussianSpec | None = None


STATES = tuple(StateSpec.model_fields)
"""Words for states; `down`, `up`, `mixed` and `vacuum` have nothing to be said of."""


def by_state(value: Any) -> str:
    """Text, a state, or a mapping with a state for each member."""
    if isinstance(value, dict) and not any(word in value for word in STATES):
        return "<members>"
    return by_word(value)


StateText = Annotated[StateWord | Annotated[StateSpec, Tag("<mapping>")], Discriminator(by_word)]
InitialText = Annotated[
    StateWord
    | Annotated[StateSpec, Tag("<mapping>")]
    | Annotated[dict[Name, StateText], Tag("<members>")],
    Discriminator(by_state),
]

_MAKERS: dict[str, Callable[..., SpinState]] = {
    "coherent": coherent,
    "dicke": dicke,
    "thermal": thermal,
    "squeezed": squeezed,
}


def initial_of(text: Any) -> SpinState | str | dict[str, SpinState | str]:
    """What `Model` takes as `initial`, from its text.

    Raises:
        ArgumentError: for values that make no sense together.
    """
    if by_state(text) == "<members>":
        states = {}
        for name, one in text.items():
            with within(f"initial.{name}"):
                states[name] = _state_of(one)
        return states
    return _state_of(text)


def _state_of(text: Any) -> Any:
    if isinstance(text, str):
        return mixed() if text == "mixed" else text
    ((word, arguments),) = text.items()
    if word == "mixture":
        pairs = [(one["weight"], _state_of(one["state"])) for one in arguments["states"]]
        return mixture(pairs, arguments["each"])
    if word == "gaussian":
        alpha = arguments["alpha"]
        given = complex(*alpha) if isinstance(alpha, list) else alpha
        return gaussian(**{**arguments, "alpha": given})
    return _MAKERS[word](**arguments)
