"""What a result is of, in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.members import Member
from twoqs.model.model import Model


def title(model: Model) -> str:
    """How many spins, ensembles and modes there are: `One spin, S = 10; 2 modes`."""
    ensembles = [member for member in model.members if member.kind == ENSEMBLE]
    modes = [member for member in model.members if member.kind == MODE]
    spins = [member for member in model.members if member.kind not in (ENSEMBLE, MODE)]
    texts = [
        *_counted("spin", spins, "S", [member.spin for member in spins]),
        *_counted("ensemble", ensembles, "N", [2 * member.spin for member in ensembles]),
        *_counted("mode", modes),
    ]
    text = "; ".join(texts)
    return text[0].upper() + text[1:]


def _counted(
    word: str, members: Sequence[Member], letter: str = "", sizes: Iterable[float] = ()
) -> Iterator[str]:
    """How many there are, and their sizes: `2 spins, S = 3, 5`; nothing if there are none."""
    count = sum(member.n_sites for member in members)
    if count:
        listed = ", ".join(f"{size:g}" for size in sorted(set(sizes)))
        many = f"{count} {word}s" if count > 1 else f"one {word}"
        yield many + (f", {letter} = {listed}" if letter else "")
