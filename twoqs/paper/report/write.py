"""Writes the report as one HTML page without any link, and its numbers as CSV."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from twoqs.errors import StoreError
from twoqs.look.validation import percent, plain, read_subjects, write_table
from twoqs.model.arguments import file_name
from twoqs.paper.report.facts import Facts, facts
from twoqs.simulation.provenance import versions
from twoqs.store.files import write_atomic
from twoqs.text import command_line

PathLike = str | os.PathLike[str]


def write_report(
    stores: Iterable[PathLike],
    claims: PathLike | None,
    predictions: PathLike,
    figures: PathLike,
    html: PathLike,
    csv: PathLike,
) -> list[Facts]:
    """Write the report on some sweeps.

    Args:
        stores: of the sweeps, in the order of the page.
        claims: file of claims, or None if nothing is claimed.
        predictions: folder with what theory says, `<name of the sweep>.nc`.
        figures: folder of the pictures, `<figure>.png`.
        html: the page, self-contained.
        csv: one row for each figure, scheme, representation, spin and variable: the number of
            values, the largest and the root-mean-square deviation in standard errors and in per
            cent of the scale; and of how many `points` of the figure `points_compared` have a
            reference. A figure without any has one row, with nothing else.

    Raises:
        StoreError: if something is missing, or cannot be written.
        ArgumentError: if the claims make no sense.
    """
    subjects = {} if claims is None else read_subjects(claims)
    paths = [os.fspath(store) for store in stores]
    options = {
        **({} if claims is None else {"claims": claims}),
        "predictions": predictions,
        "figures": figures,
        "html": html,
        "csv": csv,
    }
    folders = [Path(file_name("stores", store)) for store in paths]
    theory = Path(file_name("predictions", predictions))
    pictures = Path(file_name("figures", figures))
    found = [facts(folder, theory, pictures, subjects) for folder in folders]
    environment = Environment(
        loader=PackageLoader("twoqs.paper.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": plain, "percent": percent}
    page = environment.get_template("page.html").render(
        figures=found,
        written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        command=_command(paths, options),
        versions=versions(),
    )
    try:
        target = Path(file_name("html", html))
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, page.encode())
        table = pd.concat(map(_numbers, found), ignore_index=True)
        write_table(table[["figure", *table.columns.drop("figure")]], csv)
    except OSError as error:
        raise StoreError(f"Cannot write the report: {error}.") from error
    return found


def _numbers(one: Facts) -> pd.DataFrame:
    """The rows of a figure in the table of all."""
    rows = one.summary if len(one.summary) else one.summary.reindex([0])
    points = {"points": one.coverage.points, "points_compared": one.coverage.covered}
    return rows.assign(figure=one.name, **points)


def _command(stores: list[str], options: dict[str, PathLike]) -> str:
    """The command line that writes this page."""
    named = [word for name, path in options.items() for word in (f"--{name}", Path(path))]
    return command_line("report", *map(Path, stores), *named)
