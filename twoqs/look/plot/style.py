"""One look for all figures: what a colour and a marker mean, everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twoqs.measure.names import error_name
from twoqs.measure.statuses import VALUE_WORDS

PAGE_WIDTH = 7.0
"""Inches: two columns of a journal page."""

STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "lines.markeredgewidth": 0.7,
    # Caps inside an open symbol would make it look filled.
    "errorbar.capsize": 0.0,
    "legend.frameon": False,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
}

# Colours that remain distinct with any colour vision (Okabe and Ito), near those of the paper.
COMPONENT_COLOURS = {"x": "#0072B2", "y": "#D55E00", "z": "#E69F00"}

# Schemes are told by their markers; colours are for components, or for rates.
CASE_MARKERS: dict[str, dict[str, Any]] = {
    "pda-P": {"marker": "x", "mfc": "none", "label": "pda, P ($k=+1$)"},
    "pda-W": {"marker": "o", "mfc": "none", "ms": 4.5, "label": "pda, Wigner ($k=0$)"},
    "pda-Q": {"marker": "D", "mfc": "none", "label": "pda, Q ($k=-1$)"},
    "pda": {"marker": "o", "mfc": "none", "ms": 4.5, "label": "pda"},
    "conserving": {"marker": ".", "ms": 4.0, "label": "conserving"},
    "euler-maruyama": {"marker": "s", "mfc": "none", "label": "Euler-Maruyama"},
}

OTHER_MARKER: dict[str, Any] = {"marker": "d", "ms": 4.0}
"""Of schemes that have no marker of their own; their label is their name."""

# Where there is no component or rate to tell, schemes have colours, too (Okabe and Ito).
CASE_COLOURS = {
    "pda-P": "#CC79A7", "pda-W": "#009E73", "pda-Q": "#56B4E9", "conserving": "#000000",
    "euler-maruyama": "#D55E00",
}  # fmt: skip

PALE = 0.3
"""Opacity of values whose status is another than "ok": the sign of a scheme stays what it is."""

NEUTRAL = "0.2"
"""What stands for no component, rate or case: symbols in legends, exact lines."""

EXACT: dict[str, Any] = {"lw": 1.2, "zorder": 1, "color": NEUTRAL}
"""Exact results are lines."""

BARS: dict[str, Any] = {"ls": "none", "marker": ".", "elinewidth": 0.6}
"""Values with error bars, where no scheme is to be told."""


def rate_colours(rates: list[float]) -> list[str]:
    """A colour for each of a few rates, from dark to light, that also prints in grey."""
    return [to_hex(colormaps["viridis"](x)) for x in np.linspace(0.0, 0.82, len(rates))]


def marker_of(case: str) -> dict[str, Any]:
    """How the symbols of a scheme look, and its label."""
    return CASE_MARKERS.get(case, {**OTHER_MARKER, "label": case})


def points(
    axes: Axes, x: Any, data: xr.Dataset, name: str, case: str, scale: float, **look: Any
) -> None:
    """Values of one variable and case over x, divided by `scale`, with error bars.

    They are pale where the dataset has a status for them (`code_name`) that is not "ok"; their
    label is that status, which `footnote` tells.
    """
    look.setdefault("color", CASE_COLOURS.get(case))
    marker = {key: value for key, value in marker_of(case).items() if key != "label"}
    value, error = data[name] / scale, data[error_name(name)] / scale
    codes = data.get(code_name(name), xr.zeros_like(value)).where(np.isfinite(value), 0)
    for code in np.unique(codes):
        here = (codes == code).values
        doubt = {"alpha": PALE, "label": f"_{VALUE_WORDS[int(code)]}"} if code else {}
        axes.errorbar(
            np.asarray(x)[here], value[here], error[here],
            ls="none", elinewidth=0.6, **(marker | look | doubt),
        )  # fmt: skip


def code_name(name: str) -> str:
    """Name of the status of each value of a variable; with spaces, which no variable has."""
    return f"status of {name}"


def case_handles(cases: list[str], coloured: bool = False) -> list[Artist]:
    """Legend entries of the cases, in their colours or in one that stands for nothing else."""
    colours = CASE_COLOURS if coloured else {}
    return [
        Line2D([], [], color=colours.get(case, NEUTRAL), ls="none", **marker_of(case))
        for case in cases
    ]


def exact_handle() -> Artist:
    """Legend entry of exact lines."""
    return Line2D([], [], color=NEUTRAL, label="exact", lw=EXACT["lw"])


def transition(axes: Axes, x: float, y: float, right: bool = False) -> None:
    """A line at the transition, named beside it at the height `y` (share of the panel)."""
    axes.axvline(x, color="0.7", lw=0.6, zorder=0)
    axes.annotate(
        "transition", (x, y), (2 if right else -2, 0), textcoords="offset points",
        xycoords=axes.get_xaxis_transform(), rotation=90, ha="left" if right else "right",
        va="center", fontsize=6, color="0.4",
    )  # fmt: skip


def panel(axes: Axes, letter: str, text: str = "") -> None:
    """Name a panel in its upper left corner."""
    axes.set_title(f"({letter}) {text}".rstrip(), loc="left", pad=3)


def footnote(figure: Figure, data: xr.Dataset, text: str) -> None:
    """What was computed, in small print below everything; and what pale symbols are, if any is."""
    sizes = sorted({int(n) for n in data.trajectories.values.flat})
    number = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    told = f"{data.attrs['title']}: {text}, {number} trajectories a point"
    labels = {str(one.get_label())[1:] for axes in figure.axes for one in axes.containers}
    if doubts := [word for word in VALUE_WORDS if word in labels]:
        told += f"\npale symbols: the status of these values is not ok ({', '.join(doubts)})"
    figure.supxlabel(told, fontsize=6)


def hex_colours(name: str, count: int) -> list[str]:
    """Colours along a map of matplotlib, as #rrggbb."""
    return [to_hex(colormaps[name](x)) for x in np.linspace(0.0, 1.0, count)]
