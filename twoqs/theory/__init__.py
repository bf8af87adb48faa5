"""References: what is exact, mean-field theory and linear fluctuations about it."""

from twoqs.theory import linear, mean_field
from twoqs.theory.decay import decay_sz
from twoqs.theory.driven import driven_spin, driven_steady_state
from twoqs.theory.master_equation import evolve, steady_state
from twoqs.theory.operators import to_qutip

__all__ = [
    "decay_sz", "driven_spin", "driven_steady_state", "evolve", "linear", "mean_field",
    "steady_state", "to_qutip",
]  # fmt: skip
