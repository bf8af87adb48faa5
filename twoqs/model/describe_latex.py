"""A model as LaTeX: the master equation, H, jump operators and parameters, line by line."""

from __future__ import annotations

from twoqs.model.compose import Members
from twoqs.model.describe import MOST_ROWS, Formulas
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.components import ALL
from twoqs.model.language.events import TurnEvent
from twoqs.model.language.jumps import AnyJump, Jump, JumpMatrix, own_label
from twoqs.model.language.latex import (
    ValueLists,
    latex,
    latex_expression,
    latex_name,
    latex_number,
    listed,
)
from twoqs.model.language.members import Member, Mode, Site, Sites
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.pulses import Cosine, Gauss, Piecewise, Pulse, Ramp, Sampled
from twoqs.model.language.write import SHORT, joined_terms

DISSIPATOR = r"2 c_n \rho c_n^\dagger - c_n^\dagger c_n \rho - \rho c_n^\dagger c_n"
MATRIX = r"2 c_i \rho c_j^\dagger - c_j^\dagger c_i \rho - \rho c_j^\dagger c_i"


def equations_latex(formulas: Formulas) -> str:
    """The equations of a model, aligned at their equals signs; without dollar signs."""
    energy, jumps = formulas.operators
    lists = ValueLists()
    rows = [(r"\dot\rho", _equation(energy is not None, jumps))]
    if energy is not None:
        rows.append(("H", latex(energy, lists)))
    rows.extend(_jump(one, n, lists) for n, one in enumerate(jumps, 1))
    rows.extend(lists.rows)
    for member in formulas.members:
        below = f"_{{{latex_name(member.name)}}}" if member.name else ""
        count = rf"\quad (N = {member.n_sites})" if isinstance(member, Sites) else ""
        rows.append((f"S{below}", SHORT.real(member.spin) + count))
    rows.extend(_parameter(one) for one in formulas.parameters)
    turns = enumerate(formulas.turns, 1)
    rows.extend(_turn(turn, n, formulas.members) for n, turn in turns)
    lines = "\\\\\n".join(f"{left} &= {right}" for left, right in rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _equation(energy: bool, jumps: tuple[AnyJump, ...]) -> str:
    """The time derivative of the density matrix."""
    single = any(isinstance(one, Jump) for one in jumps)
    baths = [rf"\sum_n \mathrm{{rate}}_n \left({DISSIPATOR}\right)"] * single
    together = [_name(n) for n, one in enumerate(jumps, 1) if not isinstance(one, Jump)]
    return " + ".join([*[r"-\mathrm{i}\,[H, \rho]"] * energy, *baths, *together]) or "0"


def _name(number: int) -> str:
    """The dissipator of a matrix of rates."""
    return rf"\mathcal{{D}}_{{{number}}}(\rho)"


def _jump(one: AnyJump, number: int, lists: ValueLists) -> tuple[str, str]:
    """A jump operator c_n with its rate, or the dissipator of a matrix of rates."""
    rate = latex_expression(one.rate)
    if isinstance(one, Jump):
        text = latex(one.operator, lists)
        if one.local:
            of_ensemble = any(m.kind == ENSEMBLE for m in one.operator.members.values())
            each = "of each member" if of_ensemble else "at each site } i"
            text = text.replace(r"\sum_i ", "") + rf"\ \text{{{each}" + "}" * of_ensemble
        text = rf"{text},\quad \mathrm{{rate}}_{{{number}}} = {rate}{_label(one)}"
        return f"c_{{{number}}}", text
    factor = "" if one.rate == Expression.constant(1) else rf"{rate}\,"
    shown = [latex(operator, lists) for operator in one.operators[:MOST_ROWS]]
    if len(one.operators) > MOST_ROWS:
        shown[1:] = [r"\dots", latex(one.operators[-1], lists)]
    written = r",\ ".join(shown)
    dissipator = rf"{factor}\sum_{{ij}} G_{{ij}} \left({MATRIX}\right)"
    return _name(
        number
    ), rf"{dissipator},\quad c_i = {written},\quad G = {_matrix(one)}{_label(one)}"


def _label(one: AnyJump) -> str:
    """The label of a jump behind it."""
    label = own_label(one)
    return "" if label is None else rf"\quad ({latex_name(label)})"


def _matrix(one: JumpMatrix) -> str:
    """The rates, row by row; of large matrices the corners."""
    large = len(one.rates) > MOST_ROWS
    ends = (0, -1) if large else range(len(one.rates))
    entries = [[latex_number(one.rates[i][j]) for j in ends] for i in ends]
    if large:
        (a, b), (c, d) = entries
        dots = [r"\vdots", r"\ddots", r"\vdots"]
        entries = [[a, r"\cdots", b], dots, [c, r"\cdots", d]]
    rows = (" & ".join(row) for row in entries)
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"


def _parameter(one: Parameter) -> tuple[str, str]:
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


def _turn(turn: TurnEvent, number: int, members: Members) -> tuple[str, str]:
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


def _along(axis: tuple[float, float, float], member: Member, site: int) -> Operator:
    """A component of one spin, or of all of a member; of modes, which turn about z alone, n."""
    spin = member[site] if isinstance(member, Sites) and site != ALL else member
    if spin.kind == MODE:
        assert isinstance(spin, Mode | Sites | Site)
        return spin.n * axis[2]
    assert not isinstance(spin, Mode)
    parts = [n * part for n, part in zip(axis, (spin.x, spin.y, spin.z), strict=True) if n]
    return added(parts)
