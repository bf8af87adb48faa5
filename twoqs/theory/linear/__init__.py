"""Linear fluctuations about mean-field theory of any model: Holstein and Primakoff's spin waves."""

from twoqs.theory.linear.evolution import evolution
from twoqs.theory.linear.fluctuations import Fluctuations

__all__ = ["Fluctuations", "evolution"]
