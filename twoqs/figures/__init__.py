"""The paper's figures, drawn from merged sweeps; the only part that imports matplotlib."""

from twoqs.figures.accuracy import draw_accuracy
from twoqs.figures.draw import FIGURES, draw

__all__ = ["FIGURES", "draw", "draw_accuracy"]
