"""Which prediction a model can be held against, and its values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twoqs.exact import driven_steady_state
from twoqs.holstein_primakoff import chain_prediction
from twoqs.model import Model
from twoqs.numerics import Numerics


@dataclass(frozen=True)
class Reference:
    """A prediction for one point of a sweep.

    Attributes:
        kind: "closed form" or "Holstein-Primakoff".
        values: by name of the variable, and by distance for correlations.
    """

    kind: str
    values: dict[str, float | dict[int, float]]


def reference_for(model: Model, numerics: Numerics) -> Reference | None:
    """The prediction for a steady state of this model, or None where there is none.

    Known are the driven spin with decay (exact, any S) and the XY ring with decay (linear spin-wave
    theory, in the polarised phase only).
    """
    if numerics.average is None:
        return None
    if _is_driven_spin(model):
        return Reference("closed form", dict(_driven(model)))
    if _is_xy_ring(model):
        return _spin_waves(model)
    return None


def _is_driven_spin(model: Model) -> bool:
    others = (*model.field[1:], *model.twist, model.gain, model.dephasing)
    return model.n_sites == 1 and not any(others) and _positive(model.decay)


def _driven(model: Model) -> dict[str, float]:
    omega, gamma = model.field[0], model.decay
    assert isinstance(omega, float)
    assert isinstance(gamma, float)
    return driven_steady_state(model.spin, omega, gamma)


def _is_xy_ring(model: Model) -> bool:
    others = (*model.field, model.coupling[2], *model.twist, model.gain, model.dephasing)
    ring = model.lattice.kind == "chain" and model.homogeneous
    return ring and not any(others) and _positive(model.decay)


def _spin_waves(model: Model) -> Reference | None:
    prediction = chain_prediction(model)
    if not bool(prediction.stable):
        return None
    values: dict[str, float | dict[int, float]] = {
        name: float(prediction[name]) for name in ("sz", "var_sx", "var_sy", "var_sz", "xi")
    }
    correlation = prediction.correlation_normalised
    if bool(np.all(np.isfinite(correlation))):
        distances = (int(s) for s in correlation.distance)
        values["correlation_normalised"] = dict(zip(distances, correlation.values, strict=True))
    return Reference("Holstein-Primakoff", values)


def _positive(value: float | tuple[float, ...]) -> bool:
    return isinstance(value, float) and value > 0 and math.isfinite(value)
