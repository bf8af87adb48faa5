"""One word for each value: whether it can be trusted, and if not, why; and its total error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.kernels.moments import GROUP
from twoqs.look.unphysical import marks, spins
from twoqs.measure import OBSERVABLES, error_name, without_errors
from twoqs.measure.coarse import STEP_FLAG, STEP_WORDS, TOGETHER
from twoqs.measure.drift import ALARMS, WINDOW_FLAG, WINDOW_WORDS
from twoqs.measure.members import MEMBER
from twoqs.measure.names import BIASES, MODEL_ERROR, SCALE_POWER, STARTS_DIM
from twoqs.measure.statuses import GROUPS_FOR_ERRORS, MISSING, TOLERATED_MODEL_ERROR, VALUE_WORDS
from twoqs.simulation.starts import differing

MISSING_CODE = -1
"""Code of values at points that are not finished."""

QUADRATURES = {"a_re": "var_q", "a_im": "var_p"}
"""Variances of modes that belong to their amplitudes."""

SURE_OF_STEP = 3.0
"""Standard errors of its own by which a bias of the step stands out."""


def statuses(data: xr.Dataset, name: str) -> xr.DataArray:
    """One of VALUE_WORDS for each value of a variable, as a flag.

    The first that holds: what has no value, what belongs to no state, a window that begins too
    early, other values from other starts (along a dimension `start`), a bias of the step that
    exceeds the standard error, a truncation that is off, too few groups for a standard error.

    Args:
        data: results of `twoqs.simulate`, or of a sweep as `twoqs.open` gives them.
        name: of a variable with a standard error.

    Returns:
        Integers of the shape of the variable with `flag_values` and `flag_meanings`;
        MISSING_CODE at points that are not finished.

    Raises:
        ArgumentError: unless there is such a variable.
    """
    _check(data, name)
    coords = data[name].coords
    data = _without_notes(data)
    value = data[name]
    codes = xr.zeros_like(value, dtype="i1").drop_attrs()
    for word, where in reversed(list(_reasons(data, name))):
        codes = xr.where(where.broadcast_like(value), np.int8(VALUE_WORDS.index(word)), codes)
    if "complete" in data:
        codes = xr.where(data.complete.broadcast_like(value), codes, np.int8(MISSING_CODE))
    codes = codes.assign_coords(coords)
    words = " ".join((*VALUE_WORDS, MISSING))
    flags = np.array([*range(len(VALUE_WORDS)), MISSING_CODE], "i1")
    about = {"long_name": f"status of {name}", "flag_values": flags, "flag_meanings": words}
    return codes.astype("i1").transpose(*value.dims).assign_attrs(about).rename(f"{name}_status")


def _without_notes(data: xr.Dataset) -> xr.Dataset:
    """Without what points are told by, of which xarray makes copies with each step."""
    return data.drop_vars([name for name in ("point_id", "step") if name in data.coords])


def status_counts(data: xr.Dataset, name: str) -> dict[str, int]:
    """How many values of a variable have each status, for those that occur: `{"ok": 32}`.

    Args:
        data, name: as those of `statuses`.
    """
    codes, counts = np.unique(statuses(data, name), return_counts=True)
    words = [VALUE_WORDS[code] if code != MISSING_CODE else MISSING for code in codes.tolist()]
    return dict(zip(words, counts.tolist(), strict=True))


def trusted(data: xr.Dataset) -> xr.Dataset:
    """The dataset, NaN where the status of a value is another than "ok"."""
    found = data.copy()
    for name in judged(data):
        found[name] = data[name].where(statuses(data, name) == 0)
    return found


def total_error(data: xr.Dataset, name: str) -> xr.DataArray:
    """The root of se^2 + step^2 + step_se^2 + drift^2 + model^2 + model_se^2, as far as known.

    An estimate x of a bias with the standard error s says that its square is x^2 + s^2 on average,
    if nothing else is known of it. With x alone a bias would be missed where noise happens to
    cancel it.

    Args:
        data, name: as those of `statuses`.
    """
    _check(data, name)
    squares = data[error_name(name)] ** 2
    for cause in BIASES:
        error = error_name(name, cause)
        if error in data:
            squares = squares + data[error].fillna(0.0) ** 2
    about = {"long_name": f"total error of {name}", "units": data[name].attrs.get("units", "1")}
    return (squares**0.5).assign_attrs(about).rename(f"{name}_total_error")


def with_model_error(data: xr.Dataset, found: xr.Dataset) -> xr.Dataset:
    """The dataset with what `twoqs.trust` found of each of its variables, and the largest of it.

    Args:
        data: a result of `twoqs.simulate` for the model that `found` is of.

    Raises:
        ArgumentError: unless `found` is of `twoqs.trust`, and of the same times.
    """
    wanted = "be a dataset of `twoqs.trust` for the same times"
    usable = isinstance(found, xr.Dataset) and "tested" in found.attrs
    require(usable, "found", wanted, type(found).__name__)
    same = ("time" in data.dims) == ("time" in found.dims)
    same = same and ("time" not in data.dims or data.time.equals(found.time))
    require(same, "found", wanted, dict(found.sizes))
    errors = [
        error
        for name in judged(data)
        for error in (error_name(name, "model"), error_name(name, "model_sampling"))
        if error in found and set(found[error].dims) <= set(data[name].dims)
    ]
    largest = [MODEL_ERROR] if MODEL_ERROR in found else []
    return data.assign({error: found[error] for error in (*errors, *largest)})


def effective_samples(data: xr.Dataset, name: str) -> xr.DataArray:
    """How many independent draws from the state give a mean the standard error that it has.

    var(A)/se(A)^2, of a spin component or an amplitude with a variance beside it: trajectories,
    times sites that are averaged over, times what samples of a window amount to. These are
    T/(2 tau) of each trajectory, with tau the integrated autocorrelation time, where the window T
    is long. It is as uncertain as the variance of the error, by sqrt(2/(groups - 1)) with groups
    of 16 trajectories.

    Args:
        data: as that of `statuses`.
        name: as `sz`, `a_re`, or `total_sz` of a total spin called `total`.

    Returns:
        Of the shape of the variable; NaN where there is no error.

    Raises:
        ArgumentError: unless it is a mean whose variance the dataset has.
    """
    known = [one for one in judged(data) if _variance_of(one)[0] in data]
    wanted = f"be a mean with a variance beside it ({', '.join(known)})"
    require(name in known, "name", wanted, name)
    variance, share = _variance_of(name)
    squares = data[error_name(name)] ** 2
    found = share * data[variance] / squares.where(squares > 0)
    about = {"long_name": f"independent samples that {name} is made of", "units": "1"}
    return found.assign_attrs(about).rename(f"{name}_effective_samples")


def _variance_of(name: str) -> tuple[str, float]:
    """The variance that belongs to a mean, and what is to be multiplied by: q = sqrt(2) Re a."""
    if name in QUADRATURES:
        return QUADRATURES[name], 0.5
    before, component = name[:-2], name[-2:]
    return f"{before}var_{component}" if component in ("sx", "sy", "sz") else "", 1.0


def _check(data: xr.Dataset, name: str) -> None:
    known = ", ".join(judged(data))
    there = name in data and error_name(name) in data
    require(there, "name", f"be a variable with a standard error ({known})", name)


def judged(data: xr.Dataset) -> list[str]:
    """Names of the variables whose values have a status: those with a standard error."""
    return [name for name in without_errors(data.data_vars) if error_name(name) in data]


def _reasons(data: xr.Dataset, name: str) -> Iterator[tuple[str, xr.DataArray]]:
    """Words of statuses and where they hold, the weightiest first."""
    value, error = data[name], data[error_name(name)]
    yield "not-resolved", value.isnull() | (abs(value) == np.inf)
    yield "unphysical", marks(data, name) != 0
    if WINDOW_FLAG in data:
        alarms = [WINDOW_WORDS.index(word) for word in ALARMS]
        alarmed = data[WINDOW_FLAG].isin(alarms)
        drift = error_name(name, "drift")
        # Of values whose drift is not known, all of a window that begins too early are suspect.
        yield "not-stationary", alarmed & ~(data[drift] <= error) if drift in data else alarmed
    if STARTS_DIM in value.dims:
        yield "depends-on-start", differing(data, name)
    step = error_name(name, "step")
    if step in data:
        own = data[error_name(name, "step_sampling")]
        sure = abs(data[step]) > SURE_OF_STEP * own
        if STEP_FLAG in data:
            sure &= data[STEP_FLAG] == STEP_WORDS.index(TOGETHER)
        yield "step-error", sure & (abs(data[step]) > error)
    model = error_name(name, "model")
    if model in data:
        off = (data[model] ** 2 + data[error_name(name, "model_sampling")] ** 2) ** 0.5
        most = TOLERATED_MODEL_ERROR
        yield "model-error", (off > most * abs(value)) & (off > most * _scale(data, name))
    if "trajectories" in data:
        yield "few-groups", data["trajectories"] < GROUPS_FOR_ERRORS * GROUP


def _scale(data: xr.Dataset, name: str) -> xr.DataArray | float:
    """What is large for a variable: S of the longest spin or S^2, or 1; 0 where its size tells."""
    power = getattr(OBSERVABLES.get(name), "power", None)  # arithmetic drops attributes
    power = data[error_name(name, "model")].attrs.get(SCALE_POWER, power)
    if not power:
        return 0.0 if power is None else 1.0
    longest = spins(data)
    return longest.max(set(longest.dims) & {MEMBER}) ** power
