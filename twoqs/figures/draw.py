"""Draw a figure by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import xarray as xr
from matplotlib.figure import Figure

from twoqs.access import load
from twoqs.errors import require
from twoqs.figures import fig1, fig2, fig3, fig4, fig5, fig6, fig7
from twoqs.figures.save import save
from twoqs.predictions import read_predictions

FIGURES: dict[str, Callable[[xr.Dataset, xr.Dataset], Figure]] = {
    "fig1": fig1.figure,
    "fig2": fig2.figure,
    "fig3": fig3.figure,
    "fig4": fig4.figure,
    "fig5": fig5.figure,
    "fig6": fig6.figure,
    "fig7": fig7.figure,
}


def draw(
    name: str,
    store: str | os.PathLike[str],
    predicted: str | os.PathLike[str],
    outputs: Iterable[str | os.PathLike[str]],
) -> None:
    """Draw the figure `name` from the sweep in `store` into files (PDF, PNG, SVG by their ending).

    Args:
        predicted: file of the predictions for the sweep (`twoqs predict`).

    Raises:
        ArgumentError: if there is no such figure.
        StoreError: if the sweep or its predictions are not there, or not finished.
    """
    require(name in FIGURES, "name", f"be one of {', '.join(FIGURES)}", name)
    data, theory = load(store), read_predictions(predicted)
    save(lambda: FIGURES[name](data, theory), outputs)
