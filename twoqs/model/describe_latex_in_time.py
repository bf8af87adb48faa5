"""Parameters, pulses and turns of a model as LaTeX."""

from __future__ import annotations

from twoqs.model.compose import Members
from twoqs.model.language.components import ALL
from twoqs.model.language.events import TurnEvent
from twoqs.model.language.latex import latex, latex_expression, latex_name, latex_number, listed
from twoqs.model.language.members import Sites, Spin
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.parameters import Parameter
from twoqs.model.language.pulses import Cosine, Gauss, Piecewise, Pulse, Ramp, Sampled
from twoqs.model.language.write import joined_terms


def parameter_latex(one: Parameter) -> tuple[str, str]:
    """The name of a parameter and its value; a pulse is a function of t."""
    name = latex_name(one.name)
    if not isinstance(one.value, Pulse):
        return name, latex_number(one.value)
    return f"{name}(t)", _pulse(one.value)


def _pulse(pulse: Pulse) -> str:
    match pulse:
        case Gauss():
            width = rf"2 \cdot {_squared(pulse.width)}"
            peak = rf"\exp\left(-\frac{{{_since(pulse.center)}^2}}{{{width}}}\right)"
            return joined_terms([*_offset(pulse.offset), _times(pulse.height, peak)])
        case Ramp():
            slope = (pulse.after - pulse.before) / (pulse.stop - pulse.start)
            line = _times(slope, _since(pulse.start))
            start, stop, before, after = map(latex_number, (
                pulse.start, pulse.stop, pulse.before, pulse.after
            ))  # fmt: skip
            between = joined_terms([*_offset(pulse.before), line])
            return (
                rf"{between}\ \text{{for}}\ {start} \leq t \leq {stop},\quad "
                rf"{before}\ \text{{before}},\quad {after}\ \text{{after}}"
            )
        case Cosine():
            phase = joined_terms([_times(pulse.frequency, "t"), *_offset(pulse.phase)])
            wave = _times(pulse.amplitude, rf"\cos\left({phase}\right)")
            return joined_terms([*_offset(pulse.offset), wave])
        case Piecewise(times, values):
            pairs = zip(map(latex_number, times), map(latex_number, values), strict=True)
            return listed(rf"{value}\ \text{{from}}\ t = {time}" for time, value in pairs)
        case Sampled(times, values):
            pairs = zip(map(latex_number, times), map(latex_number, values), strict=True)
            points = listed(f"({time}, {value})" for time, value in pairs)
            return rf"\text{{straight lines through}}\ {points}"
    return rf"\text{{{pulse.kind}}}"


def _offset(value: float) -> list[str]:
    """A term of a sum, which is left out if it is 0."""
    return [latex_number(value)] if value else []


def _times(factor: float, what: str) -> str:
    """A product, in which 1 is left out."""
    if abs(factor) == 1:
        return "-" * (factor < 0) + what
    return rf"{latex_number(factor)}\,{what}"


def _since(time: float) -> str:
    return f"({joined_terms(['t', latex_number(-time)])})" if time else "t"


def _squared(value: float) -> str:
    """The square of a number, which may have a power of ten."""
    text = latex_number(value)
    return rf"\left({text}\right)^2" if "^" in text else f"{text}^2"


def _factor(text: str) -> str:
    """A text behind others, in brackets where it is a sum or negative."""
    sum_or_negative = " + " in text or " - " in text or text.startswith("-")
    return rf"\left({text}\right)" if sum_or_negative else text


def turn_latex(turn: TurnEvent, number: int, members: Members) -> tuple[str, str]:
    """The unitary U_n of a turn, and when it acts."""
    targets = turn.targets or tuple((member, ALL) for member in members)
    spins = added(_along(turn.axis, member, site) for member, site in targets)
    angle = _factor(latex_expression(turn.angle))
    exponent = rf"-\mathrm{{i}}\,{angle}\,{_factor(latex(spins))}"
    times = listed(map(latex_expression, turn.times))
    name = f"U_{{{number}}}"
    return name, (
        rf"\exp\left({exponent}\right),\quad "
        rf"\rho \to {name}\,\rho\,{name}^\dagger\ \text{{at}}\ t = {times}"
    )


def _along(axis: tuple[float, float, float], member: Spin | Sites, site: int) -> Operator:
    """A component of one spin, or of all of a member."""
    spin = member[site] if isinstance(member, Sites) and site != ALL else member
    parts = [n * part for n, part in zip(axis, (spin.x, spin.y, spin.z), strict=True) if n]
    return added(parts)
