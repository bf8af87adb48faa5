"""The accuracy page's picture: bias against spin length and against the step."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twoqs.errors import StoreError, require
from twoqs.look.plot.save import check_output, save
from twoqs.look.plot.style import CASE_COLOURS, PAGE_WIDTH, marker_of, panel
from twoqs.look.validation import write_table
from twoqs.look.validation.table import COLUMNS
from twoqs.model.arguments import file_name
from twoqs.paper.accuracy import ORDER, STUDIES, accuracy_tables

PHYSICS = {
    "accuracy-decay": r"mean $\langle S^z\rangle$ of a decay",
    "accuracy-driven": "variances of a driven spin",
}
"""Quantities whose bias is drawn against S, a panel for each sweep."""


def accuracy_figure(sizes: pd.DataFrame, powers: pd.DataFrame) -> Figure:
    """Panels of means and variances against S, and one against the step, with power laws fitted.

    Args:
        sizes: bias of each scheme at each spin length or step (`accuracy_tables`).
        powers: the fitted laws.
    """
    result = Figure(figsize=(PAGE_WIDTH, 3.6), layout="constrained")
    panels = result.subplots(1, len(PHYSICS) + 1)
    for axes, letter, (sweep, text) in zip(panels, "ab", PHYSICS.items(), strict=False):
        _laws(axes, sizes[sizes.sweep == sweep], powers[powers.sweep == sweep])
        axes.set_xlabel("spin length $S$")
        panel(axes, letter, text)
    _laws(panels[-1], sizes[sizes.against == ORDER], powers[powers.against == ORDER])
    panels[-1].set_xlabel(r"step $\Gamma\,\Delta t$")
    panels[0].set_ylabel("bias, share of the scale")
    panel(panels[-1], "c", "error of the step")
    result.supxlabel("triangles: no bias beyond noise, twice which they mark", fontsize=6)
    return result


def draw_accuracy(
    tables: Iterable[str | os.PathLike[str]],
    csv: str | os.PathLike[str],
    pictures: Iterable[str | os.PathLike[str]],
) -> None:
    """The whole study: from tables of deviations, named by their sweeps, to table and picture.

    Raises:
        StoreError: if a table is not there, or is none of deviations.
        ArgumentError: if they are not those of the study, or a picture's file ends otherwise.
    """
    found_at = [Path(file_name("tables", table)) for table in tables]
    paths = {path.stem: path for path in found_at}
    outputs = [Path(file_name("pictures", picture)) for picture in pictures]
    wanted = f"be {', '.join(f'{study}.csv' for study in STUDIES)}"
    require(paths.keys() == STUDIES.keys(), "tables", wanted, ", ".join(map(str, paths.values())))
    for output in outputs:
        check_output(output)
    found = {study: _read(path, *STUDIES[study][:2]) for study, path in paths.items()}
    sizes, powers = accuracy_tables(found)
    write_table(sizes.merge(powers, on=["against", "sweep", "case"]), csv)
    save(lambda: accuracy_figure(sizes, powers), outputs)


def _read(path: Path, against: str, axis: str) -> pd.DataFrame:
    """The table of deviations in a file."""
    try:
        table = pd.read_csv(path)
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError:  # no CSV, or no text
        table = pd.DataFrame()
    needed = {axis, "scheme", "representation", *COLUMNS} - {"z", "method"}
    if against == ORDER:
        needed.add("time")
    if table.empty or not needed <= set(table.columns):
        raise StoreError(f"{path} is no table of deviations; `twoqs validate --csv` writes them.")
    return table


def _laws(axes: Axes, sizes: pd.DataFrame, powers: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for law in powers.itertuples():
        own = sizes[(sizes.case == law.case) & (sizes.sweep == law.sweep)]
        colour = CASE_COLOURS[law.case]
        look = {k: v for k, v in marker_of(law.case).items() if k != "label"}
        seen = own[own.bias > own.bias_se]
        axes.errorbar(seen.x, seen.bias, seen.bias_se, color=colour, ls="none", **look)
        hidden = own[own.bias <= own.bias_se]
        axes.plot(hidden.x, 2 * hidden.bias_se, color=colour, marker="v", ls="none", mfc="none")
        x = np.geomspace(own.x.min(), own.x.max(), 50)
        label = f"{law.case}: {_power(law.power, law.power_se)}"
        axes.plot(x, law.factor * x**law.power, color=colour, lw=0.8)
        # As it is drawn: the symbol on its line.
        axes.plot([], [], color=colour, lw=0.8, label=label, **look)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))


def _power(value: float, error: float) -> str:
    if not (np.isfinite(value) and np.isfinite(error)):
        return "no power, for noise"
    digits = 2 if error < 0.1 else 1
    return f"power {value:.{digits}f}({round(10**digits * error)})"
