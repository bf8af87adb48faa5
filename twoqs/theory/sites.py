"""What the sites of a model are beside spins."""

from __future__ import annotations

from collections.abc import Iterable

from twoqs.measure.members import has_modes
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.language.jumps import AnyJump
from twoqs.model.model import Model


def with_processes(jumps: Iterable[AnyJump]) -> frozenset[str]:
    """Names of the ensembles whose single members have jump operators; others are spins N/2."""
    found = set()
    for jump in jumps:
        for channel in jump.channels:
            owners = channel.operator.members.items()
            found |= {name for name, m in owners if channel.local and m.kind == ENSEMBLE}
    return frozenset(found)


def beyond_spins(model: Model) -> str:
    """What a model has that is no spin; empty if it has nothing."""
    if has_modes(model):
        return "modes"
    return "processes of single members" if with_processes(model.operators.jumps) else ""
