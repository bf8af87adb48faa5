"""The sweep file with the new values: nothing but the values of the axes is changed."""

from __future__ import annotations

import copy
import functools
import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from twoqs.errors import ArgumentError, StoreError, require
from twoqs.execution.plan import store_path
from twoqs.look.choice import leading_variable
from twoqs.look.derive import source_of
from twoqs.look.open import load
from twoqs.look.refine.curves import set_aside
from twoqs.look.refine.propose import Refinement, refine
from twoqs.look.refine.scattered import Scattered, scatter
from twoqs.model.arguments import names
from twoqs.store import NoStoreError, check_sweep, read_spec
from twoqs.sweep import SpecError, Sweep
from twoqs.sweep.edit import dump, with_axis_values, with_zipped_axes
from twoqs.sweep.source import parse
from twoqs.text import command_line

UNEDITABLE = (
    "The new values make no sweep, or they cannot be written into this file: write out values that "
    "it shares by an anchor."
)


@dataclass(frozen=True)
class Source:
    """A sweep that has been run, and the text that describes it.

    Attributes:
        text: the sweep file; written anew from what the store keeps, if only that is known.
        size: one of its sizes, or None.
        sweep: the sweep.
        store: folder of its store.
        path: the sweep file; None if the store alone is known.
    """

    text: str
    size: str | None
    sweep: Sweep
    store: Path
    path: Path | None = None

    @classmethod
    def of(
        cls, path: Path, size: str | None = None, store: str | os.PathLike[str] | None = None
    ) -> Source:
        """The sweep in a file, or in a store.

        Raises:
            ArgumentError: if there is no such sweep, or it has not been run.
        """
        if not path.is_dir():
            sweep = Sweep.from_file(path, size)
            folder = store_path(sweep, store)
            source = cls(path.read_text(encoding="utf-8"), size, sweep, folder, path)
            if not check_sweep(folder, sweep):
                raise NoStoreError(
                    f"There is no sweep in {folder}; make it first: {source.command(path)}"
                )
            return source
        require(size is None, "size", "go with a sweep file only", size)
        require(store is None, "store", "go with a sweep file only", store)
        spec = read_spec(path)
        return cls(dump(spec), None, Sweep.from_dict(spec), path)

    def data(self) -> xr.Dataset:
        """The merged dataset.

        Raises:
            StoreError: if it is missing or damaged, or has other points than the sweep.
        """
        data = load(self.store)
        every = (one for axis in self.sweep.axes for one in (axis, *axis.parts))
        for axis in every:
            if data[axis.name].values.tolist() != list(axis.coordinates):
                how = f": {self.command(self.path)}" if self.path else "."
                raise StoreError(
                    f"The dataset in {self.store} has other values along the axis `{axis.name}` "
                    f"than the sweep; run the sweep first{how}"
                )
        return data

    def command(self, path: Path) -> str:
        """What a user types to go on with this store by the sweep file at `path`.

        Targets of standard errors that were options of the run before are options again: without
        them the points that are there would go back to their number of trajectories.
        """
        size = [] if self.size is None else ["--size", self.size]
        return command_line("run", path, *size, "--store", self.store, *self._targets())

    def _targets(self) -> list[str]:
        """Options for the targets in the store, if the sweep itself has none."""
        if not self.store.is_dir():
            return []
        try:
            stored = read_spec(self.store)
        except NoStoreError:
            return []
        kept = {
            option: stored.get(option.replace("-", "_")) or {}
            for option, own in (
                ("target-se", self.sweep.target_se),
                ("target-step", self.sweep.target_step),
            )
            if not own
        }
        options = [
            f"--{option}={name}={error!r}"
            for option, targets in kept.items()
            for name, error in targets.items()
        ]
        most = stored.get("max_trajectories")
        if kept.get("target-se") and most is not None and self.sweep.max_trajectories is None:
            options.append(f"--max-trajectories={most}")
        return options

    def grown(self, refinements: Sequence[Refinement]) -> str:
        """The text with the new values.

        Raises:
            ArgumentError: if the values do not stand where they can be replaced, or a new point
                makes no sense.
        """
        values = {found.axis: found.grown for found in refinements}
        return self._checked(with_axis_values(self.text, values, self.size), values)

    def grown_by(self, found: Scattered) -> str:
        """The text with the new points: two axes that were a grid move together from now on.

        Raises:
            ArgumentError: as those of `grown`; and for a grid with sizes of its own, whose values
                would no longer be one.
        """
        pairs = [*found.old, *found.added]
        values: dict[str, list[int | float]] = {
            f"{found.dim}.zip.{name}": [pair[i] for pair in pairs]
            for i, name in enumerate(found.axes)
        }
        text, new = self.text, found.dim not in self.sweep.spec["axes"]
        if new:
            sizes = parse(text, "the sweep").data.get("sizes") or {}
            heads = tuple(f"axes.{name}." for name in found.axes)
            changed = [size for size, own in sizes.items() if any(k.startswith(heads) for k in own)]
            wanted = f"go with a file without sizes of these axes, or with the store {self.store}"
            require(self.size is None and not changed, "scattered", wanted, self.size or changed)
            text = with_zipped_axes(text, found.axes, found.dim)
        return self._checked(
            with_axis_values(text, values, self.size), values, found if new else None
        )

    def _checked(
        self,
        text: str,
        values: Mapping[str, list[int | float]],
        zipped: Scattered | None = None,
    ) -> str:
        """A text, if it says this sweep with other values and two axes zipped, and nothing else."""
        try:
            spec = Sweep.of(parse(text, "the refined sweep"), self.size).spec
        except SpecError as error:
            raise ArgumentError(f"{UNEDITABLE} {error}") from error
        axes: Any = copy.deepcopy(self.sweep.spec["axes"])
        if zipped is not None:
            both = {name: axes.pop(name) for name in zipped.axes}
            axes[zipped.dim] = {"zip": both}
        for name, numbers in values.items():
            functools.reduce(operator.getitem, name.split("."), axes)["values"] = numbers
        if spec != {**self.sweep.spec, "axes": axes}:
            raise ArgumentError(UNEDITABLE)
        return text


