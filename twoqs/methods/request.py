"""What is measured beside the moments: what a request adds to records, and what is made of it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.model.arrays import Floats
from twoqs.model.model import Model

PartSums = dict[str, Floats]
"""Arrays by the names of the parts of a row."""


class OwnCoordinate(NamedTuple):
    """Values along a dimension of a result, and its attributes: text, units, and others."""

    values: NDArray[Any]
    text: str
    units: str
    others: Mapping[str, Any] = {}


class OwnVariable(NamedTuple):
    """A variable of a result that has no standard error."""

    dims: tuple[str, ...]
    values: Floats
    text: str
    units: str


SMALL_TURN = 1e-2
"""Angle of a perturbation for a spin with the coefficient 1: central differences are then off by
about its square, and far above rounding."""


class Perturbation(NamedTuple):
    """A small turn exp(+-i SMALL_TURN B) of copies of all trajectories.

    Attributes:
        form: coefficients of B, shape (3, site), of x, y, z of spins and of re and -im of modes.
        every: samples after which new copies are made; None for once, at the first sample.
    """

    form: Floats
    every: int | None


class Twin(NamedTuple):
    """Trajectories that were turned to one side and to the other, with the noise of the block.

    Attributes:
        began: number of the sample at which they were.
        plus, minus: as `Sample.bloch`, after exp(i SMALL_TURN B) and exp(-i SMALL_TURN B).
        finite: 1 where both are finite, else 0, shape (lane,).
    """

    began: int
    plus: Floats
    minus: Floats
    finite: Floats


class Sample(NamedTuple):
    """A block of trajectories when it is measured.

    Attributes:
        number: of the sample, from 0.
        time: at which it is taken.
        saved: index along `time` of the record; 0 for a window.
        bloch: x, y, z of spins and ensembles (before the weights of `Correspondence`), of modes
            Re alpha, -Im alpha and |alpha|^2 - 1/2, and the length; zero where a trajectory is not
            finite; shape (4, site, lane).
        finite: 1 for trajectories that are finite, else 0, shape (lane,).
        fields: output fields integrated since the sample before, shape (channel, 2, lane); none
            without taps.
        twins: those of perturbations, by the names of requests.
    """

    number: int
    time: float
    saved: int
    bloch: Floats
    finite: Floats
    fields: Floats
    twins: Mapping[str, Twin] = MappingProxyType({})


class SamplesOfCall(NamedTuple):
    """Samples behind one another; each attribute is that of `Sample` for all of them."""

    number: int  # of the first
    times: tuple[float, ...]
    saved: tuple[int, ...]
    bloch: Floats  # (sample, 4, site, lane)
    finite: Floats  # (sample, lane)
    fields: Floats  # (sample, channel, 2, lane)
    twins: Mapping[str, Twin] = MappingProxyType({})

    @property
    def side_by_side(self) -> Floats:
        """Vectors of all samples as if they were lanes, shape (4, site, sample times lane)."""
        joined = np.moveaxis(self.bloch, 0, 2)
        return joined.reshape(*joined.shape[:2], -1)

    def add_to(self, sums: Floats, values: Floats, rows: int) -> None:
        """Add to sums of shape (row, time, ...) what trajectories that are finite have.

        Args:
            values: as of `side_by_side`, shape (..., sample times lane).
        """
        count = len(self.times)
        kept = values.reshape(*values.shape[:-1], count, -1) * self.finite
        found = np.moveaxis(kept.reshape(*kept.shape[:-1], rows, -1).sum(axis=-1), (-1, -2), (0, 1))
        if self.saved[0] == self.saved[-1]:
            sums[:, self.saved[0]] += found.sum(axis=1)
        else:
            sums[:, self.saved[0] : self.saved[-1] + 1] += found

    def by_time(self) -> Iterator[tuple[int, Floats]]:
        """Vectors of the samples that are saved at one time, and that time."""
        if self.saved[0] == self.saved[-1]:
            yield self.saved[0], self.bloch
        else:
            yield from ((saved, self.bloch[i : i + 1]) for i, saved in enumerate(self.saved))

    def one_by_one(self) -> Iterator[Sample]:
        """Each of them."""
        for i, (time, saved) in enumerate(zip(self.times, self.saved, strict=True)):
            own = self.bloch[i], self.finite[i], self.fields[i], self.twins
            yield Sample(self.number + i, time, saved, *own)


class Accumulator(ABC):
    """Adds what a request keeps of the samples of one block to the rows of its record.

    Attributes:
        kept: single trajectories, shape (trajectory, time, component, site); none but of requests
            that keep some.
    """

    kept: Floats = np.zeros((0, 0, 3, 0))

    @abstractmethod
    def add_all(self, samples: SamplesOfCall) -> None:
        """Take some more samples."""

    def finish(self) -> None:  # noqa: B027 - most have nothing left
        """Add what is only known after the last sample, to sums alone: others may come after it."""


class OneByOne(Accumulator):
    """One that takes samples one after the other: many at once would take it no less time."""

    def add_all(self, samples: SamplesOfCall) -> None:
        """Take some more samples."""
        for sample in samples.one_by_one():
            self.add(sample)

    @abstractmethod
    def add(self, sample: Sample) -> None:
        """Take one more sample."""


@dataclass(frozen=True)
class Request(ABC):
    """Something to be measured, by a name; immutable, and the same in Python and in files.

    In files it is a mapping: `kind` with the first field after the name, and other fields that
    differ from their defaults. What several kinds share is given by keyword alone.

    Attributes:
        name: of its variable, or what the names of its variables begin with.
        kind: its word.
        formulas: names of those of its fields that hold formulas of operators, one or several.
        vectors: whether it takes vectors; if no request does, samples have none.
        adds_up: whether sums of two windows behind one another are those of both together.
        of_one_sample: whether a sample by itself has a value.
    """

    name: str
    kind: ClassVar[str]
    formulas: ClassVar[tuple[str, ...]] = ()
    vectors: ClassVar[bool] = True
    adds_up: ClassVar[bool] = True
    of_one_sample: ClassVar[bool] = True

    def __post_init__(self) -> None:  # noqa: B027 - the end of their chain
        """Refuse fields that make no sense by themselves; each class those of its own."""

    @classmethod
    def main_and_options(cls) -> tuple[Field[Any], list[Field[Any]]]:
        """The field that stands beside `kind`, the first that is given by place; and the others."""
        main, *options = sorted(fields(cls)[1:], key=lambda field: field.kw_only is True)
        return main, options

    @property
    def spec(self) -> dict[str, Any]:
        """What files have of it below its name."""
        main, options = self.main_and_options()
        found = {self.kind: _plain(getattr(self, main.name))}
        for option in options:
            value = getattr(self, option.name)
            if value != option.default:
                found[option.name] = _plain(value)
        return found

    @property
    def text(self) -> str:
        """Canonical text."""
        return json.dumps({self.name: self.spec}, sort_keys=True, separators=(",", ":"))

    def identity(self, model: Model, numerics: Any) -> str:
        """Its part of the identity of a point: its text, and more where its sums have changed."""
        return self.text

    @property
    def taps(self) -> tuple[str, ...]:
        """Labels of the jumps whose output fields it needs."""
        return ()

    def perturbation(self, model: Model, numerics: Any) -> Perturbation | None:
        """What it does to copies of the trajectories, if anything."""
        return None

    @property
    def keeps(self) -> int:
        """How many trajectories are kept one by one, beside sums."""
        return 0

    @abstractmethod
    def check(self, model: Model, numerics: Any) -> None:
        """Refuse what cannot be measured of this model with these settings.

        Raises:
            ArgumentError: naming the argument.
        """

    @abstractmethod
    def shapes(self, model: Model, numerics: Any) -> Mapping[str, tuple[int, ...]]:
        """Shape of each part that it adds to a row of a record: sums over its trajectories."""

    @abstractmethod
    def accumulator(self, model: Model, numerics: Any, parts: PartSums) -> Accumulator:
        """What takes the samples of one block.

        Args:
            parts: where the sums of its rows go, each of shape (row, *shape); zero at first.
        """

    @abstractmethod
    def observables(self, model: Model, numerics: Any) -> tuple[Any, ...]:
        """Records of what is made of the sums, which `averages.sums` has as "name:part"."""

    def variables(self, model: Model, numerics: Any, kept: Floats) -> Mapping[str, OwnVariable]:
        """What is made of single trajectories, shape (trajectory, time, component, site)."""
        return {}

    def coordinates(self, model: Model, numerics: Any) -> Mapping[str, OwnCoordinate]:
        """The request's own dimensions, by names that begin with its own."""
        return {}

    def buffer_bytes(self, model: Model, numerics: Any) -> int:
        """Memory that its accumulator takes beside the sums."""
        return 0


def part_name(request: Request, part: str) -> str:
    """What a part of a row is called among those of all requests."""
    return f"{request.name}:{part}"


def by_rows(values: Floats, rows: int) -> Floats:
    """Sums over the lanes of each row, shape (row, ...), of values of shape (..., lane)."""
    grouped = values.reshape(*values.shape[:-1], rows, -1).sum(axis=-1)
    return np.moveaxis(grouped, -1, 0)


def frozen(value: Any) -> Any:
    """Lists and arrays as tuples, so that requests are immutable."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    """A field as files have it."""
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
