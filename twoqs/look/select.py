"""Selection along axes of floats that forgives rounding: the accessor `twoqs` of xarray objects."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import xarray as xr

from twoqs.errors import require
from twoqs.look.positions import common, places_of
from twoqs.model.arguments import number

TOLERANCE = 1e-9
"""Share of a value within which another one counts as the same."""


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
            dim, positions = places_of(self._data, name, label, tolerance)
            if dim in found:
                positions = common(found[dim], positions)
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
        scattered: bool = False,
    ) -> Any:
        """The sweep with more values where results change fastest beyond their noise.

            data = twoqs.run(data.twoqs.refined(8), store="results/drive")

        Args:
            points: how many new values, of all these axes together.
            axis: one or more with numbers; if left out, the only one.
            variables: results to look at; if left out, the leading one.
            log: those of the axes whose distances are those of the logarithms.
            scattered: whether two axes get points, wherever they are between them, in place of
                values, which are lines of a grid; the two move together from then on, and get
                points in any case.

        Returns:
            A `twoqs.Sweep`, which goes on with the store of the first.

        Raises:
            ArgumentError: unless this is a Dataset that `open` or `run` read; or for axes or
                variables that cannot be used.
        """
        from twoqs.look.refine import refined  # which opens stores

        return refined(self._dataset(), points, axis, variables, log, scattered)

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
        y_log: bool = False,
    ) -> Any:
        """The picture that `twoqs plot` draws: curves with error bars, or a map.

        Args:
            name: of a variable; `sz`, or of modes alone `n`, if left out.
            x: dimension along x, each combination of the others being a curve.
            y: dimension along y of a map; drawn without it if two axes have many numbers.
            at: for dimensions, the coordinate to show (the nearest one, for numbers).
            per_spin: whether values are in units of S or S^2.
            contours: values at which a map has lines.
            y_log: whether curves are drawn over the logarithm of their values.

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
        view = View(chosen, x, y, per_spin, contours=tuple(contours), y_log=y_log)
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
