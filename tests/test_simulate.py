"""From a model to a dataset: batches, correlations, averages, diagnostics; exact small systems."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest

import twoqs
from twoqs import batch, simulate
from twoqs.errors import ArgumentError
from twoqs.exact import decay_sz, evolve
from twoqs.integrate import Block
from twoqs.kernels.jit import LANES
from twoqs.kernels.moments import GROUP, QUANTITIES, ROWS
from twoqs.numerics import Numerics, point_id, resolve
from twoqs.records import Layout
from twoqs.representation import spin_length

CHAIN = twoqs.Model(
    spin=4, lattice=twoqs.chain(5), field=(0.4, 0, 0.2), coupling=(0.5, -0.8, 0.3), decay=1.0,
    initial=twoqs.coherent(1.0, 0.5),
)  # fmt: skip


def parts_of(model, numerics, seed=0, number=0):
    return Layout.of(model, numerics).split(batch.run_batch(model, numerics, seed, number))


def blocks_of(model, numerics, seed, numbers):
    """The blocks with these numbers of a point."""
    identity = int(point_id(model, numerics), 16)
    for number in numbers:
        key = (identity >> 32, identity & 0xFFFFFFFF, number)
        yield Block(model, numerics, np.random.SeedSequence(seed, spawn_key=key))


# --- Batches --------------------------------------------------------------------------------------


def test_results_do_not_depend_on_how_blocks_are_batched(monkeypatch):
    numerics = resolve(CHAIN, Numerics(times=(0.3, 1.0), observables=("correlation", "sites")))
    found = {}
    for most, count in ((1, 12), (3, 4), (4, 3)):
        monkeypatch.setattr(batch, "MOST_BLOCKS", most)
        assert batch.blocks_per_batch(CHAIN, numerics) == most
        batches = [batch.run_batch(CHAIN, numerics, 9, number) for number in range(count)]
        assert batches[0].shape == (ROWS * most, Layout.of(CHAIN, numerics).length)
        found[most] = np.concatenate(batches)
    np.testing.assert_array_equal(found[3], found[1])
    np.testing.assert_array_equal(found[4], found[1])
    # every block has numbers of its own
    assert len(np.unique(found[1][:, -1])) == len(found[1])


def test_blocks_in_a_batch_are_bounded_by_their_cost():
    short = resolve(CHAIN, Numerics(times=(0.1,)))
    long = resolve(CHAIN, Numerics(times=(1e6,)))
    assert batch.blocks_per_batch(CHAIN, short) == batch.MOST_BLOCKS
    assert batch.blocks_per_batch(CHAIN, long) == 1
    assert batch.batch_trajectories(CHAIN, long) == LANES
    assert batch.rows_per_batch(CHAIN, short) * GROUP == batch.batch_trajectories(CHAIN, short)
    cost = batch.estimate(CHAIN, short)
    assert 0 < cost.seconds < batch.estimate(CHAIN, long).seconds
    assert cost.bytes == 8 * batch.run_batch(CHAIN, short, 0, 0).size


def test_five_hundred_and_five_hundred_are_a_thousand(monkeypatch):
    """The longer run begins with the records of the shorter one."""
    seen = []
    finalize = simulate.__globals__["finalize"]
    monkeypatch.setitem(
        simulate.__globals__,
        "finalize",
        lambda model, numerics, records: seen.append(records) or finalize(model, numerics, records),
    )
    short = twoqs.simulate(CHAIN, times=[0.5], trajectories=512, seed=3)
    long = twoqs.simulate(CHAIN, times=[0.5], trajectories=1024, seed=3)
    assert (int(short.trajectories), int(long.trajectories)) == (512, 1024)
    np.testing.assert_array_equal(seen[1][: len(seen[0])], seen[0])
    other = twoqs.simulate(CHAIN, times=[0.5], trajectories=512, seed=4)
    assert float(other.sz[0]) != float(short.sz[0])
    again = twoqs.simulate(CHAIN, times=[0.5], trajectories=512, seed=3)
    assert again.identical(short)


@pytest.mark.parametrize("wanted", [1, 255, 256, 257, 1000])
def test_trajectories_are_rounded_up_and_reported(wanted):
    result = twoqs.simulate(CHAIN, times=[0.1], trajectories=wanted)
    assert int(result.trajectories) == 256 * math.ceil(wanted / 256)


@pytest.mark.parametrize("wanted", [0, -5, 2.0, "10", True])
def test_trajectories_that_make_no_sense(wanted):
    with pytest.raises(ArgumentError, match="`trajectories` must be a positive integer"):
        twoqs.simulate(CHAIN, times=[0.1], trajectories=wanted)


# --- Sums -----------------------------------------------------------------------------------------


def direct_sums(bloch):
    """QUANTITIES of each trajectory, shape (quantity, site, lane), by name."""
    x, y, z, length = bloch
    r = length - spin_length(CHAIN.spin)
    table = {"x": x, "y": y, "z": z, "xx": x * x, "yy": y * y, "zz": z * z, "xy": x * y,
             "xz": x * z, "yz": y * z, "r": r, "rr": r * r}  # fmt: skip
    return np.stack([table[name] for name in QUANTITIES])


@pytest.mark.parametrize("observables", [(), ("sites",)])
@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_records_hold_the_sums_they_name(scheme, observables):
    numerics = resolve(CHAIN, Numerics(scheme=scheme, times=(0.2, 0.5), observables=observables))
    parts = parts_of(CHAIN, numerics, seed=5)
    for number, block in enumerate(blocks_of(CHAIN, numerics, 5, range(batch.MOST_BLOCKS))):
        rows = slice(ROWS * number, ROWS * (number + 1))
        for time, (steps, step) in enumerate(numerics.segments()):
            block.advance(steps, step)
            block.measure()
            sums = direct_sums(block.bloch)
            if not observables:
                sums = sums.sum(axis=1, keepdims=True)
            expected = np.moveaxis(sums.reshape(*sums.shape[:2], ROWS, GROUP).sum(axis=3), 2, 0)
            np.testing.assert_allclose(
                parts["sums"][rows, time], expected, rtol=1e-12, atol=1e-10
            )  # rounding of 80 terms of up to L^2 = 20
    assert np.all(parts["count"] == GROUP)
    assert np.all(parts["diverged"] == 0)


LATTICES = [
    twoqs.chain(6), twoqs.chain(7), twoqs.chain(6, periodic=False), twoqs.chain(5, periodic=False),
    twoqs.chain(1, periodic=False), twoqs.square(4, 3), twoqs.square(3, 5, periodic=False),
    twoqs.square(3, 4), twoqs.cubic(4, 3, 3), twoqs.cubic(3, 2, 4, periodic=False),
]  # fmt: skip


def direct_correlation(lattice, bloch):
    """Sum over all sites and their partners at each distance along the first axis, by loops."""
    sites = list(itertools.product(*(range(n) for n in lattice.shape)))
    index = {site: number for number, site in enumerate(sites)}
    result = np.zeros((3, len(lattice.distances), bloch.shape[2]))
    for distance in lattice.distances:
        for first, *others in sites:
            partner = first + distance
            if partner >= lattice.shape[0]:
                if not lattice.periodic:
                    continue
                partner -= lattice.shape[0]
            i, j = index[first, *others], index[partner, *others]
            result[:, distance] += bloch[:3, i] * bloch[:3, j]
    return result


@pytest.mark.parametrize("lattice", LATTICES, ids=repr)
def test_correlations_equal_direct_sums(lattice):
    rng = np.random.default_rng(1)
    angles = rng.uniform(0, 3, lattice.n_sites), rng.uniform(0, 6, lattice.n_sites)
    field = (rng.normal(size=lattice.n_sites), 0, 0)  # sites that differ
    model = twoqs.Model(
        spin=4, lattice=lattice, field=field, decay=1.0, initial=twoqs.coherent(*angles)
    )
    numerics = resolve(model, Numerics(times=(0.0, 0.4), observables=("correlation",), step=0.1))
    parts = parts_of(model, numerics)
    (block,) = blocks_of(model, numerics, 0, [0])
    for time, (steps, step) in enumerate(numerics.segments()):
        block.advance(steps, step)
        block.measure()
        lanes = direct_correlation(lattice, block.bloch)
        expected = np.moveaxis(lanes.reshape(3, -1, ROWS, GROUP).sum(axis=3), 2, 0)
        # rounding of the Fourier transform: 1e-16 of a sum of up to 600 terms of 20
        np.testing.assert_allclose(parts["correlation"][:ROWS, time], expected, atol=1e-9)


def test_open_and_closed_ends_differ():
    """Negative control: a transform without padding would count pairs across the ends."""
    bloch = np.random.default_rng(2).normal(size=(3, 6, 4))
    ring, row = (direct_correlation(twoqs.chain(6, periodic=p), bloch) for p in (True, False))
    assert np.abs(ring[:, 1] - row[:, 1]).max() > 0.1


def test_time_average_is_the_mean_of_its_samples(monkeypatch):
    """With equal random numbers, sums over a window are sums over its sample times."""
    monkeypatch.setattr(batch, "point_id", lambda model, numerics: "0123456789abcdef")
    observables = ("correlation", "sites")
    window = resolve(CHAIN, Numerics(average=(0.5, 1.5), samples=6, observables=observables))
    series = resolve(CHAIN, Numerics(times=window.sample_times, observables=observables))
    averaged, each = parts_of(CHAIN, window), parts_of(CHAIN, series)
    for name in ("count", "diverged", "sums", "correlation"):
        total = each[name].sum(axis=1)
        np.testing.assert_allclose(averaged[name][:, 0], total, rtol=1e-12, atol=1e-9)  # rounding
    assert np.all(averaged["count"] == 6 * GROUP)
    # updates are counted up to the end, not summed again over the samples
    np.testing.assert_array_equal(averaged["clipped"][:, 0], each["clipped"][:, -1])


def test_averages_in_a_dataset():
    """One sample is that time; a window has no dimension `time`."""
    at = twoqs.simulate(CHAIN, times=[0.7], trajectories=256, observables=["correlation"])
    window = twoqs.simulate(
        CHAIN, average=(0.7, 0.7), trajectories=256, observables=["correlation"]
    )
    assert at.sz.dims == ("time",)
    assert window.sz.dims == ()
    assert window.correlation.dims == ("distance",)
    assert float(window.sz) == pytest.approx(
        float(at.sz[0]), abs=6 * math.hypot(float(at.sz_se[0]), float(window.sz_se))
    )


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
    """Two lanes of one block of four, poisoned after the first of two times."""
    numerics = resolve(
        CHAIN, Numerics(scheme=scheme, times=(0.2, 0.4), observables=("correlation",))
    )
    clean = parts_of(CHAIN, numerics)
    made = []

    class Poisoned(Block):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

        def measure(self):
            self.measured = getattr(self, "measured", 0) + 1
            if made.index(self) == 1 and self.measured == 2:
                self._state[0, 3, [5, 20]] = poison
            super().measure()

    monkeypatch.setattr(batch, "Block", Poisoned)
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
            block.advance(steps, step)
        block.measure()
        kept = ~np.isin(lanes, [5, 20]) if number == 1 else lanes >= 0
        sz.append(block.bloch[2][:, kept].mean(axis=0))
    plain = np.concatenate(sz).mean()
    # the ordering of the conserving scheme multiplies means by 1 + 1/(8 S^2) = 1.008
    assert float(result.sz[1]) == pytest.approx(plain, rel=0.01 if scheme == "conserving" else 1e-3)


def test_where_all_diverge_there_is_nothing(monkeypatch):
    class Lost(Block):
        def measure(self):
            self._state[:] = math.nan
            super().measure()

    monkeypatch.setattr(batch, "Block", Lost)
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
                     "xi_p_value"}  # fmt: skip
    assert "sz" in result
    for name, variable in result.data_vars.items():
        assert variable.attrs["long_name"], name
        if name != "xi_status":
            assert variable.attrs["units"], name
        if name.endswith("_se"):
            assert name.removesuffix("_se") in result
            assert result[name.removesuffix("_se")].dims == variable.dims
        elif name not in without_error:
            assert variable.attrs["ancillary_variables"] == f"{name}_se"
            assert f"{name}_se" in result
    for name, coordinate in result.coords.items():
        assert coordinate.attrs["long_name"], name
        assert coordinate.attrs["units"], name
    for name in ("scheme", "representation", "step", "seed", "point_id"):
        assert name in result.attrs
    assert ("squeezing" in result) == (model.n_sites == 1)


# --- Against the exact master equation ------------------------------------------------------------

PARAMETERS = {
    "spin": 2,
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
        scale = 2.0 if name in MEANS else 4.0
        off = np.abs(result[name] - exact[name])
        worst = max(worst, float((off / (bound * scale + 4 * result[name + "_se"])).max()))
    return worst


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
    # truncation: of order t^2/S at S = 2, measured 0.01 (conserving), 0.02 (means of pda)
    [("conserving", MEANS + VARIANCES, 0.015), ("pda", MEANS, 0.025)],
)
def test_three_coupled_spins_follow_the_master_equation(scheme, names, bound):
    model = twoqs.Model(**PARAMETERS)
    result = twoqs.simulate(model, times=TIMES, scheme=scheme, trajectories=32768, seed=1)
    assert excess(result, evolve(model, TIMES), names, bound) < 1
    # negative controls: every term of the model is seen
    for label, change in wrong_models():
        wrong = evolve(twoqs.Model(**PARAMETERS | change), TIMES)
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
        bound = (0.03 if name == "correlation" else 0.02) * 4  # truncation at S = 2, in S^2
        assert np.all(off < bound + 4 * result[name + "_se"]), name
    # negative control: a ring, whose ends are neighbours
    ring = evolve(twoqs.Model(**PARAMETERS | {"lattice": twoqs.chain(3)}), TIMES)
    off = np.abs(result.correlation_zz.isel(distance=1) - ring.correlation_zz.isel(distance=1))
    assert np.any(off > 0.02 * 4 + 4 * result.correlation_zz_se.isel(distance=1))
