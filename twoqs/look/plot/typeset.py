"""Texts of pictures: operators as formulas, lines of the right length."""

from __future__ import annotations

import re
import textwrap

from matplotlib.mathtext import MathTextParser

OPERATORS = re.compile(
    r"<(?P<mean>[San](?:[San^+\-_ ]|_\{[^}]+\})*)>|S\^[xyz+-](_\w|_\{[^}]+\})?|S\^2|\bxi\^2|a\^\+"
)
"""Expectation values and operators in texts."""

FORMULA = re.compile(r"\$[^$]+\$")

HIDDEN = "\ue000\ue001"
"""Letters that no text has: the first and any other one of what stands for a formula."""

STAND_IN = re.compile(f"{HIDDEN[0]}{HIDDEN[1]}*")

UNSHOWN = str.maketrans("", "", "{}_^")
"""Letters of formulas that are not shown."""


def wrapped(text: str, width: int) -> str:
    """Text with operators as formulas, and dollar signs as such unless they enclose a formula.

    It is broken into lines of `width` characters as they are shown, never within a formula.
    """
    formulas = FORMULA.findall(text)
    # While the lines are broken, each stands as so many letters as it will show.
    lines = textwrap.wrap(FORMULA.sub(lambda found: _stand_in(found[0], width), text), width)
    found = [len(STAND_IN.findall(line)) for line in lines]
    if sum(found) != len(formulas) or any(re.match(HIDDEN[1], line) for line in lines):
        return _typeset(text)
    rest = iter(formulas)
    return "\n".join(_typeset(STAND_IN.sub(lambda _: next(rest), line)) for line in lines)


def _stand_in(formula: str, width: int) -> str:
    shown = len(re.sub(r"\\[A-Za-z]+", "x", formula.strip("$")).translate(UNSHOWN))
    return HIDDEN[0] + HIDDEN[1] * (min(shown, width) - 1)


def _typeset(text: str) -> str:
    try:
        if text.count("$") % 2 == 0:
            # Every other part is a formula already.
            parts = text.split("$")
            parts[::2] = [OPERATORS.sub(_as_formula, part) for part in parts[::2]]
            text = "$".join(parts)
        MathTextParser("path").parse(text)
    except ValueError:
        return text.replace("$", r"\$")
    return text


def _as_formula(found: re.Match[str]) -> str:
    # In braces, signs have no spaces beside them.
    whole, mean = (re.sub(r"\^([+-])", r"^{\1}", found[name] or "") for name in (0, "mean"))
    whole = whole.replace("xi", r"\xi")
    return rf"$\langle {mean} \rangle$" if mean else f"${whole}$"
