"""New values and points for a finished sweep, where its results change fastest."""

from __future__ import annotations

from twoqs.look.refine.curves import set_aside
from twoqs.look.refine.propose import Refinement, refine
from twoqs.look.refine.respec import Source, grown_text, refined

__all__ = ["Refinement", "Source", "grown_text", "refine", "refined", "set_aside"]
