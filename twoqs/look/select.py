"""Selection along axes of floats that forgives rounding: the accessor `twoqs` of xarray objects."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import xarray as xr

from twoqs.errors import require
from twoqs.look.pictures import Pictures
from twoqs.look.positions import common, places_of
from twoqs.model.arguments import number

TOLERANCE = 1e-9
"""Share of a value within which another one counts as the same."""


@xr.register_dataarray_accessor("twoqs")
@xr.register_dataset_accessor("twoqs")
class Selection(Pictures):
    """What `data.twoqs` offers, for a Dataset or DataArray of a sweep or simulation.

    Examples:
        >>> ds = twoqs.simulate(twoqs.Model(spin=100, decay=1.0), times=[0, 0.1, 0.2])
        >>> ds.twoqs.sel(time=0.1 * 2).time.item(), ds.twoqs.status("sz").values
        (0.2, array([0, 0, 0], dtype=int8))
    """

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

        Examples:
            >>> ds = twoqs.simulate(twoqs.Model(spin=100, decay=1.0), times=[0, 0.1, 0.3])
            >>> ds.twoqs.sel(time=0.1 * 3).time.item(), 0.1 * 3 in ds.time
            (0.3, False)
            >>> ds.twoqs.sel(time=slice(0.1, 0.3)).time.values
            array([0.1, 0.3])
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

        Examples:
            >>> sweep = twoqs.Sweep(twoqs.Model(spin=100, decay=1.0), times=[0, 1], trajectories=64)
            >>> ds = twoqs.run(sweep, workers=0, store="results/decay", progress=False)
            >>> more = ds.twoqs.derive(share="sz/spin")
            >>> more.share.values.round(2)
            array([-1., -1.])
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

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> ds = twoqs.simulate(model, times=[1], trajectories=1024)
            >>> theta = ds.twoqs.replicas("sz") ** 2
            >>> error = ((theta.sizes["replica"] - 1) * theta.var("replica")) ** 0.5
            >>> bool(np.isclose(error, 2 * ds.sz * ds.sz_se, rtol=0.01))
            True
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

        Examples:
            >>> model = twoqs.Model(spin=100, field=(1.0, 0, 0), decay=1.0)
            >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1, 2]}, times=[0, 5], trajectories=64)
            >>> ds = twoqs.run(sweep, workers=0, store="results/drive", progress=False)
            >>> ds.twoqs.refined(2).shape
            (5,)
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

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> status = twoqs.simulate(model, times=[0, 1]).twoqs.status("sz")
            >>> status.values, status.attrs["flag_meanings"].split()[0]
            (array([0, 0], dtype=int8), 'ok')
        """
        from twoqs.look.trusted import statuses  # selections need none

        return statuses(self._dataset(), name)

    def with_model_error(self, found: xr.Dataset) -> Any:
        """The Dataset with `<name>_model` and `<name>_model_se` of `twoqs.trust`.

        Args:
            found: what that has found, for the same model and times.

        Raises:
            ArgumentError: unless this is a Dataset, and `found` one of the same times.

        Examples:
            >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
            >>> ds = twoqs.simulate(model, times=[0, 2], trajectories=64)
            >>> found = twoqs.trust(model, times=[0, 2], longest=4, trajectories=1024)
            >>> "sz_model" in ds.twoqs.with_model_error(found)
            True
        """
        from twoqs.look.trusted import with_model_error

        return with_model_error(self._dataset(), found)

    def trusted(self) -> Any:
        """The Dataset, NaN where the status of a value is another than "ok".

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> ds = twoqs.simulate(model, times=[0, 1])
            >>> bool((ds.twoqs.trusted().sz == ds.sz).all())
            True
        """
        from twoqs.look.trusted import trusted

        return trusted(self._dataset())

    def total_error(self, name: str) -> Any:
        """What a value may be off by, the root of the squares of its errors, as far as known.

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> ds = twoqs.simulate(model, times=[0, 1])
            >>> bool((ds.twoqs.total_error("sz") >= ds.sz_se).all())
            True
        """
        from twoqs.look.trusted import total_error

        return total_error(self._dataset(), name)

    def effective_samples(self, name: str) -> Any:
        """How many independent draws from the state a mean is worth: `twoqs.look.trusted`.

        Args:
            name: of a spin component or an amplitude whose variance the Dataset has, as `sz`.

        Raises:
            ArgumentError: unless this is a Dataset with both.

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> ds = twoqs.simulate(model, times=[1])
            >>> bool(np.isclose(ds.twoqs.effective_samples("sz"), ds.var_sz / ds.sz_se**2))
            True
        """
        from twoqs.look.trusted import effective_samples

        return effective_samples(self._dataset(), name)
