"""Predictions of what is requested, and deviations from them."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs.execution.predict import PredictionCache, method_for, predict, predictions
from twoqs.execution.run import Workers, carry_out
from twoqs.look.validation import deviations, summary
from twoqs.methods.numerics import Numerics, resolve
from twoqs.observe import read
from twoqs.sweep import Sweep

MODEL = twoqs.Model(10, field=(0.6, 0, 0), decay=1.0)
ASKED = {
    "light": {"spectrum": "decay"}, "flux": {"flux": "decay"}, "out": {"field": "decay"},
    "third": "spin.z**3",
}  # fmt: skip
WINDOW = {"average": (20.0, 40.0), "samples": 101}


def settings(asked=ASKED, **changes) -> Numerics:
    _, requests = read(asked)
    derived = (("share", "light_coherent/flux"),) if "light" in asked else ()
    given = {**WINDOW, "requests": requests, "derived": derived, **changes}
    return resolve(MODEL, Numerics(**given))


SPEC = {
    "name": "emitting",
    "description": "small",
    "seed": 1,
    "trajectories": 256,
    "model": {"spin": 10, "decay": 1.0},
    "numerics": {
        "average": [20, 40], "samples": 101, "observables": ASKED,
        "derived": {"share": "light_coherent/flux"},
    },
    "axes": {"Omega": {"sets": "model.field.x", "values": [1.2, 1.5], "units": "Gamma"}},
}  # fmt: skip


def test_another_theory_is_completed_by_the_master_equation() -> None:
    numerics = settings()
    assert method_for(MODEL, numerics) == "closed form"
    found = predict(MODEL, numerics)
    asked, derived = ASKED, {"share": "light_coherent/flux"}
    exact = twoqs.exact(MODEL, **WINDOW, observables=asked, derived=derived)
    names = ["light", "light_coherent", "light_incoherent", "flux", "out_re", "third", "share"]
    for name in names:
        assert np.allclose(found[name], exact[name], rtol=1e-9, atol=1e-12), name
    assert found.attrs["method"] == "closed form"
    assert np.allclose(found.light_omega, exact.light_omega)


def test_where_no_theory_has_it_moments_are_predicted_all_the_same() -> None:
    large = twoqs.Model(1000, field=(0.6, 0, 0), decay=1.0)
    numerics = resolve(large, settings())
    found = predict(large, numerics)
    assert float(found.sz) == pytest.approx(-800, rel=1e-3)
    assert not {"light", "flux", "share"} & {*found.data_vars}


def test_predictions_are_kept_by_what_is_asked() -> None:
    plain = settings({})
    subject = PredictionCache.key
    assert subject(MODEL, plain) == subject(MODEL, settings({}, samples=51))  # the steady state
    keys = [subject(MODEL, one) for one in (
        plain, settings(), settings(samples=51), settings(average=(10.0, 40.0)),
    )]  # fmt: skip
    assert len(set(keys)) == 4


def test_a_sweep_is_held_against_them(tmp_path) -> None:
    sweep = Sweep.from_dict(SPEC)
    carry_out(sweep, tmp_path / "store", Workers(0), quiet=True)
    result, predicted = twoqs.open(tmp_path / "store").load(), predictions(sweep)
    assert predicted.light.dims == ("Omega", "light_omega")
    table = deviations(result, predicted)
    light = table[table.variable == "light"]
    assert len(light) == 2 * result.sizes["light_omega"]
    assert set(light.light_omega) == {*result.light_omega.values}
    assert {"flux", "out_im", "third", "share", "light_coherent"} <= {*table.variable}
    own = table[~table.variable.isin(["sx", "sy"])]
    beyond = abs(own.deviation) - 3 * own.standard_error / own.scale
    assert np.nanmax(beyond) < 0.04  # about 4/S^2, of the truncation and of bins of a step each
    assert set(light.scale.round(6)) == {
        round(float(abs(predicted.light).sel(Omega=one).max()), 6) for one in (1.2, 1.5)
    }
    assert "light" in {*summary(table).reset_index().variable}
    zero = table[table.variable == "out_re"]  # by symmetry: no share, but errors
    assert np.isnan(zero.deviation).all()
    assert np.isfinite(zero.z).all()
    # Negative control.
    wrong = result.assign(flux=1.2 * result.flux)
    off = deviations(wrong, predicted)
    assert np.min(abs(off[off.variable == "flux"].z)) > 5
