"""Names of axes and units as the symbols that figures use for them."""

from __future__ import annotations

import re

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu",
    "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
    "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega",
)  # fmt: skip
"""Letters by the names that TeX gives them."""

SPELLED = {"lam": "lambda"}
"""Names of letters that are words of Python, in the form that formulas have them."""

_LETTER = "|".join([*GREEK, *SPELLED])
_NAME = re.compile(rf"(?P<letter>{_LETTER}|[A-Za-z])(_(?P<index>{_LETTER}|[A-Za-z0-9]{{1,2}}))?")


def symbol(name: str) -> str:
    """`Gamma_phi` or `J_y` as a formula; any other name, a single letter included, as it is."""
    found = _NAME.fullmatch(name)
    if found is None or (found["index"] is None and found["letter"] not in (*GREEK, *SPELLED)):
        return name
    index = "" if found["index"] is None else f"_{{{_tex(found['index'])}}}"
    return f"${_tex(found['letter'])}{index}$"


def _tex(letter: str) -> str:
    letter = SPELLED.get(letter, letter)
    return f"\\{letter}" if letter in GREEK else letter
