"""Single trajectories: those of the run, stored beside sums, as safe as these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from packed import Spot, spots
from sweeps import merged_bytes, sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.kernels.moments import GROUP
from twoqs.store import journal
from twoqs.store.store import RECEIPTS
from twoqs.sweep import SpecError

SERIAL = Workers(count=0)
ASKED = {"path": {"trajectories": 300}}


def lossy_cavity() -> twoqs.Model:
    spins = twoqs.Sites(twoqs.Spin(4), twoqs.chain(3), name="s")
    cavity = twoqs.Mode("c")
    coupling = 0.3 * (cavity.a * spins.plus + cavity.adag * spins.minus)
    return twoqs.Model(hamiltonian=coupling, jumps=[twoqs.jump(cavity.a, 0.5)], initial="up")


def test_they_are_the_trajectories_of_the_run() -> None:
    ds = twoqs.simulate(
        lossy_cavity(), times=[0, 0.5, 1], trajectories=128, keep=100, end_states=True, seed=2
    )
    assert ds.path_sx.dims == ("path_trajectory", "time", "path_site")
    assert ds.path_a_re.dims == ("path_trajectory", "time")
    ends = ds.end_state.isel(trajectory=slice(100))
    sites = ds.path_site.values
    assert np.array_equal(ds.path_sz[:, -1], ends.sel(component="z").values[:, sites])
    mode = next(i for i in range(4) if i not in sites)
    assert np.array_equal(ds.path_a_im[:, -1], -ends.sel(component="y").values[:, mode])
    assert "path_a_re_se" not in ds


def test_their_means_are_those_of_the_result() -> None:
    """All of them together: the mean and its error follow from single trajectories."""
    s = twoqs.Spin(10, name="s")
    model = twoqs.Model(hamiltonian=0.5 * s.x, jumps=[twoqs.jump(s.minus, 0.05)])
    ds = twoqs.simulate(model, times=[0, 1], trajectories=256, keep=256, seed=2)
    mean = ds.path_sz.mean("path_trajectory")
    weight = float(ds.sz[-1] / mean[-1])
    assert weight == pytest.approx(1 + 1 / 800, rel=1e-3)
    assert np.allclose(ds.sz, weight * mean, rtol=1e-12)
    groups = ds.path_sz[:, -1].values.reshape(-1, GROUP).mean(axis=1)
    assert float(ds.sz_se[-1]) == pytest.approx(weight * groups.std(ddof=1) / len(groups) ** 0.5)


def kept_spots(store: Path) -> list[Spot]:
    """Records with trajectories behind them, in the order of the receipts."""
    kept = {(one.point, one.batch) for one in journal.receipts(store / RECEIPTS) if one.kept}
    return [spot for batch, spot in spots(store).items() if batch in kept]


def test_batches_beyond_keep_nothing_and_missing_ones_are_unknown(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"numerics__observables": ASKED, "trajectories": 256}
    carry_out(sweep(**asked), tmp_path / "s", SERIAL, quiet=True)
    few = twoqs.open(tmp_path / "s")
    assert few.sizes["path_trajectory"] == 300
    assert np.isfinite(few.path_sx[..., :256, :]).all()
    assert np.isnan(few.path_sx[..., 256:, :]).all()
    carry_out(sweep(**asked | {"trajectories": 1024}), tmp_path / "s", SERIAL, quiet=True)
    more = twoqs.open(tmp_path / "s")
    assert np.isfinite(more.path_sx).all()
    assert np.array_equal(more.path_sx[..., :256, :], few.path_sx[..., :256, :])
    assert len(kept_spots(tmp_path / "s")) == 2 * 4
    assert len(spots(tmp_path / "s")) == 4 * 4


def test_damage_is_found_and_mended(tmp_path: Path) -> None:
    content = sweep(numerics__observables=ASKED)
    store = tmp_path / "s"
    carry_out(content, store, SERIAL, quiet=True)
    whole = merged_bytes(store)
    first, second, *_ = kept_spots(store)
    first.flip(-100)  # in what stands behind the record
    second.flip()
    assert main(["verify", str(store)]) == 1
    outcome = carry_out(content, store, SERIAL, quiet=True)
    assert (outcome.computed, outcome.damaged) == (2, 2)
    assert merged_bytes(store) == whole
    assert main(["verify", str(store)]) == 0


@pytest.mark.parametrize(
    ("observables", "told"),
    [
        ({"path": {"trajectories": 0}}, "at least 1"),
        ({"path": {"trajectories": True}}, "trajectories"),
        ({"path": {"trajectories": 10**8}}, "at most 0.1 GB"),
        ({"a": {"trajectories": 1}, "b": {"trajectories": 2}}, "the only one"),
    ],
)
def test_bad_requests_are_told_in_one_line(observables: Any, told: str) -> None:
    with pytest.raises(SpecError, match=r"observables") as caught:
        sweep(numerics__observables=observables)
    assert told in str(caught.value)


def test_windows_and_too_few_trajectories_are_refused() -> None:
    model = twoqs.Model(10, decay=1.0)
    with pytest.raises(ArgumentError, match="go with `times`"):
        twoqs.simulate(model, average=(0, 1), keep=3)
    with pytest.raises(ArgumentError, match="as many as are kept"):
        twoqs.simulate(model, times=[0, 1], trajectories=2, keep=3)
