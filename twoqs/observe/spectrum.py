"""Emission spectra of jumps, normally ordered, with the coherent line apart; cross-spectra."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import ROWS
from twoqs.kernels.radices import fast_length
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Accumulator, OwnCoordinate, PartSums, by_rows, part_name
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.observe.output import FLUX, Output, bin_duration, bins_of
from twoqs.observe.piece_sums import PieceSums, SpectralSums
from twoqs.observe.pieces import PIECES_OF_RECORD, RecordPieces
from twoqs.observe.segments import FEWEST_SAMPLES, Tapered


@dataclass(frozen=True)
class Resolved(Output, Tapered):
    """A request for spectra of the record of a detector, of an eighth of it if nothing is asked.

    Each class states of itself:

    Attributes:
        anomalous: whether it takes F(omega) F(-omega), too.
    """

    anomalous: ClassVar[bool] = False

    def pieces(self, numerics: Numerics) -> RecordPieces:
        """How the record is cut."""
        return self.pieces_of(bins_of(numerics), bin_duration(numerics))

    def pieces_of(self, bins: int, step: float) -> RecordPieces:
        """How a record of so many bins of this duration is cut.

        As nearly as lengths without prime factors above 5 do, whose transforms are fast.
        """
        default = min(bins, max(FEWEST_SAMPLES, bins // PIECES_OF_RECORD))
        length = fast_length(self.length_of_piece(bins, step, default), FEWEST_SAMPLES, bins)
        return RecordPieces(bins, step, length, self.window)

    def check(self, model: Model, numerics: Numerics) -> None:
        """As all outputs, and a resolution that the window has."""
        super().check(model, numerics)
        self.pieces(numerics)

    @abstractmethod
    def add_sums(self, sums: SpectralSums, parts: PartSums) -> None:
        """Add those of a block to the rows of a record."""

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds the spectra of pieces, and the trajectories that are finite."""

        def add(sums: SpectralSums) -> None:
            parts["lanes"][:, 0] += by_rows(sums.finite, ROWS)
            self.add_sums(sums, parts)

        channels = self.channels(model, numerics)
        return PieceSums(self.pieces(numerics), channels, 2 if self.anomalous else 1, add)

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """The record of a piece."""
        channels = len(numerics.method.channels(model, self.labels))
        return 16 * self.pieces(numerics).length * channels * LANES

    @property
    def omega(self) -> str:
        """Name of the dimension of frequencies."""
        return f"{self.name}_omega"

    def about(self, numerics: Numerics) -> str:
        """How it was resolved, for attributes."""
        pieces = self.pieces(numerics)
        return (
            f"resolution {pieces.resolution:.3g}, window {pieces.window}, "
            f"{len(pieces.starts)} pieces"
        )

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Angular frequencies."""
        text = "angular frequency in the frame of the model"
        values = self.pieces(numerics).frequencies
        return {self.omega: OwnCoordinate(values, text, "unit of the rates")}


@dataclass(frozen=True)
class EmissionSpectrum(Resolved):
    """The spectrum of what a jump emits: S(w) = int <c^+(t + tau) c(t)> e^(-i w tau) dtau 2G.

    Of `each` jump the mean over its sites; of two labels the cross-spectrum.

    Attributes:
        spectrum: the label of the jump, or two of them.
        segments, resolution, window: see `Tapered`.
    """

    spectrum: Any
    kind: ClassVar[str] = "spectrum"
    most_labels: ClassVar[int] = 2

    @property
    def crossed(self) -> bool:
        """Whether it is of two jumps."""
        return len(self.labels) == 2

    def check(self, model: Model, numerics: Numerics) -> None:
        """As all spectra; two jumps must have as many channels."""
        super().check(model, numerics)
        sizes = [len(own) for own in self.channels(model, numerics)]
        wanted = "name two jumps with as many channels each"
        require(len(set(sizes)) == 1, f"observables.{self.name}", wanted, sizes)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of |F|^2 (of two: F_1^* F_2) over pieces, of amplitudes, and of trajectories."""
        count = len(self.pieces(numerics).kept)
        channels = len(self.channels(model, numerics)[0])
        parts = 2 if self.crossed else 1
        return {
            "power": (parts, count), "mean": (len(self.labels), 2, channels), "lanes": (1,),
        }  # fmt: skip

    def add_sums(self, sums: SpectralSums, parts: PartSums) -> None:
        """Add powers, the mean over channels, and amplitudes."""
        channels = len(sums.means[0])
        both = (sums.real[0], sums.imag[0]) if self.crossed else (sums.real[0],)
        for k, values in enumerate(both):
            parts["power"][:, k] += by_rows(values / channels, ROWS)
        for k, mean in enumerate(sums.means):
            parts["mean"][:, k] += np.moveaxis(by_rows(mean, ROWS), 2, 1)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The incoherent spectrum, the coherent line, and the flux of the frequencies kept."""
        pieces = self.pieces(numerics)
        about = self.about(numerics)
        step = bin_duration(numerics)

        def means(averages: Averages) -> Any:
            sums = averages.sums[part_name(self, "mean")]
            lanes = averages.sums[part_name(self, "lanes")][:, 0]
            values = sums / lanes[:, None, None, None]
            return values[:, :, 0] + 1j * values[:, :, 1]

        def coherent(averages: Averages) -> Any:
            mean = means(averages)
            return np.mean(np.conj(mean[:, 0]) * mean[:, -1], axis=-1)

        def incoherent(averages: Averages, part: int) -> Floats:
            power = averages.sums[part_name(self, "power")][:, part]
            lanes = averages.sums[part_name(self, "lanes")]
            values = power / (lanes * len(pieces.starts))
            line = coherent(averages)[:, None] * pieces.line
            vacuum = 0.0 if self.crossed else 0.5
            kept = values - vacuum - (line.imag if part else line.real)
            return np.asarray(kept / pieces.attenuation)[:, None]

        def in_time(values: Any) -> Floats:
            return np.asarray(values.real / step)[:, None]

        name, dims = self.name, (self.omega,)
        if self.crossed:
            text = f"cross-spectrum of two outputs per frequency; {about}"
            return (
                Observable(f"{name}_re", f"real part of the {text}", "1", None,
                           lambda m: incoherent(m, 0), dims, over=""),
                Observable(f"{name}_im", f"imaginary part of the {text}", "1", None,
                           lambda m: incoherent(m, 1), dims, over=""),
            )  # fmt: skip
        width = pieces.resolution / (2 * np.pi)
        return (
            Observable(name, f"incoherent emission spectrum, quanta per time and dw/2pi; {about}",
                       "1", None, lambda m: incoherent(m, 0), dims, over=""),
            Observable(f"{name}_coherent", "flux of the mean field: the coherent line", FLUX, None,
                       lambda m: in_time(coherent(m)), over=""),
            Observable(f"{name}_incoherent", "flux of the incoherent spectrum", FLUX, None,
                       lambda m: width * incoherent(m, 0).sum(axis=-1), over=""),
        )  # fmt: skip
