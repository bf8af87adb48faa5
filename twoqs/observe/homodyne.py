"""Noise spectra of quadratures of an output field: what a homodyne detector shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
from twoqs.observe.output import OutputRecord
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

    def add_records(self, records: Sequence[OutputRecord], step: float, parts: PartSums) -> None:
        """Add the powers of all pieces of X = 2 Re a and Y = 2 Im a."""
        (record,) = records
        pieces = self.pieces_of(len(record), step)
        quadratures = (2 * record.real, 2 * record.imag)
        both = zip(*(pieces.transforms(one) for one in quadratures), strict=True)
        for x, y in both:
            for k, (a, b) in enumerate(((x, x), (y, y), (x, y))):
                parts["power"][:, k] += by_rows((np.conj(a) * b).real.mean(axis=1), ROWS)
        for k, one in enumerate(quadratures):
            parts["mean"][:, k] += by_rows(one.mean(axis=0), ROWS)

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
