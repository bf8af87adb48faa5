"""Models that hold nothing but what is known to whom they are given."""

from __future__ import annotations

from collections.abc import Collection

from twoqs.errors import require
from twoqs.model.model import Model


def require_known(model: Model, known: Collection[str], who: str, instead: str = "") -> None:
    """Refuse a model that has a term beyond the `known` ones.

    Args:
        who: what does not know it, for the message.
        instead: what to do, for the message.

    Raises:
        ArgumentError: naming the term.
    """
    for label, term in model.terms.items():
        advice = f" ({instead})" if instead else ""
        wanted = f"be left out for {who}, which covers {', '.join(known)} alone{advice}"
        require(label in known, label, wanted, term.strength)
