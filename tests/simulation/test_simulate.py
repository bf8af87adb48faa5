"""From a model to a dataset: sites, diagnostics, every scheme, what the variables say."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
from batches import CHAIN, blocks_of, parts_of

import twoqs
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.measure import is_error
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.limits import MOST_SPIN
from twoqs.simulation import batch
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady
from twoqs.theory import decay_sz

# --- Sites ----------------------------------------------------------------------------------------

ANGLES = [0.3, 1.2, 2.0, 2.9]
UNLIKE = twoqs.Model(
    spin=10, lattice=twoqs.chain(4), decay=[0.0, 0.5, 1.0, 2.0], initial=twoqs.coherent(ANGLES, 0.7)
)


def test_sites_are_kept_apart():
    result = twoqs.simulate(
        UNLIKE, times=[0.0, 1.0], observables=["sites"], trajectories=1024, seed=1
    )
    assert result.sz_site.dims == ("time", "site")
    start = result.isel(time=0)
    np.testing.assert_allclose(
        start.sz_site, 10 * np.cos(ANGLES), atol=5 * float(start.sz_site_se.max())
    )
    np.testing.assert_allclose(
        start.sx_site, 10 * np.sin(ANGLES) * math.cos(0.7), atol=5 * float(start.sx_site_se.max())
    )
    np.testing.assert_allclose(result.sz, result.sz_site.mean("site"), rtol=1e-12)
    fall = result.sz_site[0] - result.sz_site[1]
    assert abs(float(fall[0])) < 1e-9  # this one does not decay
    for site, (theta, rate) in enumerate(zip(ANGLES, UNLIKE.decay, strict=True)):
        exact = decay_sz(10, rate, [1.0], twoqs.coherent(theta))[0]
        error = float(result.sz_site_se[1, site])
        assert float(result.sz_site[1, site]) == pytest.approx(exact, abs=5 * error + 0.05)


@pytest.mark.parametrize("observables", [(), ("sites",)])
@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_variances_are_about_the_mean_of_each_site(scheme, observables):
    """Spins that point in different directions have the variances of coherent states."""
    result = twoqs.simulate(
        UNLIKE, times=[0.0], scheme=scheme, observables=observables, trajectories=2048, seed=2
    ).isel(time=0)
    # S/2 across the spin; the pda, with its Poissonian number of quanta, has S/2 along it too
    along = np.cos(ANGLES) ** 2
    exact = 5 * np.mean(1 - along + (along if scheme == "pda" else 0))
    assert float(result.var_sz) == pytest.approx(exact, abs=5 * float(result.var_sz_se) + 1e-2)
    # negative control: about the common mean the spread of the directions would come on top
    pooled = exact + 100 * np.var(np.cos(ANGLES))
    assert abs(float(result.var_sz) - pooled) > 50 * float(result.var_sz_se)


# --- Diagnostics ----------------------------------------------------------------------------------


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf, 1e200])
@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_diverged_trajectories_are_left_out_counted_and_reported(monkeypatch, scheme, poison):
    """Two lanes of one block of four, poisoned between the first and the second time."""
    numerics = resolve(
        CHAIN, Numerics(scheme=scheme, times=(0.2, 0.4), observables=("correlation",))
    )
    clean = parts_of(CHAIN, numerics)
    made = []

    class Poisoned(TrajectoryBlock):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

        def sample(self, segment, count, sums, rows, saved, history=None):
            for number in range(count):
                if made.index(self) == 1 and saved + number == 1:
                    self.state[0, 3, [5, 20]] = poison
                super().sample(segment, 1, sums, rows, saved + number)

    monkeypatch.setattr(batch, "TrajectoryBlock", Poisoned)
    parts = parts_of(CHAIN, numerics)
    rows = [ROWS + 5 // GROUP, ROWS + 20 // GROUP]  # of the second block
    others = np.setdiff1d(np.arange(len(parts["count"])), rows)
    for name in ("sums", "correlation", "count", "diverged"):
        np.testing.assert_array_equal(parts[name][:, 0], clean[name][:, 0])
        np.testing.assert_array_equal(parts[name][others], clean[name][others])
        assert np.all(np.isfinite(parts[name]))
    assert np.all(parts["count"][rows, 1] == GROUP - 1)
    assert np.all(parts["diverged"][rows, 1] == 1)
    made.clear()
    with pytest.warns(RuntimeWarning, match="0.00781 of the trajectories diverged and are left"):
        result = twoqs.simulate(CHAIN, times=[0.2, 0.4], scheme=scheme, trajectories=256)
    np.testing.assert_allclose(result.diverged, [0, 2 / 256])
    # what is left is the average over the other 254
    lanes = np.arange(LANES)
    sz = []
    for number, block in enumerate(
        blocks_of(CHAIN, resolve(CHAIN, Numerics(scheme=scheme, times=(0.2, 0.4))), 0, range(4))
    ):
        for steps, step in numerics.segments():
            block.advance(steady(steps, step))
        block.measure()
        kept = ~np.isin(lanes, [5, 20]) if number == 1 else lanes >= 0
        sz.append(block.bloch[2][:, kept].mean(axis=0))
    plain = np.concatenate(sz).mean()
    # the ordering of the conserving scheme multiplies means by 1 + 1/(8 S^2) = 1.008
    assert float(result.sz[1]) == pytest.approx(plain, rel=0.01 if scheme == "conserving" else 1e-3)


def test_where_all_diverge_there_is_nothing(monkeypatch):
    class Lost(TrajectoryBlock):
        def sample(self, *arguments):
            self.state[:] = math.nan
            super().sample(*arguments)

    monkeypatch.setattr(batch, "TrajectoryBlock", Lost)
    with pytest.warns(RuntimeWarning, match="1 of the trajectories diverged"):
        result = twoqs.simulate(CHAIN, times=[0.2], trajectories=256)
    assert float(result.diverged[0]) == 1
    assert np.all(np.isnan(result.sz))
    assert np.all(np.isnan(result.sz_se))


def test_no_warning_without_a_reason():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = twoqs.simulate(CHAIN, times=[0.2], trajectories=256)
    assert float(result.diverged[0]) == 0


def test_share_of_clipped_updates():
    """|alpha|^2 < 1/2 has the probability 1 - 1/e in the vacuum; only Wigner is clipped."""
    down = twoqs.Model(spin=1000, decay=1e-6)
    up = twoqs.Model(spin=1000, decay=1e-6, initial="up")
    settings = {"times": [0.0, 10.0], "step": 0.5, "trajectories": 1024}
    shares = {}
    for scheme, kind, model in [("pda", "W", down), ("pda", "W", up), ("pda", "P", down),
                                ("pda", "Q", down), ("euler-maruyama", "W", down),
                                ("conserving", "W", down)]:  # fmt: skip
        result = twoqs.simulate(model, scheme=scheme, representation=kind, **settings)
        assert float(result.clipped_fraction[0]) == 0  # nothing was updated yet
        shares[scheme, kind, model is up] = float(result.clipped_fraction[1])
    vacuum = 1 - math.exp(-1)
    error = math.sqrt(vacuum * (1 - vacuum) / 1024)  # the amplitude stays as it is: 1024 samples
    for scheme in ("pda", "euler-maruyama"):
        assert shares.pop((scheme, "W", False)) == pytest.approx(vacuum, abs=4 * error)
    assert set(shares.values()) == {0.0}


# --- Everything at once ---------------------------------------------------------------------------

EVERYTHING = twoqs.Model(
    spin=6, lattice=twoqs.square(3, 4), field=(0.3, -0.2, 0.5), coupling=(0.2, 0.3, -0.4),
    twist=(0.3, -0.2, 0.1), decay=0.5, gain=0.2, dephasing=0.3, initial=twoqs.coherent(1.0, 2.0),
)  # fmt: skip
COMBINATIONS = [("conserving", "W"), *itertools.product(("pda", "euler-maruyama"), "PWQ")]


@pytest.mark.parametrize(("scheme", "representation"), COMBINATIONS)
def test_a_model_with_everything_runs(scheme, representation):
    result = twoqs.simulate(
        EVERYTHING, times=[0.0, 0.05, 0.1], scheme=scheme, representation=representation,
        observables=["correlation", "sites"], neglect="interaction-diffusion", trajectories=256,
    )  # fmt: skip
    for name, values in result.data_vars.items():
        assert np.all(np.isfinite(values)), name
    spins = np.array([result.sx, result.sy, result.sz])
    assert np.all(np.linalg.norm(spins, axis=0) < 1.1 * 6)
    # short times: all schemes and representations agree with the first order in time
    conserving = twoqs.simulate(EVERYTHING, times=[0.1], trajectories=256)
    for name in ("sx", "sy", "sz"):
        error = math.hypot(float(result[name + "_se"][2]), float(conserving[name + "_se"][0]))
        assert abs(float(result[name][2] - conserving[name][0])) < 5 * error + 0.01 * 6


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (EVERYTHING, {"times": [0.0, 0.1], "observables": ["correlation", "sites"]}),
        (twoqs.Model(spin=6, decay=1.0, field=(0.3, 0, 0)), {"average": (0.0, 0.1)}),
        (CHAIN, {"average": (0.0, 0.1), "observables": ["correlation"]}),
    ],
    ids=["lattice", "single", "average"],
)
def test_every_variable_says_what_it_is(model, settings):
    result = twoqs.simulate(model, trajectories=256, **settings)
    without_error = {"diverged", "clipped_fraction", "trajectories", "xi_status", "xi_chi2_dof",
                     "xi_p_value", "relaxation", "relaxation_time"}  # fmt: skip
    assert "sz" in result
    for name, variable in result.data_vars.items():
        assert variable.attrs["long_name"], name
        if name not in ("xi_status", "relaxation"):
            assert variable.attrs["units"], name
        if is_error(name):
            of = name.removesuffix("_se").removesuffix("_drift")
            assert of in result
            assert result[of].dims == variable.dims
        elif name not in without_error:
            about = variable.attrs["ancillary_variables"].split()
            assert about[0] == f"{name}_se"
            assert about[-1] == "trajectories"
            assert set(about) <= set(result)
            assert ("xi_status" in about) == name.startswith("xi")
            assert f"{name}_se" in result
    for name, coordinate in result.coords.items():
        assert coordinate.attrs["long_name"], name
        assert coordinate.attrs["units"], name
    for name in ("scheme", "representation", "step", "seed", "point_id"):
        assert name in result.attrs
    assert ("squeezing" in result) == (model.n_sites == 1)


def test_variances_of_the_largest_spin_are_not_lost_in_rounding():
    """Those of a coherent state add up to S; at ten times the largest spin they are 8 % off."""
    model = twoqs.Model(spin=MOST_SPIN, decay=1.0, initial=twoqs.coherent(2.0, 0.5))
    result = twoqs.simulate(model, times=[0.0], trajectories=4096, seed=1)
    variances = [result[name] / MOST_SPIN for name in ("var_sx", "var_sy", "var_sz")]
    errors = [result[f"{name}_se"] / MOST_SPIN for name in ("var_sx", "var_sy", "var_sz")]
    assert float(sum(variances)[0]) == pytest.approx(1, abs=4 * float(np.hypot.reduce(errors)[0]))
    assert float(max(error[0] for error in errors)) < 0.01
