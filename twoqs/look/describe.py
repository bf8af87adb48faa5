"""A sweep in words and formulas: `twoqs describe`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.flows.fastest import step_note
from twoqs.look.choice import at as selected
from twoqs.model.arguments import integer
from twoqs.model.describe import (
    EQUATION,
    MATRIX_EQUATION,
    Formulas,
    jump_text,
    jump_word,
    value_text,
)
from twoqs.model.describe_latex import equations_latex
from twoqs.model.language.jumps import Jump
from twoqs.model.model import Model
from twoqs.sweep import Axis, Point, Sweep
from twoqs.sweep.settings import as_typed

LISTED_VALUES = 6
"""Numbers that are listed; of more, the ends are shown."""

WIDTH = 14
"""Characters of the word in front of a line."""


def described_sweep(sweep: Sweep, point: Point, latex: bool = False) -> str:
    """What is simulated at a point of a sweep, and what the axes of the sweep set.

    Args:
        latex: whether only the equations are wanted, as LaTeX without dollar signs.
    """
    formulas = as_typed(point.settings[0]) or Formulas.of(point.model)
    if latex:
        return equations_latex(formulas)
    lines = [("sweep", f"{sweep.name}{_comment(sweep)}")]
    lines += [("member", line) for line in formulas.member_lines()]
    lines += list(_equations(formulas))
    lines += [("", text) for text in _rescaled(point.model, formulas)]
    lines += list(_numerics(point))
    lines.append(("trajectories", str(point.trajectories)))
    where = f", at {point.label}" if point.coordinates else ""
    lines.append(("point", f"{_number_of(sweep, point)} of {len(sweep.points)}{where}"))
    for axis in sweep.axes:
        lines.append(("axis", f"{axis.name} = {_axis(axis)}"))
        lines += [("", f"{part.name} = {_axis(part)}") for part in axis.parts]
    return "\n".join(f"{word:<{WIDTH}}{text}" for word, text in lines)


def point_of(sweep: Sweep, number: int | None = None, at: Mapping[str, str] | None = None) -> Point:
    """A point by its number from 0, or by coordinates: the nearest one, for numbers.

    Axes without a coordinate are at their first value.

    Raises:
        ArgumentError: for a number beyond the last point, a name that is no axis, a coordinate that
            cannot be, or both a number and coordinates.
    """
    count = len(sweep.points)
    if number is not None:
        require(not at, "at", "be left out beside `point`", at)
        where = f" (there are {count} points, from 0)"
        return sweep.points[integer("point", number, 0, count - 1, where)]
    return points_at(sweep, at or {})[0]


def points_at(sweep: Sweep, at: Mapping[str, str]) -> list[Point]:
    """All points at coordinates of some axes: the nearest ones, for numbers.

    Raises:
        ArgumentError: for a name that is no axis, or a coordinate that cannot be.
    """
    chosen = selected(numbered(sweep), at)
    return [sweep.points[number] for number in chosen.number.values.ravel().tolist()]


def numbered(sweep: Sweep) -> xr.Dataset:
    """The `number` of each point, over the axes of the sweep and what moves along them."""
    numbers = np.arange(len(sweep.points)).reshape(sweep.shape)
    every = ((axis.name, one) for axis in sweep.axes for one in (axis, *axis.parts))
    along = {one.name: (dim, np.array(one.coordinates), one.attributes) for dim, one in every}
    return xr.Dataset({"number": (sweep.dims, numbers)}, along)


def _comment(sweep: Sweep) -> str:
    text = sweep.spec["description"]
    return f": {text}" if text else ""


def _equations(formulas: Formulas) -> Iterator[tuple[str, str]]:
    """The master equation with H and the jump operators, by parameters and in numbers."""
    yield "equation", f"{EQUATION}, hbar = 1"
    operators, numbers = formulas.operators, formulas.operators.in_numbers()
    energy = operators.hamiltonian
    yield "H", "0" if energy is None else repr(energy)
    if energy is not None and repr(numbers.hamiltonian) != repr(energy):
        yield "", f"= {numbers.hamiltonian!r}"
    for one, plain in zip(operators.jumps, numbers.jumps, strict=True):
        yield jump_word(one), jump_text(one, numbers=True)
        if one.operators != plain.operators:
            yield "", f"= {jump_text(plain)}"
    if any(not isinstance(one, Jump) for one in operators.jumps):
        yield "", MATRIX_EQUATION
    values = ", ".join(f"{one.name} = {value_text(one.value)}" for one in formulas.parameters)
    if values:
        yield "parameters", values
    yield from (("event", repr(turn)) for turn in formulas.turns)


def _rescaled(model: Model, formulas: Formulas) -> Iterator[str]:
    """A line on keywords whose strengths are in units of 1/(2S)."""
    if formulas.operators != model.operators:  # which are as they were typed
        return
    words = {name.partition(".")[0]: term for name, term in model.terms.items()}
    rescaled = [name for name, term in words.items() if getattr(term, "divisor", 1.0) != 1.0]
    if rescaled:
        yield f"({', '.join(rescaled)}: with the factor 1/(2S) of keywords)"


def _numerics(point: Point) -> Iterator[tuple[str, str]]:
    numerics, model = point.numerics, point.model
    assert numerics.step is not None
    precision = "" if numerics.precision == "double" else f", {numerics.precision} precision"
    method = f"{numerics.scheme}, {numerics.representation}{precision}"
    steps = "steps" if point.pending else f"{numerics.n_steps} steps"
    yield "method", f"{method}, {steps} of at most {numerics.step:.6g}"
    note = step_note(model, numerics.end, numerics.step, numerics.method.default_step)
    if note:
        yield "", f"the step is {note}"
    if numerics.times is not None:
        yield "times", _range(numerics.times)
    elif point.pending:
        yield "average", "over a window that is found by the run"
    else:
        assert numerics.average is not None
        start, end = numerics.average
        yield "average", f"from {start:.6g} to {end:.6g} over {numerics.samples} samples"
    requests = [one.name for one in numerics.requests]
    yield "observables", ", ".join(["moments", *numerics.observables, *requests])


def _axis(axis: Axis) -> str:
    """The values of an axis, and what they set."""
    if axis.parts:
        return f"0 to {len(axis) - 1}, these together:"
    sets = axis.attributes.get("sets")
    if sets is None:
        return ", ".join(map(str, axis.coordinates))
    factor = axis.attributes.get("factor")
    units = axis.attributes.get("units")
    shown = _range(tuple(float(value) for value in axis.coordinates))
    times = "" if factor is None else f"{factor:g} times this to "
    return f"{shown}{f' {units}' if units else ''}, sets {times}{sets}"


def _range(values: tuple[float, ...]) -> str:
    """Some numbers, or the ends of many."""
    if len(values) <= LISTED_VALUES:
        return ", ".join(f"{value:.6g}" for value in values)
    return f"{values[0]:.6g} to {values[-1]:.6g}, {len(values)} values"


def _number_of(sweep: Sweep, point: Point) -> int:
    return int(np.ravel_multi_index(point.index, sweep.shape)) if point.index else 0
