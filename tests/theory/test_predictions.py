"""Which models have a prediction, and what it holds."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from measured import TIMES, WINDOW
from sweeps import sweep

import twoqs
from twoqs.execution.predict import (
    THEORY_METHODS,
    PredictionCache,
    method_for,
    predict,
    predictions,
)
from twoqs.methods.numerics import Numerics, resolve
from twoqs.sweep import Sweep
from twoqs.theory import decay_sz, driven_steady_state, evolve, steady_state

UNSTABLE = twoqs.Model(spin=500, lattice=twoqs.chain(6), coupling=(2, -2, 0), decay=1.0)


RING = twoqs.Model(
    spin=500, lattice=twoqs.chain(6), coupling=(0.5, -0.8, 0), decay=1.0
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "numerics", "method"),
    [
        (twoqs.Model(spin=10_000, field=(0.5, 0, 0), decay=1.0), WINDOW, "closed form"),
        (twoqs.Model(spin=10_000, field=(0.5, 0, 0), decay=1.0), TIMES, "mean field"),
        (twoqs.Model(spin=10_000, decay=1.0, initial=twoqs.mixed()), TIMES, None),
        (twoqs.Model(spin=50, field=(0.5, 0, 0), decay=1.0), TIMES, "master equation"),
        (twoqs.Model(spin=50, field=(0, 0.5, 0), decay=1.0), WINDOW, "master equation"),
        (twoqs.Model(spin=500, field=(0, 0.5, 0), decay=1.0), WINDOW, "Holstein-Primakoff"),
        (twoqs.Model(spin=500, field=(0, 1.5, 0), decay=1.0), WINDOW, None),  # orbits
        (twoqs.Model(spin=500, decay=1.0, gain=0.3, initial="up"), WINDOW, None),  # unstable
        (twoqs.Model(spin=50, field=(0, 0.5, 0)), WINDOW, None),  # nothing relaxes
        (twoqs.Model(spin=1000, decay=1.0, initial="up"), TIMES, "rate equation"),
        (twoqs.Model(spin=1000, decay=1.0, dephasing=0.1, initial="up"), TIMES, "mean field"),
        (twoqs.Model(spin=100, dephasing=1.0), TIMES, "master equation"),
        (RING, WINDOW, "Holstein-Primakoff"),
        (RING, TIMES, "mean field"),
        (UNSTABLE, WINDOW, None),
        (twoqs.Model(spin=1, lattice=twoqs.chain(4), coupling=(1, 0, 0)), TIMES, "master equation"),
        (twoqs.Model(spin=2, lattice=twoqs.chain(9), coupling=(1, 0, 0)), TIMES, None),
    ],
)  # fmt: skip
def test_the_method_fits_the_model(model, numerics, method):
    numerics = resolve(model, numerics)
    assert method_for(model, numerics) == method
    if method is None:
        assert predict(model, numerics) is None


def test_long_integrations_are_not_begun():
    model = twoqs.Model(spin=100, field=(2, 0, 0), decay=1.0)
    assert method_for(model, resolve(model, Numerics(times=(1e4,)))) is None


def test_values_are_those_of_the_reference():
    model = twoqs.Model(spin=6, field=(0.5, 0, 0), decay=1.0)
    in_time = predict(model, resolve(model, TIMES))
    xr.testing.assert_allclose(in_time.var_sz, evolve(model, [0, 0.5, 1.0]).var_sz)
    assert in_time.attrs["method"] == "master equation"
    window = predict(model, resolve(model, WINDOW))
    assert float(window.sy) == driven_steady_state(6, 0.5, 1.0)["sy"]
    gain = twoqs.Model(spin=3, decay=1.0, gain=0.5)
    assert float(predict(gain, resolve(gain, WINDOW)).sz) == float(steady_state(gain).sz)
    decay = twoqs.Model(spin=300, decay=1.0, initial="up")
    found = predict(decay, resolve(decay, TIMES))
    assert found.sz.values.tolist() == decay_sz(300, 1.0, [0, 0.5, 1.0]).tolist()


def test_squeezing_and_its_optimum_are_predicted():
    model = twoqs.Model(spin=10, twist=(1, 0, 0), decay=0.125)
    found = predict(model, resolve(model, Numerics(times=tuple(np.linspace(0, 6, 49).tolist()))))
    assert float(found.squeezing[0]) == pytest.approx(1.0)
    fine = predict(model, resolve(model, Numerics(times=tuple(np.linspace(2, 3, 401).tolist()))))
    assert float(found.squeezing_optimum) == pytest.approx(float(fine.squeezing.min()), rel=1e-5)
    # values known from an independent integration
    at = found.squeezing.interp(time=[1, 2, 3, 4])
    np.testing.assert_allclose(at, [0.4700, 0.3525, 0.3685, 0.4593], atol=6e-5)


def test_correlations_of_small_rings_are_predicted():
    model = twoqs.Model(spin=1, lattice=twoqs.chain(4), coupling=(1, 0.5, 0), decay=1.0)
    numerics = resolve(model, Numerics(times=(1.0,), observables=("correlation",)))
    found = predict(model, numerics)
    assert found.correlation.dims == ("time", "distance")
    assert "distance" not in predict(model, resolve(model, Numerics(times=(1.0,)))).dims


def test_the_grid_holds_each_points_prediction(tmp_path):
    content = sweep()
    cache = PredictionCache(tmp_path / "cache")
    found = predictions(content, cache)
    assert found.sz.dims == ("omega", "case", "time")
    for point in content.points:
        own = predict(point.model, point.numerics)
        np.testing.assert_array_equal(found.sz.sel(point.coordinates), own.sz)
    assert THEORY_METHODS[int(found.method[0, 0])] == "master equation"
    # two drives; cases share
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_points_without_a_prediction_are_nan():
    start = {"small": {}, "large": {"model.spin": 400, "model.initial": "mixed"}}
    content = sweep(axes={"start": {"cases": start}}, model__spin=4)
    found = predictions(content)
    assert np.isfinite(found.sz.sel(start="small")).all()
    assert np.isnan(found.sz.sel(start="large")).all()
    assert found.method.values.tolist() == [THEORY_METHODS.index("master equation"), -1]


def test_long_chains_of_long_spins_are_no_matter():
    """Their Hilbert space has more dimensions than a float can count."""
    ring = twoqs.Model(spin=5000, lattice=twoqs.chain(100), coupling=(0.5, -0.8, 0), decay=1.0)
    spec = {
        "name": "ring", "seed": 1, "trajectories": 64,
        "model": {
            "spin": 5000, "lattice": {"chain": {"n": 100}}, "coupling": [0.5, 0, 0], "decay": 1.0,
        },
        "numerics": {"average": [5, 10], "samples": 3},
        "axes": {"J": {"sets": "model.coupling.y", "values": [-0.8, -1.0, -9.0]}},
    }  # fmt: skip
    found = predictions(Sweep.from_dict(spec))
    assert float(found.sz[0]) == float(predict(ring, resolve(ring, WINDOW)).sz)
    assert np.isnan(found.sz[2])
