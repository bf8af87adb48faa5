"""Selection along axes of floats that forgives rounding: the accessor `twoqs` of xarray objects."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.look.choice import dimension_of, moving_along
from twoqs.model.arguments import is_sequence, number

TOLERANCE = 1e-9
"""Share of a value within which another one counts as the same."""

ZERO_SHARE = 1e-12
"""Share of the largest value of an axis within which a value counts as 0."""


@xr.register_dataarray_accessor("twoqs")
@xr.register_dataset_accessor("twoqs")
class Selection:
    """What `data.twoqs` offers, for a Dataset or DataArray of a sweep or simulation."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def sel(
        self,
        indexers: Mapping[Hashable, Any] | None = None,
        *,
        tolerance: float = TOLERANCE,
        **choices: Any,
    ) -> Any:
        """`data.sel`, where 0.1 * 3 finds 0.3, and names and numbers may be chosen in one go.

        Args:
            indexers: for dimensions, and for what moves together along one, a value, a list of
                values, or a slice with both ends included, also if the axis is not sorted.
            tolerance: share of a value within which one of the axis counts as the same.
            choices: the same as keywords, `J_y=-0.3`.

        Raises:
            ArgumentError: if there is no such dimension, or no such value along it.
        """
        tolerance = number("tolerance", tolerance)
        require(tolerance >= 0, "tolerance", "not be negative", tolerance)
        usable = indexers is None or isinstance(indexers, Mapping)
        require(usable, "indexers", "be a dict of dimensions and their values", indexers)
        labels = dict(indexers or {}) | choices
        found: dict[Hashable, Any] = {}
        for name, label in labels.items():
            dim, positions = _positions(self._data, name, label, tolerance)
            if dim in found:
                positions = _common(found[dim], positions)
                wanted = f"go with what else is chosen along `{dim}`"
                require(positions is not None, str(name), wanted, label)
            found[dim] = positions
        return self._data.isel(found)

    def derive(self, **formulas: str) -> Any:
        """Functions of variables with standard errors, from the sums of the store; no new run.

        `data.twoqs.derive(per_site="sz/n_sites")`; what a formula may have, docs/observables.md
        says.

        Raises:
            ArgumentError: for formulas that make no sense, or if `data` is not of a store.
        """
        from twoqs.look.derive import derive, source_of  # which opens stores

        new = derive(source_of(self._data), formulas)
        places = {dim: self._data[dim].values for dim in new.dims if dim in self._data.coords}
        return self._data.assign({n: v for n, v in new.sel(places).items() if n not in self._data})

    def replicas(self, names: str | Sequence[str]) -> Any:
        """Estimates with one group of trajectories after the other left out, for own functions.

        Args:
            names: of a variable with a standard error, or several of them.

        Returns:
            A DataArray over `replica` and the dimensions of the variable; for several names a
            Dataset. With n replicas theta_i of anything made of them, its standard error is
            sqrt((n - 1)/n sum_i (theta_i - mean theta)^2).

        Raises:
            ArgumentError: unless this is a Dataset that `simulate` returned in this process or
                `open` read, or points of it; or for names that are none.
            StoreError: if the store is gone, or a record of it damaged.
        """
        from twoqs.look.replicas import replicas  # selections need no store

        return replicas(self._dataset(), names)

    def refined(
        self,
        points: int,
        *,
        axis: str | Sequence[str] | None = None,
        variables: str | Sequence[str] | None = None,
        log: str | Sequence[str] = (),
    ) -> Any:
        """The sweep with more values where results change fastest beyond their noise.

            data = twoqs.run(data.twoqs.refined(8), store="results/drive")

        Args:
            points: how many new values, of all these axes together.
            axis: one or more with numbers; if left out, the only one.
            variables: results to look at; if left out, the leading one.
            log: those of the axes whose distances are those of the logarithms.

        Returns:
            A `twoqs.Sweep`, which goes on with the store of the first.

        Raises:
            ArgumentError: unless this is a Dataset that `open` or `run` read; or for axes or
                variables that cannot be used.
        """
        from twoqs.look.refine import refined  # which opens stores

        return refined(self._dataset(), points, axis, variables, log)

    def status(self, name: str) -> Any:
        """Whether values of a variable can be trusted, and if not, why: `twoqs.look.trusted`.

        Args:
            name: of a variable with a standard error.

        Returns:
            A DataArray of its shape: integers with the attributes `flag_values` and
            `flag_meanings`, 0 for "ok".

        Raises:
            ArgumentError: unless this is a Dataset with such a variable.
        """
        from twoqs.look.trusted import statuses  # selections need none

        return statuses(self._dataset(), name)

    def with_model_error(self, found: xr.Dataset) -> Any:
        """The Dataset with `<name>_model` and `<name>_model_se` of `twoqs.trust`.

        Args:
            found: what that has found, for the same model and times.

        Raises:
            ArgumentError: unless this is a Dataset, and `found` one of the same times.
        """
        from twoqs.look.trusted import with_model_error

        return with_model_error(self._dataset(), found)

    def trusted(self) -> Any:
        """The Dataset, NaN where the status of a value is another than "ok"."""
        from twoqs.look.trusted import trusted

        return trusted(self._dataset())

    def total_error(self, name: str) -> Any:
        """What a value may be off by, sqrt(se^2 + step^2 + drift^2 + model^2) of what is known."""
        from twoqs.look.trusted import total_error

        return total_error(self._dataset(), name)

    def effective_samples(self, name: str) -> Any:
        """How many independent draws from the state a mean is worth: `twoqs.look.trusted`.

        Args:
            name: of a spin component or an amplitude whose variance the Dataset has, as `sz`.

        Raises:
            ArgumentError: unless this is a Dataset with both.
        """
        from twoqs.look.trusted import effective_samples

        return effective_samples(self._dataset(), name)

    def _dataset(self) -> xr.Dataset:
        data = self._data
        require(isinstance(data, xr.Dataset), "data", "be a Dataset", type(data).__name__)
        return data

    def plot(
        self,
        name: str | None = None,
        *,
        x: str | None = None,
        y: str | None = None,
        at: Mapping[str, Any] | None = None,
        per_spin: bool = False,
        contours: Sequence[float] = (),
    ) -> Any:
        """The picture that `twoqs plot` draws: curves with error bars, or a map.

        Args:
            name: of a variable; `sz`, or of modes alone `n`, if left out.
            x: dimension along x, each combination of the others being a curve.
            y: dimension along y of a map; drawn without it if two axes have many numbers.
            at: for dimensions, the coordinate to show (the nearest one, for numbers).
            per_spin: whether values are in units of S or S^2.
            contours: values at which a map has lines.

        Returns:
            A Figure of matplotlib, which notebooks show and `savefig` writes. Values whose status
            is not "ok" have signs of their own, or are hatched in maps.

        Raises:
            ArgumentError: unless this is a Dataset with such a variable and dimensions.
        """
        from twoqs.look.choice import leading_variable
        from twoqs.look.plot.picture import View, picture

        data = self._dataset()
        chosen = {str(dim): str(value) for dim, value in (at or {}).items()}
        view = View(chosen, x, y, per_spin, contours=tuple(contours))
        return picture(data, name or leading_variable(data), view)

    def plot_sphere(self, name: str) -> Any:
        """The picture of a density on the sphere: from outside, and as a map of equal areas.

        Args:
            name: of a variable that the observable `sphere` has made, at one point and time.

        Returns:
            A Figure of matplotlib, which notebooks show and `savefig` writes.

        Raises:
            ArgumentError: for another variable, or one with more dimensions.
        """
        from twoqs.look.plot.labels import Y_WIDTH, label_of
        from twoqs.look.plot.maps import sphere_figure  # selections need no pictures
        from twoqs.look.plot.typeset import wrapped

        data, known = self._data, isinstance(self._data, xr.Dataset)
        require(known and name in data, "name", "be a variable of a Dataset", name)
        return sphere_figure(data, name, wrapped(label_of(data, name), Y_WIDTH))


