"""Mean-field theory of any model: classical spins of length S, without noise."""

from twoqs.theory.mean_field.fixed_points import FixedPoint, fixed_points
from twoqs.theory.mean_field.trajectory import trajectory

__all__ = ["FixedPoint", "fixed_points", "trajectory"]
