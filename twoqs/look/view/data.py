"""What the page of `twoqs view` shows of results, as numbers and texts that JSON can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.execution.predict import are_for
from twoqs.look.choice import leading_variable, moving_along
from twoqs.look.open import open_one, reading
from twoqs.look.plot.doubts import EARLY, signs
from twoqs.look.plot.drawn import shown_data
from twoqs.look.plot.labels import flag_words, made_of, shown_of
from twoqs.look.plot.maps import cells_of
from twoqs.look.plot.picture import WHOLE_VIEW, longest_axis, map_plane
from twoqs.look.plot.quick import is_numeric
from twoqs.look.plot.ranges import feature_range, is_geometric
from twoqs.look.plot.style import hex_colours
from twoqs.look.plot.theory import with_theory
from twoqs.look.view.texts import plain_symbols
from twoqs.measure.names import ERRORS, error_name, without_errors
from twoqs.measure.statuses import VALUE_MEANINGS
from twoqs.sweep import Sweep

VALUES_ON_PAGE = 200_000
"""Values of all results of a page, each with its errors: what is more is thinned. So many take
some 15 MB, which browsers read in a second."""


def page_data(
    paths: Sequence[Path], predicted: xr.Dataset | None = None, unfinished: bool = False
) -> dict[str, Any]:
    """All that the page shows of some stores.

    Args:
        paths: folders of sweeps, which may be running.
        predicted: what `twoqs predict` has for the sweep of at least one of them.
        unfinished: whether a store may have no values yet.

    Returns:
        What JSON can hold, NaN as null; arrays of values are flat, in the order of their `dims`.

    Raises:
        StoreError: if there is no store, or a damaged one.
        ArgumentError: if one has no values yet, two have no axis in common, or the predictions are
            for none of them.
    """
    results = [open_one(path, early=True) for path in paths]
    for path, data in zip(paths, results, strict=True):
        if not unfinished and not bool((data.trajectories > 0).any()):
            raise ArgumentError(f"The store {path} has no values yet: none of its batches is done.")
        if data is not results[0] and not _axes(results[0]) & _axes(data):
            raise ArgumentError(
                f"The stores {paths[0]} and {path} have no axis in common, along which they could "
                f"be compared: {', '.join(sorted(_axes(results[0])))} and "
                f"{', '.join(sorted(_axes(data)))}."
            )
    fits = [predicted is not None and are_for(predicted, _sweep(data)) for data in results]
    usable = predicted is None or any(fits)
    require(usable, "predictions", "be for the sweep of a store", [str(path) for path in paths])
    share = VALUES_ON_PAGE // len(paths)
    shown = []
    for path, data, has in zip(paths, results, fits, strict=True):
        with reading(path):
            shown.append(result_data(data, predicted if has else None, share))
    return {"stores": shown, "statuses": _statuses(), "early": EARLY, "colours": _colours()}


def result_data(data: xr.Dataset, predicted: xr.Dataset | None, most: int) -> dict[str, Any]:
    """What the page shows of one result; `most` values of it at most."""
    names = [name for name in without_errors(data.data_vars) if name != "trajectories"]
    kept = _thinned(data, names, most)
    part = data.isel(kept)
    dims = [str(dim) for dim in data.dims if dim in data.coords]
    points = {"trajectories": "trajectories", "complete": "complete", "step": "step"}
    return {
        "title": str(data.attrs["title"]),
        "comment": str(data.attrs.get("comment", "")),
        "made": made_of(data),
        "first": leading_variable(data),
        "sweep": json.dumps(json.loads(data.attrs["sweep"]), indent=1, ensure_ascii=False),
        "thinned": [
            f"{dim}: {len(kept[dim])} of {data.sizes[dim]} values are shown" for dim in kept
        ],
        "sizes": {str(dim): size for dim, size in part.sizes.items()},
        "axes": {one: _axis(part, dim, one) for dim in dims for one in shown_of(part, dim)},
        "points": {"dims": list(map(str, data.trajectories.dims))}
        | {key: _listed(part[name].values) for key, name in points.items() if name in part},
        "variables": {name: _variable(data, name, predicted, kept) for name in names},
    }


def _axes(data: xr.Dataset) -> set[str]:
    """Names along which results may be compared: axes of the sweep, and numbers of results."""
    swept = {one for dim in data.trajectories.dims for one in (str(dim), *moving_along(data, dim))}
    return swept | {str(dim) for dim in data.dims if dim in data.coords and is_numeric(data[dim])}


def _sweep(data: xr.Dataset) -> Sweep:
    return Sweep.from_dict(json.loads(data.attrs["sweep"]))


def _thinned(data: xr.Dataset, names: Sequence[str], most: int) -> dict[str, Any]:
    """Positions along the dimensions that are thinned, both ends included."""
    sizes = {dim: size for dim, size in data.sizes.items() if dim in data.coords}
    thin: dict[str, Any] = {}

    def count() -> int:
        return sum(math.prod(sizes.get(dim, 1) for dim in data[name].dims) for name in names)

    while count() > most:
        dim = max((dim for dim in sizes if is_numeric(data[dim])), key=lambda one: sizes[one])
        sizes[dim] = max(2, sizes[dim] // 2)
        even = np.linspace(0, data.sizes[dim] - 1, sizes[dim])
        thin[str(dim)] = np.unique(even.round().astype(int))
        if sizes[dim] == 2:
            break
    return thin


def _axis(data: xr.Dataset, dim: str, name: str) -> dict[str, Any]:
    """A dimension, or what moves along it."""
    values, numeric = data[name], is_numeric(data[name])
    attributes = values.attrs
    return {
        "dim": dim,
        "label": _label(name, attributes),
        "units": _units(attributes),
        "values": _listed(values.values) if numeric else [str(one) for one in values.values],
        "numeric": numeric,
        "bins": numeric and dim.endswith("_bin") and dim not in data.trajectories.dims,
        "log": numeric and is_geometric(values.values),
        "swept": dim in data.trajectories.dims,
        "sets": str(attributes.get("sets", "")),
    }


def _variable(
    data: xr.Dataset, name: str, predicted: xr.Dataset | None, kept: dict[str, Any]
) -> dict[str, Any]:
    """A variable with its errors, its statuses and its theory, as far as there are any."""
    known = predicted is not None and name in predicted
    if predicted is not None and known and set(predicted[name].dims) <= set(data[name].dims):
        data = with_theory(data, predicted, name)
    found = shown_data(data, data, name)
    causes = {text: error_name(name, cause) for cause, text in ERRORS.items()}
    causes = {text: error for text, error in causes.items() if error in data}
    part = found.assign({error: data[error].variable for error in causes.values()})
    part = part.isel({dim: where for dim, where in kept.items() if dim in part.dims}).load()
    also = {key: f"{name}_{key}" for key in ("total_error", "status", "theory", "rhat")}
    return {
        "dims": list(map(str, data[name].dims)),
        "label": _label(name, data[name].attrs),
        "units": _units(data[name].attrs),
        "values": _listed(part[name].values),
        "errors": {text: _listed(part[error].values) for text, error in causes.items()},
        **{key: _listed(part[one].values) for key, one in also.items() if one in part},
        "words": {str(code): word for code, word in flag_words(data[name]).items()},
        **_default_view(data, name),
    }


def _default_view(data: xr.Dataset, name: str) -> dict[str, Any]:
    """What `twoqs plot` would draw it over: a plane, or one axis and a part of it."""
    if not data[name].dims:
        return {"x": None, "plane": None, "range": None}
    cells = cells_of(data, name)
    x = longest_axis(data, name, cells)
    plane = cells if len(cells) == 2 else list(map_plane(data, name, WHOLE_VIEW))
    return {"x": x, "plane": plane or None, "range": feature_range(data, name, x)}


def _listed(values: Any) -> list[Any]:
    """Numbers in a flat list, those that are none as None."""
    flat = np.asarray(values).ravel().tolist()
    return [None if isinstance(one, float) and not math.isfinite(one) else one for one in flat]


def _label(name: str, attributes: Any) -> str:
    meaning = str(attributes.get("long_name", name)).split(";")[0]
    known = plain_symbols(name)
    return known if meaning == name else f"{known}: {plain_symbols(meaning)}"


def _units(attributes: Any) -> str:
    units = str(attributes.get("units", "1"))
    return "" if units == "1" else plain_symbols(units)


def _statuses() -> list[dict[str, str]]:
    """By their number: word, sign, colour, what it means."""
    return [
        {"word": word, "sign": sign, "colour": colour, "meaning": str(meaning)}
        for (word, meaning), (sign, colour) in zip(VALUE_MEANINGS.items(), signs(), strict=True)
    ]


def _colours() -> dict[str, list[str]]:
    return {"curves": hex_colours("viridis", 21), "signed": hex_colours("RdBu_r", 11)}
