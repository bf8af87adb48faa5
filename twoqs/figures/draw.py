"""Draw a figure by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import xarray as xr
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twoqs.access import load
from twoqs.errors import require
from twoqs.figures import fig4, fig7
from twoqs.figures.style import STYLE

FIGURES: dict[str, Callable[[xr.Dataset], Figure]] = {"fig4": fig4.figure, "fig7": fig7.figure}


def draw(
    name: str, store: str | os.PathLike[str], outputs: Iterable[str | os.PathLike[str]]
) -> None:
    """Draw the figure `name` from the sweep in `store` into files (PDF, PNG, SVG by their ending).

    Raises:
        ArgumentError: if there is no such figure.
        StoreError: if the sweep is not there or not finished.
    """
    require(name in FIGURES, "name", f"be one of {', '.join(FIGURES)}", name)
    with style.context(STYLE):
        figure = FIGURES[name](load(store))
        FigureCanvasAgg(figure)
        for output in outputs:
            path = Path(output)
            path.parent.mkdir(parents=True, exist_ok=True)
            # No date in the file: the same data give the same bytes.
            stamp = {"CreationDate": None} if path.suffix == ".pdf" else {}
            figure.savefig(path, metadata=stamp)
