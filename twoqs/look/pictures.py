"""Pictures that the accessor `twoqs` of xarray objects draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from twoqs.errors import require


class Pictures:
    """What `data.twoqs` draws; `twoqs.look.select.Selection` has it with all else.

    Args:
        data: a Dataset or DataArray of a sweep or simulation.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

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

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> ds = twoqs.simulate(model, times=[0, 0.5, 1])
            >>> ds.twoqs.plot("sz", per_spin=True).savefig("decay.png")
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

        Examples:
            >>> model, asked = twoqs.Model(spin=100, decay=1.0), {"ball": twoqs.sphere("spin")}
            >>> ds = twoqs.simulate(model, times=[5], trajectories=256, observables=asked)
            >>> ds.isel(time=0).twoqs.plot_sphere("ball").savefig("ball.png")
        """
        from twoqs.look.plot.labels import Y_WIDTH, label_of
        from twoqs.look.plot.maps import sphere_figure  # selections need no pictures
        from twoqs.look.plot.typeset import wrapped

        data, known = self._data, isinstance(self._data, xr.Dataset)
        require(known and name in data, "name", "be a variable of a Dataset", name)
        return sphere_figure(data, name, wrapped(label_of(data, name), Y_WIDTH))

    def _dataset(self) -> xr.Dataset:
        data = self._data
        require(isinstance(data, xr.Dataset), "data", "be a Dataset", type(data).__name__)
        return data
