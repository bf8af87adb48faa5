"""A model as LaTeX: the master equation, H, jump operators and parameters, line by line."""

from __future__ import annotations

from twoqs.model.describe import MOST_ROWS, Formulas
from twoqs.model.describe_latex_in_time import parameter_latex, turn_latex
from twoqs.model.language.jumps import AnyJump, Jump, JumpMatrix
from twoqs.model.language.latex import (
    ValueLists,
    latex,
    latex_expression,
    latex_name,
    latex_number,
)
from twoqs.model.language.members import Sites
from twoqs.model.language.parameters import Expression
from twoqs.model.language.write import SHORT

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
    rows.extend(parameter_latex(one) for one in formulas.parameters)
    turns = enumerate(formulas.turns, 1)
    rows.extend(turn_latex(turn, n, formulas.members) for n, turn in turns)
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
            text = text.replace(r"\sum_i ", "") + r"\ \text{at each site } i"
        return f"c_{{{number}}}", rf"{text},\quad \mathrm{{rate}}_{{{number}}} = {rate}"
    factor = "" if one.rate == Expression.constant(1) else rf"{rate}\,"
    shown = [latex(operator, lists) for operator in one.operators[:MOST_ROWS]]
    if len(one.operators) > MOST_ROWS:
        shown[1:] = [r"\dots", latex(one.operators[-1], lists)]
    written = r",\ ".join(shown)
    dissipator = rf"{factor}\sum_{{ij}} G_{{ij}} \left({MATRIX}\right)"
    return _name(number), rf"{dissipator},\quad c_i = {written},\quad G = {_matrix(one)}"


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
