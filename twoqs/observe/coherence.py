"""Correlations in time of what leaves through a jump: g1, g2, and the number of quanta.

Records of different bins commute, so averages of their products are normally ordered as they are;
within a bin <a^+a> = E|a|^2 - 1/2, <a^+a^+aa> = E|a|^4 - 2 E|a|^2 + 1/2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import OwnCoordinate, PartSums, by_rows, part_name
from twoqs.model.arguments import number
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.observe.output import FLUX, OutputRecord, Recorded, bin_duration, bins_of
from twoqs.observe.segments import lag_sums


@dataclass(frozen=True)
class Lagged(Recorded):
    """A request for correlations between two times.

    Attributes:
        until: longest lag; a quarter of the window if left out.
    """

    until: float | None = field(default=None, kw_only=True)

    def lags(self, numerics: Numerics) -> int:
        """Bins of the longest lag, and one more for none."""
        until, bins, step = self.until, bins_of(numerics), bin_duration(numerics)
        if until is None:
            return 1 + bins // 4
        count = 1 + round(number("until", until) / step)
        wanted = f"be from {step:.3g} (a bin) to {step * (bins - 1):.3g} (the window)"
        require(2 <= count <= bins, f"observables.{self.name}.until", wanted, until)
        return count

    def check(self, model: Model, numerics: Numerics) -> None:
        """As all outputs, and lags that the window has."""
        super().check(model, numerics)
        self.lags(numerics)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Lags."""
        values = bin_duration(numerics) * np.arange(self.lags(numerics))
        return {self.lag: OwnCoordinate(values, "lag", "inverse unit of the rates")}

    @property
    def lag(self) -> str:
        """Name of their dimension."""
        return f"{self.name}_lag"

    def pairs(self, numerics: Numerics) -> Floats:
        """Pairs of bins at each lag, shape (lag,)."""
        return bins_of(numerics) - np.arange(self.lags(numerics), dtype=float)


@dataclass(frozen=True)
class G1(Lagged):
    """g1(tau) = <out^+(t) out(t + tau)>/flux, of which the coherent part does not decay.

    Attributes:
        g1: the label of the jump; of `each` the mean over its sites.
        until: see `Lagged`.
    """

    g1: str
    kind: ClassVar[str] = "g1"

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of products at each lag, real and imaginary parts, and of trajectories."""
        return {"products": (2, self.lags(numerics)), "lanes": (1,)}

    def add_records(self, records: Sequence[OutputRecord], step: float, parts: PartSums) -> None:
        """Add the products of all pairs of bins."""
        products = lag_sums(records[0], records[0], parts["products"].shape[-1]).mean(axis=1)
        for k, values in enumerate((products.real, products.imag)):
            parts["products"][:, k] += by_rows(values, ROWS)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """Real and imaginary part, and the flux that they are relative to."""
        pairs, step, name = self.pairs(numerics), bin_duration(numerics), self.name

        def products(averages: Averages) -> Floats:
            lanes = averages.sums[part_name(self, "lanes")][:, :, None]
            values = averages.sums[part_name(self, "products")] / (lanes * pairs)
            values[:, 0, 0] -= 0.5
            return np.asarray(values)

        def of(text: str, k: int) -> Observable:
            def finish(averages: Averages) -> Floats:
                values = products(averages)
                return np.asarray(values[:, k] / values[:, 0, :1])[:, None]

            return Observable(f"{name}_{('re', 'im')[k]}", text, "1", None, finish, (self.lag,),
                              over="", relative_to=(f"{name}_flux",))  # fmt: skip

        text = "part of <out^+(t) out(t + tau)> over that at tau = 0; NaN where noise hides it"
        return (
            Observable(f"{name}_flux", "flux of the output in the window", FLUX, None,
                       lambda m: products(m)[:, 0, :1] / step, over=""),
            of(f"real {text}", 0),
            of(f"imaginary {text}", 1),
        )  # fmt: skip


@dataclass(frozen=True)
class G2(Lagged):
    """g2(tau) = <out^+(t) out^+(t + tau) out(t + tau) out(t)>/flux^2, averages over a bin each.

    Attributes:
        g2: the label of the jump; of `each` the mean over its sites.
        until: see `Lagged`.
    """

    g2: str
    kind: ClassVar[str] = "g2"

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of products of intensities at each lag, of intensities, and of trajectories."""
        return {"products": (self.lags(numerics),), "intensity": (1,), "lanes": (1,)}

    def add_records(self, records: Sequence[OutputRecord], step: float, parts: PartSums) -> None:
        """Add the products of all pairs of bins."""
        square = np.abs(records[0]) ** 2
        kept = np.any(records[0] != 0, axis=(0, 1))
        intensity = (square - 0.5) * kept
        products = lag_sums(intensity, intensity, parts["products"].shape[-1]).real
        products[0] = (square**2 - 2 * square + 0.5 * kept).sum(axis=0)
        parts["products"] += by_rows(products.mean(axis=1), ROWS)
        parts["intensity"][:, 0] += by_rows(intensity.mean(axis=(0, 1)), ROWS)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """g2 over lags, and the flux that it is relative to."""
        pairs, step, name = self.pairs(numerics), bin_duration(numerics), self.name

        def flux(averages: Averages) -> Floats:
            lanes = averages.sums[part_name(self, "lanes")]
            return np.asarray(averages.sums[part_name(self, "intensity")] / lanes)

        def finish(averages: Averages) -> Floats:
            lanes = averages.sums[part_name(self, "lanes")]
            values = averages.sums[part_name(self, "products")] / (lanes * pairs)
            return np.asarray(values / flux(averages) ** 2)[:, None]

        text = f"g2(tau), averages over bins of {step:.3g}; NaN where noise hides the flux"
        return (
            Observable(f"{name}_flux", "flux of the output in the window", FLUX, None,
                       lambda m: flux(m) / step, over=""),
            Observable(name, text, "1", None, finish, (self.lag,), over="",
                       relative_to=(f"{name}_flux",)),
        )  # fmt: skip


