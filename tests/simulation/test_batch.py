"""From a model to records: batches of blocks, sums over trajectories, correlations, averages."""

from __future__ import annotations

import itertools
import math

import numba
import numpy as np
import pytest
from batches import CHAIN, blocks_of, parts_of

import twoqs
from twoqs import simulate
from twoqs.errors import ArgumentError
from twoqs.flows.length import spin_length
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import GROUP, QUANTITIES, ROWS
from twoqs.measure.records import RecordLayout
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation import batch
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

# --- Batches --------------------------------------------------------------------------------------


def test_results_do_not_depend_on_how_blocks_are_batched(monkeypatch):
    numerics = resolve(CHAIN, Numerics(times=(0.3, 1.0), observables=("correlation", "sites")))
    found = {}
    for most, count in ((1, 12), (2, 6), (4, 3)):
        monkeypatch.setattr(batch, "MOST_BLOCKS", most)
        assert batch.blocks_per_batch(CHAIN, numerics) == most
        batches = [batch.run_batch(CHAIN, numerics, 9, number) for number in range(count)]
        assert batches[0].shape == (ROWS * most, RecordLayout.of(CHAIN, numerics).length)
        found[most] = np.concatenate(batches)
    np.testing.assert_array_equal(found[2], found[1])
    np.testing.assert_array_equal(found[4], found[1])
    # every block has numbers of its own
    assert len(np.unique(found[1][:, -1])) == len(found[1])


COSTS = (1.0, 2e3, 5e3, 7e3, 1e4, 1.5e4, 2e4, 4e4, 1e6)


def test_blocks_in_a_batch_are_bounded_by_their_cost():
    short = resolve(CHAIN, Numerics(times=(0.1,)))
    long = resolve(CHAIN, Numerics(times=(1e6,)))
    assert batch.blocks_per_batch(CHAIN, short) == batch.MOST_BLOCKS
    assert batch.blocks_per_batch(CHAIN, long) == 1
    assert batch.batch_trajectories(CHAIN, long) == LANES
    # Whatever a batch costs, 256 trajectories are whole batches.
    sizes = {batch.blocks_per_batch(CHAIN, resolve(CHAIN, Numerics(times=(t,)))) for t in COSTS}
    assert sizes == {1, 2, 4}
    assert batch.rows_per_batch(CHAIN, short) * GROUP == batch.batch_trajectories(CHAIN, short)
    cost = batch.batch_cost(CHAIN, short)
    assert 0 < cost.seconds < batch.batch_cost(CHAIN, long).seconds
    assert cost.bytes == 8 * batch.run_batch(CHAIN, short, 0, 0).size


def test_five_hundred_and_five_hundred_are_a_thousand(monkeypatch):
    """The longer run begins with the records of the shorter one."""
    seen = []
    finalize = simulate.__globals__["finalize"]
    monkeypatch.setitem(
        simulate.__globals__,
        "finalize",
        lambda *given: seen.append(given[2]) or finalize(*given),
    )
    short = twoqs.simulate(CHAIN, times=[0.5], trajectories=512, seed=3)
    long = twoqs.simulate(CHAIN, times=[0.5], trajectories=1024, seed=3)
    assert (int(short.trajectories), int(long.trajectories)) == (512, 1024)
    np.testing.assert_array_equal(seen[1][: len(seen[0])], seen[0])
    other = twoqs.simulate(CHAIN, times=[0.5], trajectories=512, seed=4)
    assert float(other.sz[0]) != float(short.sz[0])
    again = twoqs.simulate(CHAIN, times=[0.5], trajectories=512, seed=3)
    assert again.equals(short)


@pytest.mark.parametrize("wanted", [1, 255, 256, 257, 1000])
def test_trajectories_are_rounded_up_and_reported(wanted):
    result = twoqs.simulate(CHAIN, times=[0.1], trajectories=wanted)
    assert int(result.trajectories) == 256 * math.ceil(wanted / 256)


@pytest.mark.parametrize("wanted", [0, -5, 2.5, "10", True])
def test_trajectories_that_make_no_sense(wanted):
    with pytest.raises(ArgumentError, match="`trajectories` must be an integer of at least 1"):
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
            block.advance(steady(steps, step))
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
        block.advance(steady(steps, step))
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


def test_a_window_has_the_kernel_of_saved_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sums at its start are, for numba, of the types of all others: it is compiled once."""
    sample_of, seen = TrajectoryBlock.sample, []

    def noted(self, segment, count, sums, rows, saved, history=None) -> None:
        seen.append(numba.typeof(rows))
        sample_of(self, segment, count, sums, rows, saved, history)

    monkeypatch.setattr(TrajectoryBlock, "sample", noted)
    model = twoqs.Model(spin=10, decay=1.0)
    twoqs.simulate(model, average=(0.5, 2.0), trajectories=64, seed=1)
    twoqs.simulate(model, times=[0.0, 1.0], trajectories=64, seed=1)
    assert len(seen) > 2
    assert len(set(seen)) == 1
