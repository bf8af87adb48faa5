"""Noise spectra of quadratures of an output field: what a homodyne detector shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import PartSums, by_rows, part_name
from twoqs.model.arguments import number
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.observe.piece_sums import SpectralSums
from twoqs.observe.spectrum import Resolved

BEST = "best"


@dataclass(frozen=True)
class Homodyne(Resolved):
    """The noise spectrum of X = e^(-i angle) out + h.c., in units of that of the vacuum.

    1 is shot noise, less is squeezed. All of it follows from P_xx, P_yy and P_xy of the two
    quadratures; "best" takes the angle of least noise at each frequency.

    Attributes:
        homodyne: the label of the jump; of `each` the mean over its sites.
        angle: of the quadrature, or "best".
        segments, resolution, window: see `Tapered`.
    """

    homodyne: str
    angle: float | str = 0.0
    kind: ClassVar[str] = "homodyne"
    anomalous: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.angle != BEST:
            numeric = not isinstance(self.angle, str)
            require(numeric, "angle", f'be a number, or "{BEST}"', self.angle)
            number("angle", self.angle)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of the powers of the two quadratures, of their cross-power, and of the means."""
        count = len(self.pieces(numerics).kept)
        channels = len(self.channels(model, numerics)[0])
        return {"power": (3, count), "mean": (2, channels), "lanes": (1,)}

    def add_sums(self, sums: SpectralSums, parts: PartSums) -> None:
        """Add the powers of X = 2 Re a and Y = 2 Im a, and their means.

        Their transforms are F(w) + F(-w)^* and -i (F(w) - F(-w)^*).
        """
        (means,), (power, _) = sums.means, sums.real
        both = power + power[::-1]
        real, imag = 2 * sums.real[1], 2 * sums.imag[1]
        for k, values in enumerate((both + real, both - real, imag)):
            parts["power"][:, k] += by_rows(values / len(means), ROWS)
        parts["mean"] += np.moveaxis(by_rows(2 * means, ROWS), 2, 1)

    def turned(self, xx: Floats, yy: Floats, xy: Floats) -> Floats:
        """The noise of the quadrature at the angle, from that of X and Y and their covariance."""
        half = (xx - yy) / 2
        if self.angle == BEST:
            return np.asarray((xx + yy) / 2 - np.hypot(half, xy))
        turn = 2 * float(self.angle)
        return np.asarray((xx + yy) / 2 + math.cos(turn) * half + math.sin(turn) * xy)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The spectrum, without the line of the mean field."""
        pieces = self.pieces(numerics)

        def finish(averages: Averages) -> Floats:
            lanes = averages.sums[part_name(self, "lanes")]
            mean = averages.sums[part_name(self, "mean")] / lanes[:, :, None]
            powers = []
            for k, (a, b) in enumerate(((0, 0), (1, 1), (0, 1))):
                power = averages.sums[part_name(self, "power")][:, k]
                line = np.mean(mean[:, a] * mean[:, b], axis=-1)[:, None] * pieces.line
                vacuum = 0.0 if a != b else 1.0
                kept = power / (lanes * len(pieces.starts)) - line - vacuum
                powers.append(vacuum + kept / pieces.attenuation)
            return self.turned(*powers)[:, None]

        angle = "of least noise" if self.angle == BEST else f"at {float(self.angle):.4g}"
        text = f"noise of the quadrature {angle} over shot noise; {self.about(numerics)}"
        return (Observable(self.name, text, "1", None, finish, (self.omega,), over=""),)
