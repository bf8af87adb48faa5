"""Names and units in plain letters, as a page shows them without any formula."""

from __future__ import annotations

import re
import unicodedata

from twoqs.look.plot.symbols import GREEK, SPELLED

_NAME = re.compile(rf"(?<![A-Za-z])({'|'.join([*GREEK, *SPELLED])}|hbar)(?![A-Za-z])")


def plain_symbols(text: str) -> str:
    """Text with Greek letters, hbar and squares as letters: `Gamma_phi` becomes `Γ_φ`."""
    return _NAME.sub(lambda found: _letter(found[0]), text).replace("^2", "²")


def _letter(name: str) -> str:
    if name == "hbar":
        return "ħ"
    name = SPELLED.get(name, name)
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    spelled = {"lambda": "LAMDA"}.get(name.lower(), name.upper())  # as Unicode has it
    return unicodedata.lookup(f"GREEK {size} LETTER {spelled}")
