"""Whether claims about deviations hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from twoqs.errors import ArgumentError
from twoqs.look.validation.claims import Claim
from twoqs.look.validation.table import COLUMNS, ROUNDING
from twoqs.look.validation.words import percent, plain


@dataclass(frozen=True)
class Verdict:
    """A claim and what was found.

    Attributes:
        claim: what was claimed.
        values: number of values that it is about.
        outside: number of them beyond the limits.
        worst: the value that lies farthest beyond, or nearest to, its limit.
        largest_percent: largest deviation in per cent of its scale.
        largest_z: largest deviation in standard errors.
    """

    claim: Claim
    values: int
    outside: int
    worst: dict[str, object]
    largest_percent: float
    largest_z: float

    def __str__(self) -> str:
        limit = f"{self.claim.percent:g} % + {self.claim.errors:g} errors"
        if not self.values:
            return f"{self.claim.name}: {self.state}: no value is about it"
        return (
            f"{self.claim.name}: {self.state}: {self.outside} of {self.values} values beyond "
            f"{limit}; largest {percent(self.largest_percent)}, |z| {plain(self.largest_z)}"
        )

    @property
    def state(self) -> str:
        """What was found, in words.

        Where deviations exceed the per cent of the claim, and only their errors allow it, more
        trajectories might show what noise hides.
        """
        if not self.holds:
            return "does not hold" if self.claim.expected else "not met (known limit)"
        word = "holds" if self.claim.expected else "met"
        within = self.largest_percent <= self.claim.percent + 100 * ROUNDING
        return word if within else f"{word} within the noise"

    @property
    def holds(self) -> bool:
        """Whether there is something to hold, and all of it does."""
        return self.values > 0 and self.outside == 0

    @property
    def surprises(self) -> bool:
        """Whether it should hold and does not; what should fail may also pass (more noise)."""
        return self.claim.expected and not self.holds


def check(table: pd.DataFrame, claims: Iterable[Claim]) -> list[Verdict]:
    """Whether claims hold for a table of deviations.

    Raises:
        ArgumentError: if a claim is about a column that the table does not have.
    """
    return [_check(table, claim) for claim in claims]


def about(table: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """The rows of a table of deviations that a claim goes by.

    Raises:
        ArgumentError: if it is about a column that the table does not have.
    """
    rows = table[table.variable.isin(claim.variables)]
    for column, accepted in claim.where.items():
        values = accepted if isinstance(accepted, list) else [accepted]
        rows = rows[_column(rows, column, claim).isin(values)]
    for column, (low, high) in claim.between.items():
        values = _column(rows, column, claim)
        if not is_numeric_dtype(values):
            raise ArgumentError.of(f"{claim.name}.between", "name columns of numbers", column)
        rows = rows[values.between(low, high)]
    if claim.until_optimum:
        rows = rows[_column(rows, "time", claim) <= _optimum_time(table, rows, claim)]
    return rows


def _check(table: pd.DataFrame, claim: Claim) -> Verdict:
    rows = about(table, claim)
    if rows.empty:
        return Verdict(claim, 0, 0, {}, np.nan, np.nan)
    off = (rows.value - rows.reference).abs()
    scale = rows.reference.abs() if claim.relative else rows.scale
    allowed = (claim.percent / 100 + ROUNDING) * scale
    allowed += claim.errors * rows.standard_error.fillna(0.0)
    # What is not finite, an error included, bears nothing out.
    finite = np.isfinite(off) & np.isfinite(allowed)
    beyond = (off - allowed).where(finite, np.inf)
    worst = beyond.idxmax()
    return Verdict(
        claim,
        len(rows),
        int((beyond > 0).sum()),
        rows.loc[worst].dropna().to_dict(),
        float((100 * off / scale.where(scale > 0)).max()),
        float(rows.z.abs().max()),
    )


def _column(table: pd.DataFrame, name: str, claim: Claim) -> pd.Series:
    if name not in table:
        raise ArgumentError.of(claim.name, "be about columns of the table", name)
    return table[name]


def _optimum_time(table: pd.DataFrame, rows: pd.DataFrame, claim: Claim) -> pd.Series:
    """For each row the time at its point at which the predicted squeezing is smallest."""
    curves = table[(table.variable == "squeezing") & table.reference.notna()]
    if curves.empty or "time" not in table:
        wanted = "be about a sweep whose squeezing is predicted over time"
        raise ArgumentError.of(f"{claim.name}.until_optimum", wanted, True)
    keys = [name for name in rows.columns if name not in ("time", "distance", *COLUMNS)]
    optima = curves.loc[curves.groupby(keys, dropna=False).reference.idxmin(), [*keys, "time"]]
    found = rows[keys].merge(optima, on=keys, how="left").time
    return pd.Series(found.fillna(np.inf).to_numpy(), index=rows.index)
