"""References: what is exact, mean-field theory and linear fluctuations about it."""

from twoqs.theory import linear, mean_field
from twoqs.theory.decay import decay_sz
from twoqs.theory.driven import driven_spin, driven_steady_state
from twoqs.theory.master_equation import evolve, steady_state
from twoqs.theory.operators import to_qutip
from twoqs.theory.populations import populations_at_rest, populations_in_time
from twoqs.theory.single_members import single_members_at_rest, single_members_in_time

__all__ = [
    "decay_sz", "driven_spin", "driven_steady_state", "evolve", "linear", "mean_field",
    "populations_at_rest", "populations_in_time", "single_members_at_rest",
    "single_members_in_time", "steady_state", "to_qutip",
]  # fmt: skip
