"""Exact references: closed forms, the rate equation and the full master equation."""

from twoqs.theory.decay import decay_sz
from twoqs.theory.driven import driven_spin, driven_steady_state
from twoqs.theory.master_equation import evolve, steady_state
from twoqs.theory.operators import to_qutip

__all__ = [
    "decay_sz", "driven_spin", "driven_steady_state", "evolve", "steady_state", "to_qutip",
]  # fmt: skip
