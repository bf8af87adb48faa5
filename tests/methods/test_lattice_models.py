"""Small lattices of coupled spins against the exact master equation."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

import twoqs
from twoqs.theory import evolve

# Exact results take a twentieth of the time that S = 2 takes; of spins so short a run warns.
pytestmark = pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")

SPIN = 1.5
PARAMETERS = {
    "spin": SPIN,
    "lattice": twoqs.from_edges([(0, 1, 1.0), (1, 2, -0.8)]),
    "field": ((0.9, -0.4, 0.5), (0.6, 0.6, -0.7), (-0.8, 0.5, 0.6)),
    "coupling": (1.4, -1.2, 1.6),
    "twist": (0.9, -0.8, 1.0),
    "decay": 0.5,
    "gain": (0.1, 0.3, 0.5),
    "dephasing": 0.2,
    "initial": twoqs.coherent((0.8, 1.6, 2.2), (0.5, 2.0, 4.0)),
}
TIMES = (0.4, 0.8)
MEANS = ("sx", "sy", "sz")
VARIANCES = ("var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")


def excess(result, exact, names, bound):
    """Largest deviation over what is allowed: bound (of S or S^2) and 4 standard errors."""
    worst = 0.0
    for name in names:
        scale = SPIN if name in MEANS else SPIN**2
        off = np.abs(result[name] - exact[name])
        worst = max(worst, float((off / (bound * scale + 4 * result[name + "_se"])).max()))
    return worst


@cache
def exact_of_wrong_models():
    """The same for all schemes."""
    return [
        (label, evolve(twoqs.Model(**PARAMETERS | change), TIMES))
        for label, change in wrong_models()
    ]


def negated(value):
    return tuple(-v for v in value) if isinstance(value, tuple) else -value


def wrong_models():
    """One sign or one dissipator at a time."""
    for name, axis in itertools.product(("field", "coupling", "twist"), range(3)):
        vector = list(PARAMETERS[name])
        vector[axis] = negated(vector[axis])
        yield f"{name} {'xyz'[axis]}", {name: tuple(vector)}
    yield "weight", {"lattice": twoqs.from_edges([(0, 1, 1.0), (1, 2, 0.8)])}
    yield "no decay", {"decay": 0.0}
    yield "no gain", {"gain": 0.0}
    yield "half the dissipator", {"decay": 0.25, "gain": (0.05, 0.15, 0.25)}


@pytest.mark.parametrize(
    ("scheme", "names", "bound"),
    # truncation: of order t^2/S, measured 0.0134 (conserving), 0.0266 (means of pda)
    [("conserving", MEANS + VARIANCES, 0.015), ("pda", MEANS, 0.03)],
)
def test_three_coupled_spins_follow_the_master_equation(scheme, names, bound):
    model = twoqs.Model(**PARAMETERS)
    result = twoqs.simulate(model, times=TIMES, scheme=scheme, trajectories=32768, seed=1)
    assert excess(result, evolve(model, TIMES), names, bound) < 1
    # negative controls: every term of the model is seen
    for label, wrong in exact_of_wrong_models():
        assert excess(result, wrong, names, bound) > 1, label
    if scheme == "conserving":  # dephasing is seen in the variances
        wrong = evolve(twoqs.Model(**PARAMETERS | {"dephasing": 0.0}), TIMES)
        assert excess(result, wrong, names, bound) > 1


def test_correlations_of_an_open_chain_follow_the_master_equation():
    model = twoqs.Model(**PARAMETERS | {"lattice": twoqs.chain(3, periodic=False)})
    result = twoqs.simulate(
        model, times=TIMES, observables=["correlation"], trajectories=32768, seed=1
    )
    exact = evolve(model, TIMES)
    for name in ("correlation_xx", "correlation_yy", "correlation_zz", "correlation"):
        off = np.abs(result[name] - exact[name])
        bound = 0.03 if name == "correlation" else 0.02  # truncation, measured 0.019 and 0.008
        assert np.all(off < bound * SPIN**2 + 4 * result[name + "_se"]), name
    # negative control: a ring, whose ends are neighbours
    ring = evolve(twoqs.Model(**PARAMETERS | {"lattice": twoqs.chain(3)}), TIMES)
    off = np.abs(result.correlation_zz.isel(distance=1) - ring.correlation_zz.isel(distance=1))
    assert np.any(off > 0.02 * SPIN**2 + 4 * result.correlation_zz_se.isel(distance=1))
