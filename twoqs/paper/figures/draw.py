"""Draw a figure by its name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from twoqs.errors import ArgumentError, require
from twoqs.execution.predict import are_for, read_predictions
from twoqs.look.open import load
from twoqs.look.plot.save import check_output, save
from twoqs.look.plot.style import code_name
from twoqs.look.trusted import judged, statuses
from twoqs.sweep import Sweep

FIGURES = ("fig1", "fig2", "fig3", "fig4", "fig5", "fig6", "fig7")
"""Each is drawn by the module of its name, a function `figure` of results and predictions."""


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
        ArgumentError: if there is no such figure, a file ends otherwise, the sweep is another
            figure's, or the predictions are another sweep's.
        StoreError: if the sweep or its predictions are not there, or not finished.
    """
    require(name in FIGURES, "name", f"be one of {', '.join(FIGURES)}", name)
    paths = [Path(output) for output in outputs]
    for path in paths:
        check_output(path)
    data, theory = load(store), read_predictions(predicted)
    sweep = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    wanted = f"be for the sweep {sweep.name!r}"
    require(are_for(theory, sweep), "predictions", wanted, os.fspath(predicted))
    try:
        save(lambda: _figure(name, data, theory), paths)
    except (LookupError, ValueError, AttributeError) as error:
        if sweep.name.split("-")[0] == name:
            raise
        given = f"{os.fspath(store)} with the sweep {sweep.name}"
        raise ArgumentError.of("store", f"hold the sweep of {name}", given) from error


def _figure(name: str, data: xr.Dataset, theory: xr.Dataset) -> Figure:
    # Imported by its name: one figure does not depend on the code of the others.
    drawn: Figure = import_module(f"twoqs.paper.figures.{name}").figure(with_codes(data), theory)
    return drawn


def with_codes(data: xr.Dataset) -> xr.Dataset:
    """The dataset with the status of each value, by which figures draw it (`style.points`)."""
    return data.assign({code_name(one): statuses(data, one).variable for one in judged(data)})
