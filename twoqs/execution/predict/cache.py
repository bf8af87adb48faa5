"""A folder of predictions, one small file each, named by what they predict."""

from __future__ import annotations

import hashlib
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, StoreError
from twoqs.kernels.compile.sources import closure_digest
from twoqs.methods.numerics import Numerics
from twoqs.model.arguments import file_name
from twoqs.model.model import Model
from twoqs.store.files import write_atomic
from twoqs.sweep import Sweep

VERSION = 2
"""Raise it when what is kept of a prediction changes: files of before are refused from then on."""

THEORY_METHODS = (
    "closed form", "Holstein-Primakoff", "rate equation", "master equation", "mean field",
    "single members",
)  # fmt: skip
"""Methods of prediction, all exact but two to leading order in 1/S: Holstein-Primakoff, which is
linear theory about the fixed point that a model goes to, and mean field, which is its trajectory
and linear theory along it, as long as fluctuations are small. Files of predictions hold their
numbers: new ones come last."""

CODE = closure_digest("twoqs.theory.point")
"""Digest of the code that predicts: what other code has predicted is not found again."""


def subject(model: Model, numerics: Numerics) -> str:
    """Digest of what is predicted: it depends on the model and on what is measured alone."""
    when = numerics.times if numerics.average is None else "steady"
    asked: tuple[Any, ...] = VERSION, model.digest, when, numerics.observables
    if numerics.requests or numerics.derived:  # whose bins and windows matter
        texts = tuple(request.text for request in numerics.requests)
        asked += texts, numerics.derived, numerics.average, numerics.samples
    return short_digest(repr(asked))


def points_digest(sweep: Sweep) -> str:
    """Digest of what is predicted at which coordinates, whatever the order of the points."""
    lines = sorted(
        f"{sorted(point.coordinates.items())} {subject(point.model, point.numerics)}"
        for point in sweep.points
    )
    return hashlib.sha256("\n".join([*sorted(sweep.dims), *lines]).encode()).hexdigest()


def are_for(predicted: xr.Dataset, sweep: Sweep) -> bool:
    """Whether predictions are those for the points of this sweep."""
    return bool(predicted.attrs.get("points_sha256") == points_digest(sweep))


def short_digest(text: str) -> str:
    """A name for what a text says."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class NoPredictionsError(StoreError, ArgumentError):
    """There is no file of predictions at the path that was given."""


class PredictionCache:
    """Predictions on disk; a file that is damaged counts as none.

    Args:
        folder: made when the first prediction is kept.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(file_name("folder", folder))

    @staticmethod
    def key(model: Model, numerics: Numerics) -> str:
        """Name of a prediction: of what is predicted, and of the code that predicts it."""
        return short_digest(f"{subject(model, numerics)} {CODE}")

    def get(self, key: str) -> xr.Dataset | None:
        """What is kept under a name, or None."""
        try:
            return read_predictions(self.folder / f"{key}.nc")
        except StoreError:
            return None

    def put(self, key: str, prediction: xr.Dataset) -> None:
        """Keep a prediction: whole, or not at all.

        Raises:
            StoreError: if the disk refuses.
        """
        write_netcdf(prediction, self.folder / f"{key}.nc")


def write_netcdf(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset as one file that appears as a whole.

    Raises:
        StoreError: if the disk refuses.
    """
    path = Path(file_name("path", path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            # Older formats of netCDF hold 32-bit integers; xarray says so for every one.
            warnings.simplefilter("ignore", UserWarning)
            stamped = dataset.assign_attrs(content_sha256=_digest(dataset))
            content = bytes(stamped.to_netcdf(engine="scipy"))
        write_atomic(path, content)
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror}.") from error


def read_predictions(path: str | os.PathLike[str]) -> xr.Dataset:
    """The predictions in a file that `write_netcdf` wrote.

    Raises:
        StoreError: if there is no such file, or it is not what was written.
    """
    name = file_name("path", path)
    if not os.path.isfile(name):
        raise NoPredictionsError(f"There are no predictions in {name}: `twoqs predict` makes them.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is damaged is refused in our own words
            with xr.open_dataset(name, engine="scipy", mmap=False) as file:
                found = file.load()
        if found.attrs.pop("content_sha256") == _digest(found):
            return found
    except (OSError, ValueError, LookupError, TypeError, AttributeError, MemoryError):
        pass
    raise StoreError(f"The predictions in {name} are damaged; `twoqs predict` makes them anew.")


def _digest(dataset: xr.Dataset) -> str:
    digest = hashlib.sha256()
    for name in sorted(map(str, dataset.variables)):
        variable = dataset[name]
        digest.update(f"{name} {variable.dims} {variable.shape}\n".encode())
        if variable.dtype.kind in "SUO":
            digest.update(repr([str(text) for text in variable.values.flat]).encode())
        else:
            digest.update(np.ascontiguousarray(variable.values, dtype="<f8").tobytes())
    return digest.hexdigest()
