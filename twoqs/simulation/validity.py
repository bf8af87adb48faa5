"""Where results belong to no state of a spin S: the method has left the range where it holds.

The paper's equations keep the length of a spin on average only: lengths of trajectories drift apart
as sqrt(t/S). Each trajectory stays finite, and so do averages and standard errors, but beyond some
spread they are those of spins of many lengths.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twoqs.errors import ArgumentError
from twoqs.measure.members import MEMBER, family_of
from twoqs.measure.names import error_name
from twoqs.methods import Method
from twoqs.model.arrays import Floats
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.language.members import Member
from twoqs.model.model import Model
from twoqs.simulation.certainty import certain_errors
from twoqs.simulation.quanta import FEW_QUANTA, NEGATIVE, NEGATIVE_QUANTA, quanta_warning

MOST_SPREAD = 0.25
"""Spread of the spin length, in units of S and beyond that of the initial state, from which on a
state counts as none: second moments, bounded by the squared length, are off by 1/16 then."""

MOST_WIDENING = 1.5
"""Spread in units of the initial one, which is over S/4 below S = 8: with 64 trajectories the
spread is known to 1/sqrt(128) = 9 %, so that chance does not widen it by half (5.6 such errors)."""

SLACK = 0.05
"""How far a mean may exceed S, and a variance lie below 0, in units of S: a tenth of the variance
S/2 of a coherent state, which moments of the method are good to from S = 10 on ..."""

LEAST_SLACK = 0.25
"""... and in units of hbar at least: for spins as short as 1, twice the error that decay shows."""

MEANS, VARIANCES = ("sx", "sy", "sz"), ("var_sx", "var_sy", "var_sz")

NEEDED = (*MEANS, *VARIANCES, "spin_length_std", "trajectories")
"""Variables that tell ..."""

NEEDED_ERRORS = tuple(error_name(name) for name in MEANS + VARIANCES)
"""... and the standard errors of the first six of them."""

REASONS = {
    "length-spread": "spin lengths have drifted apart",
    "mean-above-spin": "the mean spin is longer than S",
    "negative-variance": "a variance is negative",
}
"""Reasons not to believe a value, one bit of the flag each, and in words."""

LENGTH_SPREAD = 1
"""The flag of the first of them."""

REMEDY = "the scheme 'conserving' keeps every spin length, at any time"
TOO_SHORT = "the spin is too short for the method (docs/accuracy.md)"


def reasons(data: xr.Dataset, spin: xr.DataArray, start: xr.DataArray) -> xr.DataArray:
    """Reasons why values belong to no state: a sum of flags, 0 where there is none.

    Args:
        data: with NEEDED and the standard errors of means and variances.
        spin: S, over the points of the data, and over `member` if there are several.
        start: spread of the spin length in the initial state, likewise.

    Returns:
        Integers over the points and, if there is one, `time`, with the CF attributes `flag_masks`
        and `flag_meanings`, in the order of REASONS.

    Raises:
        ArgumentError: if the dataset does not say what is needed.
    """
    missing = [name for name in NEEDED + NEEDED_ERRORS if name not in data]
    if missing:
        raise ArgumentError.of("data", f"hold {', '.join(missing)}", "a dataset without")
    # Variables: arithmetic with arrays would compare their coordinates, which are the same.
    here = {name: data.variables[name] for name in NEEDED + NEEDED_ERRORS}
    certain = xr.apply_ufunc(
        certain_errors, here["trajectories"], dask="parallelized", output_dtypes=[float]
    )
    flags = _flags(here, spin.variable, start.variable, certain)
    masks = [1 << bit for bit in range(len(flags))]
    total = sum(flag.astype("i1") * mask for flag, mask in zip(flags, masks, strict=True))
    assert isinstance(total, xr.Variable)
    about = {"flag_masks": np.array(masks, "i1"), "flag_meanings": " ".join(REASONS)}
    total = total.astype("i1").transpose(*data.sx.dims)
    return xr.DataArray(total, data.sx.coords, name="unphysical_reasons", attrs=ABOUT | about)


def _flags(here: Mapping[str, Any], length: Any, initial: Any, certain: Any) -> tuple[Any, ...]:
    """Where each of REASONS holds: arrays or Variables, as they are given.

    Args:
        here: what NEEDED names, with errors.
        length, initial: S and the initial spread of the spin length, over members if there are
            several.
        certain: standard errors that noise does not exceed.
    """
    slack = np.maximum(SLACK * length, LEAST_SLACK)
    square = sum(here[name] ** 2 for name in MEANS)
    noise = sum(here[error_name(name)] ** 2 for name in MEANS)
    limit = np.maximum(np.hypot(initial, MOST_SPREAD * length), MOST_WIDENING * initial)
    negative = [here[name] + certain * here[error_name(name)] < -slack for name in VARIANCES]
    return (
        here["spin_length_std"] > limit,
        np.sqrt(square) - certain * np.sqrt(noise) > length + slack,
        negative[0] | negative[1] | negative[2],
    )


ABOUT = {"long_name": "whether values belong to no state of a spin S", "units": "1"}


class UnphysicalWarning(UserWarning):
    """Results that belong to no state of their spins: the scheme has left the range it holds in.

    Examples:
        >>> import warnings
        >>> model, method = twoqs.Model(spin=5, field=(3.0, 0, 0), decay=1.0), twoqs.PDA()
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     ds = twoqs.simulate(model, times=[0, 20], trajectories=64, method=method)
        >>> print(told[-1].message)
        Values from time 20 on belong to no state of a spin S = 5, ...
    """


def member_values(model: Model, value: Callable[[Member], float]) -> Floats:
    """A number of each spin or ensemble, shape (member,) if there are several; NaN if none."""
    found = [value(member) for member in family_of(model, MEMBER).members]
    values = np.array(found or [math.nan])
    return values if len(values) > 1 else values[0]


def initial_spread(member: Member, method: Method) -> float:
    """Spread of the spin length in the initial state; infinite for ensembles, which keep none."""
    return math.inf if member.kind == ENSEMBLE else method.length_spread(member.spin)


def warning(data: xr.Dataset, method: Method, model: Model) -> str | None:
    """A sentence about a result of `simulate`: what is wrong, how large, since when, what to do.

    None if the state is one everywhere.
    """
    told = [_spin_warning(data, method, model), quanta_warning(data, model)]
    return " ".join(text for text in told if text) or None


def _spin_warning(data: xr.Dataset, method: Method, model: Model) -> str | None:
    family = family_of(model, MEMBER)
    if not family.members:
        return None
    spin = member_values(model, lambda member: member.spin)
    start = member_values(model, lambda member: initial_spread(member, method))
    # Arrays first, of which members are the last dimension: Variables take longer than a short run.
    here = {name: data.variables[name].values for name in NEEDED + NEEDED_ERRORS}
    with np.errstate(all="ignore"):
        flagged = _flags(here, spin, start, certain_errors(here["trajectories"]))
    if not np.any(flagged):
        return None
    found = reasons(data, *(xr.DataArray(values, dims=family.dims) for values in (spin, start)))
    wrong = found != 0
    at_all = wrong.any([dim for dim in found.dims if dim != "time"])
    timed = "time" in found.dims
    when = f" from time {float(data.time[at_all.values.argmax()]):g} on" if timed else ""
    length = sum((data[name] ** 2 for name in MEANS), xr.DataArray(0.0)) ** 0.5
    lowest = min(float(data[name].where(wrong).min()) for name in VARIANCES)
    sizes = (
        f"they spread by up to {float(data.spin_length_std.where(wrong).max()):.3g}",
        f"up to {float(length.where(wrong).max()):.3g}",
        f"{lowest:.3g}",
    )
    flags = int(np.bitwise_or.reduce(found.values, axis=None))
    texts = enumerate(zip(REASONS.values(), sizes, strict=True))
    what = "; ".join(f"{text} ({size})" for bit, (text, size) in texts if flags >> bit & 1)
    advice = TOO_SHORT if method.keeps_length else REMEDY
    return (
        f"Values{when} belong to no state of {_whose(model, wrong)}, whatever their standard "
        f"errors say: {what}. Do not use them; {advice}."
    )


def _whose(model: Model, wrong: xr.DataArray) -> str:
    """The spins with wrong values: `a spin S = 3`, with several members `a (S = 3), b (N = 6)`."""
    members = family_of(model, MEMBER).members
    if MEMBER not in wrong.dims:
        (member,) = members
        return f"{'an ensemble' if member.kind == ENSEMBLE else 'a spin'} {_size(member)}"
    marked = wrong.any([dim for dim in wrong.dims if dim != MEMBER]).values
    pairs = zip(members, marked, strict=True)
    return ", ".join(f"{member.name} ({_size(member)})" for member, one in pairs if one)


def _size(member: Member) -> str:
    ensemble = member.kind == ENSEMBLE
    return f"N = {2 * member.spin:g}" if ensemble else f"S = {member.spin:g}"


def note(flags: NDArray[np.int8]) -> str:
    """A sentence about the values that are marked, of whatever shape."""
    total = int(np.bitwise_or.reduce(flags, axis=None))
    texts = []
    if of_spins := total & ~NEGATIVE:
        advice = REMEDY if of_spins & LENGTH_SPREAD else TOO_SHORT
        texts.append(f"no state of a spin S: {words(of_spins)}. Do not use these values; {advice}.")
    if total & NEGATIVE:
        what = f"no state of a mode: {NEGATIVE_QUANTA}"
        texts.append(f"{what}. Do not use these values; {FEW_QUANTA}.")
    return " ".join(texts)


def words(flags: int) -> str:
    """The reasons of a sum of flags: `spin lengths have drifted apart, a variance is negative`."""
    return ", ".join(text for bit, text in enumerate(REASONS.values()) if flags >> bit & 1)
