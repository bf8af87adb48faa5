"""The paper's figures, by their names."""

from twoqs.paper.figures.accuracy import draw_accuracy
from twoqs.paper.figures.draw import FIGURES, draw

__all__ = ["FIGURES", "draw", "draw_accuracy"]
