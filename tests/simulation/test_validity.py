"""Values that belong to no state of the spins are found, and noise is not taken for them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr
from sweeps import sweep

import twoqs
from twoqs.execution.run import Workers, carry_out
from twoqs.look.unphysical import unphysical, unphysical_reasons
from twoqs.methods import PDA
from twoqs.methods.spinors import sample_bosons
from twoqs.simulation.validity import REASONS, words

DRIVEN = twoqs.Model(spin=4, field=(2.0, 0, 0), decay=1.0)
LATE = {"times": [0.2, 5, 40], "trajectories": 256, "scheme": "pda", "seed": 3}


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")  # which says so before
def test_simulate_warns_of_what_since_when_and_what_to_do():
    with pytest.warns(twoqs.UnphysicalWarning, match=r"from time 5 on .* S = 4.*'conserving'") as w:
        data = twoqs.simulate(DRIVEN, **LATE)
    assert f"{float(data.spin_length_std.max()):.3g}" in str(w[-1].message)
    assert w[-1].filename == __file__
    np.testing.assert_array_equal(unphysical(data), [False, True, True])
    assert unphysical(data.isel(time=2)).item() is True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        twoqs.simulate(DRIVEN, **LATE | {"scheme": "conserving"})


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")  # which says so before
def test_a_window_has_no_since():
    settings = {"average": (30, 40), "samples": 3, "trajectories": 256, "scheme": "pda"}
    with pytest.warns(twoqs.UnphysicalWarning, match="^Values belong to no state"):
        twoqs.simulate(DRIVEN, **settings)


@pytest.mark.parametrize("representation", ["P", "W", "Q"])
@pytest.mark.parametrize("spin", [0.5, 1, 4, 100])
def test_noise_of_few_trajectories_is_no_reason(spin, representation):
    """Initial states are right by construction, one batch each; so is dephasing at any time."""
    model = twoqs.Model(spin=spin, dephasing=1.0, initial=twoqs.coherent(1.0, 0.3))
    for seed in range(20):
        twoqs.simulate(  # warnings are errors
            model, times=[0, 1, 3], trajectories=64, seed=seed, scheme="pda",
            representation=representation,
        )  # fmt: skip


def test_the_paper_is_marked_late_and_not_early(tmp_path):
    """Driven decay of S = 10 and 100 (figure 3): a spread of S/4 beyond the initial one."""
    model = {"spin": 10, "field": [2.0, 0, 0], "decay": 1.0}
    axes = {
        "spin": {"sets": "model.spin", "values": [10, 100]},
        "case": {"cases": {
            k: {"numerics.scheme": "pda", "numerics.representation": k} for k in "PWQ"
        } | {"conserving": {}}},
    }  # fmt: skip
    grid = sweep(model=model, axes=axes, numerics={"times": [0, 1, 15]})
    carry_out(grid, tmp_path, Workers(count=0), quiet=True)
    found = unphysical(twoqs.open(tmp_path))
    xr.testing.assert_equal(
        unphysical(twoqs.open(tmp_path).sel(time=15, case="P")), found.sel(time=15, case="P")
    )
    assert found.dims == ("spin", "case", "time")
    assert not found.sel(time=[0, 1]).any()
    assert not found.sel(case="conserving").any()
    assert not found.sel(spin=100).any()
    assert found.sel(spin=10, time=15).sum() == 3


@pytest.fixture(scope="module")
def data():
    """A small result without anything wrong."""
    return twoqs.simulate(
        twoqs.Model(spin=10, decay=1.0), times=[0, 1], trajectories=256, scheme="pda"
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("sz", -11.0, "mean-above-spin"),
        ("var_sx", -1.0, "negative-variance"),
        ("spin_length_std", 3.5, "length-spread"),
    ],
)
def test_each_reason_alone(data, name, value, reason):
    assert not unphysical(data).any()
    wrong = data.copy(deep=True)
    for each in ("sx", "sy", "sz", name):
        if f"{each}_se" in wrong:
            wrong[f"{each}_se"][1] = 0.01
    wrong[name][1] = value
    found = unphysical_reasons(wrong)
    assert found.values.tolist() == [0, 1 << list(REASONS).index(reason)]
    assert found.attrs["flag_meanings"].split() == list(REASONS)
    assert found.attrs["flag_masks"].tolist() == [1, 2, 4]
    assert words(int(found[1])) == REASONS[reason]
    if name != "spin_length_std":  # the same value within its noise, or of few trajectories
        wrong[f"{name}_se"][1] = abs(value) / 4
        assert not unphysical(wrong).any()
        wrong[f"{name}_se"][1] = 0.05
        assert unphysical(wrong)[1]
        wrong["trajectories"][...] = 64
        assert not unphysical(wrong).any()


def test_missing_values_are_not_marked(data):
    missing = data.astype(float) * np.nan
    missing.attrs = data.attrs
    assert not unphysical(missing).any()


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")  # which says so before
def test_lazy_data_give_the_same(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", twoqs.UnphysicalWarning)
        late = twoqs.simulate(DRIVEN, **LATE)
    lazy = unphysical(late.chunk())
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), unphysical(late))


def test_a_dataset_of_something_else_is_refused(data):
    with pytest.raises(twoqs.ArgumentError, match="`data` must hold spin_length_std"):
        unphysical(data.drop_vars("spin_length_std"))
    with pytest.raises(twoqs.ArgumentError, match=r"`data` must be results of twoqs\.simulate"):
        unphysical(data.drop_attrs())


def test_the_initial_spread_is_that_of_the_samples():
    """Its statistical error is 0.7 % for 10^4 samples; they are stratified, which lowers it."""
    model = twoqs.Model(spin=2)
    for representation, k in (("P", 1), ("W", 0), ("Q", -1)):
        bosons = sample_bosons(model, k, np.random.default_rng(1), 10240)
        spread = (np.sum(bosons**2, axis=0) / 2).std()
        wanted = PDA(ordering=representation).length_spread(2)
        assert spread == pytest.approx(wanted, rel=0.03, abs=1e-12)
