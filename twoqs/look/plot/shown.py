"""Figures that notebooks show without more."""

from __future__ import annotations

import io
from collections.abc import Callable

import xarray as xr
from matplotlib.figure import Figure


class ShownFigure(Figure):
    """A Figure that is shown as the value of a cell, also where pyplot was never imported.

    Attributes:
        drawn: makes the dataset of what it shows, if that is one.
    """

    drawn: Callable[[], xr.Dataset]

    @property
    def data(self) -> xr.Dataset:
        """What it shows: values, errors, statuses and theory, with all coordinates."""
        return self.drawn()

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png", dpi=100)
        return content.getvalue()
