"""Where numbers of quanta belong to no state of a mode: they are negative beyond their noise.

<n> = E|alpha|^2 - 1/2 is a difference. Where terms beyond second order are strong, and quanta few,
the truncation takes away from the half quantum of the vacuum.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError
from twoqs.measure.members import MODES, family_of
from twoqs.measure.names import error_name
from twoqs.model.model import Model
from twoqs.simulation.certainty import certain_errors

QUANTA = "n"
NEEDED_OF_MODES = (QUANTA, "trajectories")
"""Variables that tell."""

NEGATIVE = 8
"""The flag, beside those of `twoqs.simulation.validity`."""

NEGATIVE_QUANTA = "the number of quanta is negative"
FEW_QUANTA = "few quanta with such terms are beyond the method (docs/accuracy.md)"

SLACK_OF_QUANTA = 0.025
"""How far the number of quanta may lie below 0: 5 % of the half quantum of the vacuum."""


def quanta_reasons(data: xr.Dataset) -> xr.DataArray:
    """`NEGATIVE` where the number of quanta belongs to no state, 0 elsewhere.

    Args:
        data: with NEEDED_OF_MODES and the standard error.

    Returns:
        Integers over the points and, as far as there are, `time` and `mode`, with the CF attributes
        `flag_masks` and `flag_meanings`.

    Raises:
        ArgumentError: if the dataset does not say what is needed.
    """
    needed = (*NEEDED_OF_MODES, error_name(QUANTA))
    missing = [name for name in needed if name not in data.data_vars]
    if missing:
        raise ArgumentError.of("data", f"hold {', '.join(missing)}", "a dataset without")
    n, error = (data.variables[name] for name in (QUANTA, error_name(QUANTA)))
    certain = xr.apply_ufunc(
        certain_errors, data.variables["trajectories"], dask="parallelized", output_dtypes=[float]
    )
    below = (n + certain * error < -SLACK_OF_QUANTA).transpose(*n.dims)
    about = {
        "long_name": "whether values belong to no state of a mode",
        "units": "1",
        "flag_masks": np.array([NEGATIVE], "i1"),
        "flag_meanings": "negative-quanta",
    }
    flags = below.astype("i1") * np.int8(NEGATIVE)
    return xr.DataArray(flags, data[QUANTA].coords, name="unphysical_reasons", attrs=about)


def quanta_warning(data: xr.Dataset, model: Model) -> str | None:
    """A sentence about the modes of a result of `simulate`; None if they are in order."""
    family = family_of(model, MODES)
    if not family.members:
        return None
    wrong = quanta_reasons(data) != 0
    if not wrong.any():
        return None
    when = ""
    if "time" in wrong.dims:
        others = [dim for dim in wrong.dims if dim != "time"]
        when = f" from time {float(data.time[wrong.any(others).values.argmax()]):g} on"
    marked = wrong.any([dim for dim in wrong.dims if dim != MODES]).values.reshape(-1)
    names = [name for name, one in zip(family.names, marked, strict=True) if one]
    whose = f"the mode {', '.join(names)}" if len(model.members) > 1 else "the mode"
    lowest = float(data[QUANTA].where(wrong).min())
    return (
        f"Values{when} belong to no state of {whose}, whatever their standard errors say: "
        f"{NEGATIVE_QUANTA} ({lowest:.3g}). Do not use them; {FEW_QUANTA}."
    )