def _common(one: Any, other: Any) -> Any:
    """Positions that both choose: a number if one of them is one; None if there are none."""
    both = [p for p in np.atleast_1d(one).tolist() if p in np.atleast_1d(other)]
    if not both:
        return None
    return both[0] if np.ndim(one) == 0 or np.ndim(other) == 0 else both


def _positions(data: Any, name: Hashable, label: Any, tolerance: float) -> tuple[Hashable, Any]:
    """A dimension, and the positions along it."""
    dim = dimension_of(data, name)
    known = ", ".join(str(one) for own in data.dims for one in (own, *moving_along(data, own)))
    require(dim is not None, "indexers", f"name only {known}", str(name))
    assert dim is not None
    values = data[name].values
    if name != dim and len(np.unique(values)) < len(values):
        # It may be one value at several places: what is chosen is a part of the dimension then.
        return dim, _all_at(str(name), values, label, tolerance)
    return dim, _positions_in(str(name), values, label, tolerance)


def _all_at(name: str, values: Any, label: Any, tolerance: float) -> Any:
    """Every position of a value, of some, or of those in a range."""
    if isinstance(label, slice):
        return _positions_in(name, values, label, tolerance)
    wanted = list(label) if is_sequence(label) else [label]
    chosen = values[[_number_at(name, values, one, tolerance) for one in wanted]]
    return np.flatnonzero(np.isin(values, chosen))


def _positions_in(dim: str, values: Any, label: Any, tolerance: float) -> Any:
    find = _number_at if values.dtype.kind in "iuf" else _name_at
    if isinstance(label, slice):
        require(find is _number_at and label.step is None, dim, "be a range of numbers", label)
        return _range(dim, values, label, tolerance)
    if is_sequence(label):
        return [find(dim, values, item, tolerance) for item in label]
    return find(dim, values, label, tolerance)


def _number_at(dim: str, values: Any, label: Any, tolerance: float) -> int:
    value = number(dim, label)
    nearest = int(np.abs(values - value).argmin())
    if abs(values[nearest] - value) > _allowed(values, value, tolerance):
        known = np.unique(values)
        ordered = known[np.abs(known - value).argsort(kind="stable")[:2]].tolist()
        near = " and ".join(f"{value:.12g}" for value in sorted(ordered))
        raise ArgumentError.of(dim, f"be a value of the axis (the nearest are {near})", value)
    return nearest


def _name_at(dim: str, values: Any, label: Any, tolerance: float) -> int:
    names = [str(value) for value in values]
    require(str(label) in names, dim, f"be one of {', '.join(names)}", label)
    return names.index(str(label))


def _range(dim: str, values: Any, ends: slice, tolerance: float) -> Any:
    inside = np.ones(len(values), dtype=bool)
    if ends.start is not None:
        start = number(dim, ends.start)
        inside &= values >= start - _allowed(values, start, tolerance)
    if ends.stop is not None:
        stop = number(dim, ends.stop)
        inside &= values <= stop + _allowed(values, stop, tolerance)
    return np.flatnonzero(inside)


def _allowed(values: Any, value: float, tolerance: float) -> float:
    return max(tolerance * abs(value), ZERO_SHARE * float(np.abs(values).max()))
