"""The paper's figures and quick pictures of any sweep; the only part that imports matplotlib."""

from twoqs.figures.accuracy import draw_accuracy
from twoqs.figures.draw import FIGURES, draw
from twoqs.figures.quick import plot

__all__ = ["FIGURES", "draw", "draw_accuracy", "plot"]
