"""Results per spin length: means in units of S, variances and correlations in units of S^2."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from twoqs.errors import ArgumentError
from twoqs.look.unphysical import spins
from twoqs.measure import OBSERVABLES
from twoqs.measure.names import errors_of, without_errors

UNITS = {"hbar": ("S", 1), "hbar^2": ("S^2", 2)}
"""New units, and the power of S to divide by, for each unit of a variable."""

LABELS = tuple(unit for unit, _ in UNITS.values())


def in_hbar(data: xr.Dataset) -> list[str]:
    """Names of the variables that have such units; their errors go along with them."""
    names = without_errors(data.data_vars)
    return [name for name in names if data[name].attrs.get("units") in UNITS]


def over_spin(data: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """The dataset with some variables, and their errors, in units of S or S^2.

    S of an ensemble of N is N/2. Every value is divided by the S of its own point, member or site.

    Args:
        data: results of `twoqs.simulate`, of a sweep, or of some of its points.
        names: variables; all others stay as they are.

    Raises:
        ArgumentError: for a variable that is neither a spin nor a product of two.
    """
    changed = {}
    for name in names:
        units = str(data[name].attrs.get("units", "1"))
        if units not in UNITS:
            wanted = f"go with variables in units of {' or '.join(UNITS)}"
            raise ArgumentError.of("per_spin", wanted, name)
        label, power = UNITS[units]
        record = OBSERVABLES.get(name)
        dims = data[name].dims if record is None else record.dims
        spin = spins(data, "site" if "site" in dims else "member")
        for each in (name, *errors_of(name, data)):
            values = (data[each] / spin**power).transpose(*data[each].dims)
            changed[each] = values.assign_attrs(data[each].attrs | {"units": label})
    return data.assign(changed)