def refined(
    data: xr.Dataset,
    points: int,
    axis: str | Sequence[str] | None,
    variables: str | Sequence[str] | None,
    log: str | Sequence[str],
    scattered: bool,
) -> Sweep:
    """The sweep of the store that `data` was opened from, with new values of axes.

    Args, Raises:
        See `Selection.refined`.
    """
    source = Source.of(source_of(data))
    dims = [str(dim) for dim in data.complete.dims]
    wanted = f"name one of the axes {', '.join(dims)}"
    require(axis is not None or len(dims) == 1, "axis", wanted, axis)
    axes = _listed("axis", dims if axis is None else axis)
    looked = _listed("variables", leading_variable(data) if variables is None else variables)
    known, _ = set_aside(source.data(), looked)
    text, _ = grown_text(source, known, axes, points, looked, _listed("log", log), scattered)
    return Sweep.of(parse(text, "the refined sweep"))


def grown_text(
    source: Source,
    data: xr.Dataset,
    axes: Sequence[str],
    points: int,
    variables: Sequence[str],
    log: Sequence[str],
    scattered: bool,
) -> tuple[str, list[str]]:
    """The text of the refined sweep, and what is new in it, in lines of text.

    Args:
        data: results of the sweep, of which `set_aside` was left out.
        scattered: whether two axes that are a grid are to get points in place of values. Two that
            move together already always do.

    Raises:
        ArgumentError: for axes or variables that cannot be used.
    """
    sweep = source.sweep
    parts = {part.name for axis in sweep.axes for part in axis.parts}
    if scattered or any(name in parts for name in axes):
        found = scatter(sweep, data, axes, points, variables, log)
        return source.grown_by(found), described_points(sweep, found, points)
    values = refine(sweep, data, axes, points, variables, log)
    return source.grown(values), described(sweep, values, points)


def _listed(name: str, given: str | Sequence[str]) -> tuple[str, ...]:
    return names(name, [given] if isinstance(given, str) else given)


def described(sweep: Sweep, refinements: Sequence[Refinement], points: int) -> list[str]:
    """What a refinement adds, in lines of text.

    Args:
        sweep: the sweep before.
        points: new values that were asked for.
    """
    lines = []
    for found in refinements:
        count = len(found.added)
        where = ""
        if count > 1:
            low, high = found.added[(count - 1) // 4], found.added[-1 - (count - 1) // 4]
            where = f", half of them from {low:g} to {high:g}"
        lines.append(f"{count} new values of {found.axis} ({len(found.grown)} in all){where}.")
        if not found.seen:
            text = "differ by no more than noise: new values are evenly spread"
            lines.append(f"Neighbours along {found.axis} {text}.")
    added = sum(len(found.added) for found in refinements)
    if added < points:
        lines.append(f"There is room for {added} new values only, of the {points} asked for.")
    grown = {found.axis: len(found.grown) for found in refinements}
    total = 1
    for axis in sweep.axes:
        total *= grown.get(axis.name, len(axis))
    lines.append(f"{total - len(sweep.points)} new points ({total} in all).")
    return lines


def described_points(sweep: Sweep, found: Scattered, points: int) -> list[str]:
    """What scattered points add, in lines of text; arguments as those of `described`."""
    over, before = " and ".join(found.axes), len(found.old)
    lines = [f"{len(found.added)} new points over {over} ({before + len(found.added)} in all)."]
    if not found.seen:
        text = "differ by no more than noise: new points are evenly spread"
        lines.append(f"Neighbours over {over} {text}.")
    if len(found.added) < points:
        room = f"There is room for {len(found.added)} new points only"
        lines.append(f"{room}, of the {points} asked for.")
    others = len(sweep.points) // before
    if others > 1:
        lines.append(f"Each for {others} choices of the other axes.")
    return lines
