"""The paper's figures and quick pictures of any sweep; the only part that imports matplotlib."""

from twoqs.look.plot.picture import plot
from twoqs.paper.figures.accuracy import draw_accuracy
from twoqs.paper.figures.draw import FIGURES, draw

__all__ = ["FIGURES", "draw", "draw_accuracy", "plot"]
