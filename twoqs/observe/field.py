"""The mean output field of a jump, in time or in a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    PartSums,
    Request,
    Sample,
    by_rows,
    part_name,
)
from twoqs.model.arrays import Floats, Ints
from twoqs.model.labels import labelled
from twoqs.model.model import Model
from twoqs.observe.output import channels_of_label


@dataclass(frozen=True)
class MeanOutput(Request):
    """<out> = sqrt(2G) <c>, the mean from one measurement to the next.

    In time each value is the average since the time before (since 0 for the first one); in a window
    it is that of the window. Of `each` the mean over its sites.

    Attributes:
        field: the label of the jump.
    """

    field: str
    kind: ClassVar[str] = "field"
    of_one_sample: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(isinstance(self.field, str), "field", "be the label of a jump", self.field)

    @property
    def taps(self) -> tuple[str, ...]:
        """The label."""
        return (self.field,)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse jumps without the label, methods without a field, and no time at all."""
        where = f"observables.{self.name}"
        labelled(model, self.field, where)
        numerics.method.channels(model, self.taps)
        wanted = "be measured over a time (a later time, or a window of several samples)"
        lasting = bool(np.all(self._durations(numerics)[-1:] > 0))
        require(lasting, where, wanted, numerics.sample_times)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of the real and imaginary part of int dout, and of trajectories."""
        return {"sums": (numerics.saved_times, 3)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds them."""
        own = channels_of_label(model, numerics, self.field)
        return _Fields(own, numerics.average is not None, parts)

    def _durations(self, numerics: Numerics) -> Floats:
        """Time that each value is over, shape (time,); in a window that of a bin."""
        times = np.array(numerics.sample_times)
        if numerics.average is not None:
            return np.array([(times[-1] - times[0]) / max(1, len(times) - 1)])
        return np.diff(times, prepend=0.0)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The field by its two parts; NaN at time 0."""
        durations = self._durations(numerics)

        def part(k: int) -> Callable[[Averages], Floats]:
            def finish(averages: Averages) -> Floats:
                sums = averages.sums[part_name(self, "sums")]
                return np.asarray(sums[:, :, k] / (sums[:, :, 2] * durations))

            return finish

        since = "since the time before" if numerics.average is None else "in the window"
        units, text = "root of quanta per unit of time", f"part of the mean output field {since}"
        name = self.name
        return (
            Observable(f"{name}_re", f"real {text}", units, None, part(0), over=""),
            Observable(f"{name}_im", f"imaginary {text}", units, None, part(1), over=""),
        )


class _Fields(OneByOne):
    def __init__(self, own: Ints, windowed: bool, parts: PartSums) -> None:
        self._own, self._windowed, self._parts = own, windowed, parts

    def add(self, sample: Sample) -> None:
        """What came since the sample before; before a window nothing counts."""
        if self._windowed and sample.number == 0:
            return
        # What is not finite is no zero times anything.
        fields = np.where(sample.finite > 0, sample.fields[self._own], 0.0).mean(axis=0)
        sums = self._parts["sums"][:, sample.saved]
        for k, values in enumerate((fields[0], fields[1], sample.finite)):
            sums[:, k] += by_rows(values, ROWS)
