"""Draws a figure in the common style and writes it to files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twoqs.figures.style import STYLE


def save(make: Callable[[], Figure], outputs: Iterable[str | os.PathLike[str]]) -> None:
    """Write a figure into files (PDF, PNG, SVG by their ending)."""
    with style.context(STYLE):
        figure = make()
        FigureCanvasAgg(figure)
        for output in outputs:
            path = Path(output)
            path.parent.mkdir(parents=True, exist_ok=True)
            # No date in the file: the same data give the same bytes.
            stamp = {"CreationDate": None} if path.suffix == ".pdf" else {}
            figure.savefig(path, metadata=stamp)
