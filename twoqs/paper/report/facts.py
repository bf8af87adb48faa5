"""What the report says of one figure."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.errors import StoreError
from twoqs.execution.predict import Coverage, read_predictions
from twoqs.execution.progress import duration
from twoqs.look.open import load
from twoqs.look.validation import (
    Subject,
    Verdict,
    check,
    comparison,
    deviations,
    longest_fit,
    summary,
)
from twoqs.paper.report.marked import Trust, marked, remark, trust_table
from twoqs.store.origins import origin_lines
from twoqs.sweep import Sweep

UNCLAIMED = Subject.model_construct(claims=[])
"""Stands for sweeps that nothing is claimed of."""


@dataclass(frozen=True)
class Facts:
    """Everything about one figure or sweep that the page shows.

    Attributes:
        name: such as `fig5`.
        heading: such as `Figure 5: squeezing`.
        note: a paragraph on it; none if empty.
        description: of its sweep.
        picture: the PNG as a data URL.
        unphysical: a line on values that belong to no state of the spins; empty without any.
        trust: how many values have which status.
        settings: (name, value) of what was used.
        cases: one row for each scheme and representation, with the settings that differ.
        summary: deviations of each variable, scheme, representation and spin.
        coverage: points that were compared, and why others were not.
        verdicts: the claims and what was found.
        marked: for each, which of its values are not ok; empty if all are.
    """

    name: str
    heading: str
    note: str
    description: str
    picture: str
    unphysical: str
    trust: Trust
    settings: list[tuple[str, str]]
    cases: list[dict[str, str]]
    summary: pd.DataFrame
    coverage: Coverage
    verdicts: list[Verdict]
    marked: list[str]


def facts(store: Path, predictions: Path, figures: Path, subjects: dict[str, Subject]) -> Facts:
    """Read what is known of the figure behind a store.

    Args:
        store: of the sweep; the sweep's name begins with that of the figure, if it is one's.
        predictions: folder with what theory says, `<name of the sweep>.nc`.
        figures: folder with the picture, `<figure>.png`.
        subjects: figures and the claims about them; of others nothing is claimed.

    Raises:
        StoreError: if one of them is missing.
    """
    data = load(store)
    sweep = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    known = [*subjects, *(path.stem for path in figures.glob("*.png"))]
    name = longest_fit(known, sweep.name) or sweep.name
    subject = subjects.get(name, UNCLAIMED)
    predicted = read_predictions(predictions / f"{sweep.name}.nc")
    table = deviations(data, predicted)
    return Facts(
        name,
        heading(name, subject.title),
        subject.note,
        data.attrs["comment"],
        _picture(figures / f"{name}.png"),
        remark(data),
        trust_table(data),
        settings_of(sweep, data),
        cases_of(sweep, data),
        summary(table),
        comparison(data, predicted, table),
        check(table, subject.claims),
        marked(table, data, subject.claims),
    )


def heading(name: str, title: str) -> str:
    """`Figure 5: title` of what is called `fig5`; other names stay as they are."""
    number = re.fullmatch(r"fig(\d+)", name)
    first = name if number is None else f"Figure {number[1]}"
    return f"{first}: {title}" if title else first


def _picture(path: Path) -> str:
    try:
        return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise StoreError(f"Cannot read the picture {path}: {error.strerror}.") from error


def settings_of(sweep: Sweep, data: xr.Dataset) -> list[tuple[str, str]]:
    attributes: dict[str, Any] = data.attrs
    versions = json.loads(attributes["versions"])
    axes = "; ".join(f"{axis.name}: {_span(list(axis.coordinates))}" for axis in sweep.axes)
    return [
        ("grid", axes),
        ("points", str(len(sweep.points))),
        ("trajectories in all", str(int(data.trajectories.sum()))),
        ("time of all batches", f"{duration(float(attributes['compute_seconds']))} of one core"),
        ("processor", attributes["cpu"]),
        ("seed", str(attributes["seed"])),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("batches", "; ".join(origin_lines(json.loads(attributes["origins"])))),
        ("commit", attributes["commit"]),
        ("digest of the records", attributes["digest"][:16]),
    ]


def cases_of(sweep: Sweep, data: xr.Dataset) -> list[dict[str, str]]:
    """Settings of the points, those that are alike as one row."""
    rows: dict[tuple[str, ...], list[int]] = {}
    done = data.trajectories.transpose(*sweep.dims).values
    for point in sweep.points:
        numerics = point.numerics
        when = (
            f"t = 0 to {numerics.end:g}, {numerics.saved_times} times"
            if numerics.average is None
            else "mean over a window that was found"
            if point.auto
            else f"mean over t = {numerics.average[0]:g} to {numerics.average[1]:g}"
            f" ({numerics.samples} samples)"
        )
        key = (
            numerics.scheme,
            numerics.representation,
            f"{point.model.spin:g}",
            str(point.model.n_sites),
            f"{numerics.step:.3g}",
            when,
        )
        rows.setdefault(key, []).append(int(done[point.index]))
    columns = ("scheme", "representation", "S", "spins", "step", "measured")
    return [
        dict(zip(columns, key, strict=True))
        | {"points": str(len(counts)), "trajectories": _range(counts)}
        for key, counts in rows.items()
    ]


def _range(counts: list[int]) -> str:
    least, most = min(counts), max(counts)
    return str(least) if least == most else f"{least} to {most}"


def _span(values: list[Any]) -> str:
    if len(values) <= 5:
        return ", ".join(
            f"{value:g}" if isinstance(value, float) else str(value) for value in values
        )
    return f"{len(values)} values from {np.min(values):g} to {np.max(values):g}"