@dataclass(frozen=True)
class Quanta(Recorded):
    """The number of quanta that a jump emits in the window: mean, variance, Mandel's Q.

    Attributes:
        quanta: the label of the jump; of `each` those of all its sites together.
    """

    quanta: str
    kind: ClassVar[str] = "quanta"

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of the number and of its square."""
        return {"number": (2,), "lanes": (1,)}

    def add_records(self, records: Sequence[OutputRecord], step: float, parts: PartSums) -> None:
        """Add those of each trajectory."""
        kept = np.any(records[0] != 0, axis=(0, 1))
        number = ((np.abs(records[0]) ** 2 - 0.5) * kept).sum(axis=(0, 1))
        parts["number"][:, 0] += by_rows(number, ROWS)
        parts["number"][:, 1] += by_rows(number**2, ROWS)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """<N>, var N, and Q = var N/<N> - 1. Of the symbol |a|^2 - 1/2, <n^2> = E z^2 - 1/4."""
        modes = bins_of(numerics) * len(self.channels(model, numerics)[0])
        name = self.name

        def mean(averages: Averages) -> Floats:
            sums = averages.sums[part_name(self, "number")]
            return np.asarray(sums[:, :1] / averages.sums[part_name(self, "lanes")])

        def variance(averages: Averages) -> Floats:
            sums = averages.sums[part_name(self, "number")]
            square = sums[:, 1:] / averages.sums[part_name(self, "lanes")]
            return np.asarray(square - mean(averages) ** 2 - modes / 4)

        return (
            Observable(name, "mean number of quanta emitted in the window", "1", None, mean,
                       over=""),
            Observable(f"{name}_var", "variance of that number", "1", None, variance, over=""),
            Observable(f"{name}_mandel", "Mandel's Q = var N/<N> - 1; NaN where noise hides <N>",
                       "1", None, lambda m: variance(m) / mean(m) - 1, over="",
                       relative_to=(name,)),
        )  # fmt: skip
