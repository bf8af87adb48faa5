"""How the bias of a scheme falls with a parameter: its size, and the power of the fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit


class Power(NamedTuple):
    """bias = factor * x^exponent, with the standard error of the exponent."""

    factor: float
    exponent: float
    exponent_se: float


def bias(table: pd.DataFrame, axis: str, variables: Sequence[str]) -> pd.DataFrame:
    """Root-mean-square deviation over some variables and all times, freed from noise.

    The mean square of the deviations is that of the bias plus that of the standard errors; the
    latter is subtracted.

    Args:
        table: deviations from exact results (`deviations`), in their scale.
        axis: column that the bias is wanted against.
        variables: those to average over.

    Returns:
        One row for each scheme, representation and value of `axis`, with the columns bias and
        bias_se, as shares of the scale. Where noise exceeds what is there, the bias is 0.
    """
    return _sizes(_with_errors(table, variables), "deviation", axis)


def step_bias(table: pd.DataFrame, axis: str, variables: Sequence[str]) -> pd.DataFrame:
    """Bias as the difference from the smallest value of `axis`, so that other bias drops out.

    The errors of both are added: runs with different steps are independent.
    """
    about = _with_errors(table, variables)
    keys = ["scheme", "representation", "variable", "time"]
    best = about[about[axis] == about[axis].min()].set_index(keys)
    rest = about[about[axis] > about[axis].min()].copy()
    same = best.loc[pd.MultiIndex.from_frame(rest[keys])]
    rest["off"] = rest.deviation.to_numpy() - same.deviation.to_numpy()
    rest["error"] = np.hypot(rest.error.to_numpy(), same.error.to_numpy())
    return _sizes(rest, "off", axis)


def _with_errors(table: pd.DataFrame, variables: Sequence[str]) -> pd.DataFrame:
    """The rows about some variables, with their standard errors in the scale of the deviations."""
    about = table[table.variable.isin(variables)]
    return about.assign(error=about.standard_error / about.scale)


def _sizes(about: pd.DataFrame, column: str, axis: str) -> pd.DataFrame:
    about = about.assign(square=about[column] ** 2, noise=about.error**2)
    groups = about.groupby(["scheme", "representation", axis], sort=False)
    means = groups.agg(square=("square", "mean"), noise=("noise", "mean")).reset_index()
    size = np.sqrt(np.maximum(means.square - means.noise, 0.0))
    # The error of a size well above the noise; values in time are not independent.
    return means.assign(bias=size, bias_se=np.sqrt(means.noise)).drop(columns=["square", "noise"])


def power(x: Sequence[float], size: Sequence[float], error: Sequence[float]) -> Power:
    """Fit a power law to sizes with errors, with weights, on a linear scale: zeros count too.

    Returns:
        The law; NaN where fewer than two sizes are above zero, or nothing fits.
    """
    at, y, se = (np.asarray(values, dtype=float) for values in (x, size, error))
    middle = float(np.exp(np.log(at).mean()))

    def law(values: np.ndarray, factor: float, exponent: float) -> np.ndarray:
        return np.asarray(factor * (values / middle) ** exponent)

    # The start of the fit: a line through the clearest two points or more.
    strong = np.flatnonzero((y > 2 * se) & (y > 0))
    if len(strong) < 2:
        strong = np.argsort(y / se)[-2:]
    if np.any(y[strong] <= 0):
        return Power(np.nan, np.nan, np.nan)
    start = np.polyfit(np.log(at[strong] / middle), np.log(y[strong]), 1)
    guess = (np.exp(start[1]), start[0])
    try:
        found, covariance = curve_fit(law, at, y, guess, sigma=se, absolute_sigma=True)
    except RuntimeError:  # no fit is found within its number of steps
        return Power(np.nan, np.nan, np.nan)
    factor, exponent = found
    return Power(factor * middle**-exponent, exponent, float(np.sqrt(covariance[1, 1])))
