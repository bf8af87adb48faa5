"""A model as people read it: its members with their states, parameters, H and jumps as formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from twoqs.model.compose import Members, Operators, name_of, rate_of
from twoqs.model.initial import Initial, parts
from twoqs.model.kinds import MODE
from twoqs.model.language.events import TurnEvent
from twoqs.model.language.jumps import AnyJump, Jump, own_label
from twoqs.model.language.members import Ensemble, Member, Sites
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.write import SHORT
from twoqs.model.mode_states import ModeState
from twoqs.model.samples import Samples
from twoqs.model.states import AnyState, InitialState, Mixed, Mixture
from twoqs.model.values import collapsed, per_site

if TYPE_CHECKING:
    from twoqs.model.model import Model

EQUATION = "d rho/dt = -i [H, rho] + sum of rate (2 c rho c^+ - c^+ c rho - rho c^+ c)"
"""The master equation in the convention of rates; hbar = 1."""
MATRIX_EQUATION = "(a matrix G: sum_ij G_ij (2 c_i rho c_j^+ - c_j^+ c_i rho - rho c_j^+ c_i))"
"""The dissipator of several jump operators c_i that share a matrix of rates."""


MOST_ROWS = 3
"""Rows of a matrix of rates that are written out."""


class Formulas(NamedTuple):
    """What is written of a model.

    Attributes:
        members: its spins, with the names that formulas have for them.
        operators: H and the jump operators, with their parameters.
        initial: where the spins start.
        turns: of spins at an instant.
    """

    members: Members
    operators: Operators
    initial: Initial
    turns: tuple[TurnEvent, ...] = ()

    @classmethod
    def of(cls, model: Model) -> Formulas:
        """The formulas of a model; what became keywords has no names and parameters any more."""
        return cls(model.members, model.operators, cast(Initial, model.initial), model.turns)

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters, by name."""
        found: dict[str, Parameter] = {}
        for operator in self.operators.all:
            found.update(operator.parameters)
        for one in self.operators.jumps:
            found.update(one.rate.parameters)
        for turn in self.turns:
            found.update(turn.parameters)
        return [found[name] for name in sorted(found)]

    def member_lines(self) -> Iterator[str]:
        """A line for each member: its spins, and where they start."""
        states = states_by_member(self.initial, self.members)
        for member, state in zip(self.members, states, strict=True):
            yield f"{name_of(member)}: {spins_text(member)}, initially {state}"


class Described:
    """How a model is printed: as formulas, in notebooks as LaTeX."""

    def __str__(self: Any) -> str:
        formulas = Formulas.of(self)
        energy, jumps = formulas.operators
        values = (f"{one.name} = {value_text(one.value)}" for one in formulas.parameters)
        lines = [*formulas.member_lines(), *values, f"H = {0 if energy is None else repr(energy)}"]
        jump_lines = (f"{jump_word(one)}: {jump_text(one)}" for one in jumps)
        return "\n".join([*lines, *jump_lines, *map(repr, formulas.turns)])

    def _repr_latex_(self: Any) -> str:
        from twoqs.model.describe_latex import equations_latex  # which is for notebooks only

        return f"$\\displaystyle {equations_latex(Formulas.of(self))}$"


def spins_text(member: Member) -> str:
    """What a member is: the length of its spins, and how many there are."""
    where = f" on {member.lattice!r}" if isinstance(member, Sites) else ""
    if isinstance(member, Ensemble):
        return f"{member.size} two-level members"
    return ("mode" if member.kind == MODE else f"S = {member.spin:g}") + where


def jump_word(one: AnyJump) -> str:
    """What a jump is called: by its label, if it has one that is no word of the vocabulary."""
    label = own_label(one)
    return "jump" if label is None else f"jump {label}"


def jump_text(one: AnyJump, numbers: bool = False) -> str:
    """A jump operator, and its rate.

    Args:
        numbers: whether the value of a rate with parameters stands behind it.
    """
    rate = repr(one.rate)
    value = rate_of(one)
    if numbers and one.rate.parameters and not isinstance(value, str):
        rate += f" = {SHORT.real(value)}"
    plain = one.rate == Expression.constant(1)
    if isinstance(one, Jump):
        return f"{one.operator!r}{'' if plain else f'   with rate {rate}'}"
    listed = ", ".join(repr(operator) for operator in one.operators[:MOST_ROWS])
    cut = ", ..." * (len(one.operators) > MOST_ROWS)
    rows = ", ".join(SHORT.numbers(row) for row in one.rates)
    size = len(one.rates)
    matrix = f"[{rows}]" if size <= MOST_ROWS else f"a {size}x{size} matrix"
    return f"[{listed}{cut}]   with rates {matrix}{'' if plain else f' times {rate}'}"


def value_text(value: float | Pulse) -> str:
    """A number, or a pulse as it would be typed."""
    if not isinstance(value, Pulse):
        return SHORT.real(value)
    given = ", ".join(f"{f.name}={_number(getattr(value, f.name))}" for f in fields(value))
    return f"{value.kind}({given})"


def states_by_member(initial: Initial, members: Members) -> list[str]:
    """The initial state of the spins of each member, as it would be typed."""
    found = []
    for state, own in parts(initial, members):
        sizes = [member.n_sites for member in own]
        ends = np.cumsum([0, *sizes]).tolist()
        for start, end in pairwise(ends):
            found.append(_state_text(_at_sites(state, start, end, ends[-1])))
    return found


def _at_sites(state: AnyState, start: int, end: int, count: int) -> AnyState:
    """The state of some of the spins that have it together."""
    if not isinstance(state, InitialState):
        return state
    theta, phi = (
        collapsed(tuple(per_site(angle, count)[start:end].tolist()))
        for angle in (state.theta, state.phi)
    )
    return InitialState(theta, phi)


def _state_text(state: AnyState) -> str:
    if isinstance(state, InitialState):
        if state.theta in (0.0, math.pi):
            return "up" if state.theta == 0.0 else "down"
        return f"coherent({_number(state.theta)}, {_number(state.phi)})"
    if isinstance(state, Samples):
        return repr(state)
    if state == ModeState():
        return "vacuum"
    if isinstance(state, Mixed):
        return "mixed"
    if isinstance(state, Mixture):
        pairs = ", ".join(f"({SHORT.real(w)}, {_state_text(one)})" for w, one in state.states)
        return f"mixture([{pairs}]{', each=True' * state.each})"
    values = {f.name: getattr(state, f.name) for f in fields(state)}
    given = ", ".join(f"{name}={_number(value)}" for name, value in values.items())
    word = "gaussian" if isinstance(state, ModeState) else type(state).__name__.lower()
    return f"{word}({given})"


def _number(value: complex | tuple[float, ...]) -> str:
    if isinstance(value, complex):
        return SHORT.number(value)
    return SHORT.numbers(value) if isinstance(value, tuple) else SHORT.real(value)
