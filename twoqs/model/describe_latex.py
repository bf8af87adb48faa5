"""A model as LaTeX: the master equation, H, jump operators and parameters, line by line."""

from __future__ import annotations

from twoqs.model.describe import MOST_ROWS, Formulas, value_text
from twoqs.model.language.jumps import AnyJump, Jump, JumpMatrix
from twoqs.model.language.latex import latex, latex_expression, latex_name, latex_number
from twoqs.model.language.members import Sites
from twoqs.model.language.parameters import Expression
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.write import SHORT

DISSIPATOR = r"2 c_n \rho c_n^\dagger - c_n^\dagger c_n \rho - \rho c_n^\dagger c_n"
MATRIX = r"2 c_i \rho c_j^\dagger - c_j^\dagger c_i \rho - \rho c_j^\dagger c_i"


def equations_latex(formulas: Formulas) -> str:
    """The equations of a model, aligned at their equals signs; without dollar signs."""
    energy, jumps = formulas.operators
    rows = [(r"\dot\rho", _equation(energy is not None, jumps))]
    if energy is not None:
        rows.append(("H", latex(energy)))
    rows.extend(_jump(one, n) for n, one in enumerate(jumps, 1))
    for member in formulas.members:
        below = f"_{{{latex_name(member.name)}}}" if member.name else ""
        count = rf"\quad (N = {member.n_sites})" if isinstance(member, Sites) else ""
        rows.append((f"S{below}", SHORT.real(member.spin) + count))
    for one in formulas.parameters:
        rows.append((latex_name(one.name), _value(one.value)))
    rows.extend((r"\text{at}", rf"\text{{{turn!r}}}") for turn in formulas.turns)
    lines = "\\\\\n".join(f"{left} &= {right}" for left, right in rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _value(value: float | Pulse) -> str:
    return rf"\text{{{value_text(value)}}}" if isinstance(value, Pulse) else SHORT.real(value)


def _equation(energy: bool, jumps: tuple[AnyJump, ...]) -> str:
    """The time derivative of the density matrix."""
    single = any(isinstance(one, Jump) for one in jumps)
    baths = [rf"\sum_n \mathrm{{rate}}_n \left({DISSIPATOR}\right)"] * single
    together = [_name(n) for n, one in enumerate(jumps, 1) if not isinstance(one, Jump)]
    return " + ".join([*[r"-\mathrm{i}\,[H, \rho]"] * energy, *baths, *together]) or "0"


def _name(number: int) -> str:
    """The dissipator of a matrix of rates."""
    return rf"\mathcal{{D}}_{{{number}}}(\rho)"


def _jump(one: AnyJump, number: int) -> tuple[str, str]:
    """A jump operator c_n with its rate, or the dissipator of a matrix of rates."""
    rate = latex_expression(one.rate)
    if isinstance(one, Jump):
        text = latex(one.operator)
        if one.local:
            text = text.replace(r"\sum_i ", "") + r"\ \text{at each site } i"
        return f"c_{{{number}}}", rf"{text},\quad \mathrm{{rate}}_{{{number}}} = {rate}"
    factor = "" if one.rate == Expression.constant(1) else rf"{rate}\,"
    listed = [latex(operator) for operator in one.operators[:4]]
    cut = [r"\dots"] * (len(one.operators) > len(listed))
    matrix = _matrix(one) if len(one.operators) <= MOST_ROWS else r"\dots"
    written = r",\ ".join([*listed, *cut])
    dissipator = rf"{factor}\sum_{{ij}} G_{{ij}} \left({MATRIX}\right)"
    return _name(number), rf"{dissipator},\quad c_i = {written},\quad G = {matrix}"


def _matrix(one: JumpMatrix) -> str:
    """The rates, row by row."""
    rows = (" & ".join(latex_number(entry) for entry in row) for row in one.rates)
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"
