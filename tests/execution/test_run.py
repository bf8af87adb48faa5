"""A run computes what is missing, in any order and after any end, and always the same bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from sweeps import DRIFTING, merged_bytes, mtimes, receipts, sweep

import twoqs
from twoqs.errors import ClusterError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import open as open_sweep
from twoqs.simulation.provenance import code_digest
from twoqs.simulation.simulate import simulate
from twoqs.store import verify
from twoqs.sweep.work import Engine, Result, Serial, Task, execute

SERIAL = Workers(count=0)

ROOT = Path(__file__).parents[2]


class Disorderly(Serial):
    """Runs tasks in random order, in groups of random size, and loses some results."""

    def __init__(self, seed: int, loss: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.loss = loss

    def run(
        self, tasks: Iterable[Task], alone: bool = False, *arguments: Any
    ) -> Iterator[list[Result]]:
        waiting = iter(tasks)
        while window := list(islice(waiting, self.random.randint(1, 5))):
            self.random.shuffle(window)
            results = [execute(task) for task in window]
            yield [result for result in results if self.random.random() >= self.loss]


def use(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(workers: Workers) -> AbstractContextManager[Engine]:
        return nullcontext(engine)

    monkeypatch.setattr("twoqs.execution.run.engine_for", fake)


def test_the_order_of_completion_changes_no_byte(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=1), monkeypatch)
    carry_out(sweep(), tmp_path / "s", quiet=True)
    assert receipts(tmp_path / "s") != receipts(serial)
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)


def test_lost_results_are_asked_for_again(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=2, loss=0.5), monkeypatch)
    outcome = carry_out(sweep(), tmp_path / "s", quiet=True)
    assert (outcome.computed, outcome.failures) == (8, [])
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)


def test_a_cluster_that_loses_everything_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Disorderly(seed=3, loss=1.0), monkeypatch)
    with pytest.raises(ClusterError, match="lost every batch"):
        carry_out(sweep(), tmp_path / "s", quiet=True)


@pytest.mark.filterwarnings(DRIFTING)
def test_merged_values_are_those_of_a_simulation(serial: Path) -> None:
    data = open_sweep(serial)
    point = sweep().points[2]
    alone = simulate(
        point.model, times=(0, 1, 2), trajectories=512, scheme="pda", seed=sweep().seed
    )
    here = data.sel(omega=1.5, case="pda")
    for name in ("sz", "sz_se", "var_sx", "squeezing", "spin_length_std"):
        np.testing.assert_array_equal(here[name], alone[name])
        assert here[name].attrs == alone[name].attrs
    assert int(here.trajectories) == int(alone.trajectories) == 512
    assert str(here.point_id.values) == alone.attrs["point_id"]


def test_the_merged_dataset_says_what_it_is(serial: Path) -> None:
    data = open_sweep(serial)
    assert data.sz.dims == ("omega", "case", "time")
    assert data.omega.values.tolist() == [0.5, 1.5]
    assert data.omega.attrs["units"] == "Gamma"
    assert data["case"].values.tolist() == ["pda", "conserving"]
    assert data.sz.attrs["ancillary_variables"] == "sz_se trajectories"
    assert set(data.coords) == {"omega", "case", "time", "step", "point_id", "complete"}
    assert data.complete.dtype == bool
    for name in data.variables:
        assert data[name].attrs["long_name"]
        if data[name].dtype.kind == "f":
            assert data[name].attrs["units"]
    assert json.loads(data.attrs["sweep"]) == sweep().spec
    for name in ("digest", "code", "commit", "versions", "platform", "cpu", "history", "source"):
        assert data.attrs[name] != ""
    for name, value in {"seed": 7, "points_done": 4, "points_total": 4, "batches_done": 8}.items():
        assert data.attrs[name] == value
    assert data.attrs["compute_seconds"] > 0
    assert data.attrs["Conventions"].startswith("CF-")
    plain = xr.open_zarr(serial / "merged.zarr")
    xr.testing.assert_identical(plain.load(), data.load())


def test_averages_over_a_window_have_no_time(tmp_path: Path) -> None:
    content = sweep(
        numerics={"average": [1, 2], "observables": ["correlation", "sites"]},
        model={"spin": 10, "lattice": {"chain": {"n": 4}}, "decay": 1.0},
    )
    carry_out(content, tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s")
    assert data.correlation.dims == ("omega", "case", "distance")
    assert data.sx_site.dims == ("omega", "case", "site")
    assert data.xi_status.dims == data.sz.dims == ("omega", "case")
    assert data.xi_status.dtype == np.int8
    assert data.xi_status.attrs["flag_values"][-1] == -1
    assert data.xi_status.attrs["flag_meanings"].split()[-1] == "missing"


def test_a_sweep_needs_no_axes(tmp_path: Path) -> None:
    """One point, averaged: all results are single numbers."""
    alone = sweep(axes={}, numerics={"average": [0, 2], "samples": 3})
    assert carry_out(alone, tmp_path / "s", Workers(0), quiet=True).merged
    assert open_sweep(tmp_path / "s").sz.shape == ()


def test_flags_of_some_points_are_missing_at_the_others(tmp_path: Path) -> None:
    cases = {"plain": {}, "pairs": {"numerics.observables": ["correlation"]}}
    model = {"spin": 10, "lattice": {"chain": {"n": 4}}, "decay": 1.0}
    content = sweep(axes={"case": {"cases": cases}}, numerics={"average": [1, 2]}, model=model)
    carry_out(content, tmp_path / "s", SERIAL, quiet=True)
    status = open_sweep(tmp_path / "s").xi_status.load()
    assert status.dtype == np.int8
    assert status.sel(case="plain") == -1 != status.sel(case="pairs")
    assert list(verify(tmp_path / "s")) == []


def test_variables_of_some_points_are_nan_at_the_others(tmp_path: Path) -> None:
    cases = {"plain": {}, "sites": {"numerics.observables": ["sites"]}}
    content = sweep(axes={"case": {"cases": cases}})
    carry_out(content, tmp_path / "s", SERIAL, quiet=True)
    data = open_sweep(tmp_path / "s").load()
    assert np.isnan(data.sx_site.sel(case="plain")).all()
    assert np.isfinite(data.sx_site.sel(case="sites")).all()
    assert (data.trajectories > 0).all()
    assert list(verify(tmp_path / "s")) == []


def test_a_second_run_does_nothing(
    serial: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr("twoqs.execution.run.engine_for", refuse)
    monkeypatch.setattr("twoqs.execution.run.compile_kernels", refuse)
    before = mtimes(serial)
    outcome = carry_out(sweep(), serial, Workers(2))
    assert (outcome.computed, outcome.merged) == (0, False)
    assert mtimes(serial) == before
    assert "Nothing to do" in capsys.readouterr().err


def test_a_point_with_another_identity_fails() -> None:
    point = sweep().points[0]
    task = Task("0" * 16, point.settings, 1, 0, 1.0, 0)
    assert "another identity" in str(execute(task).error)


def test_the_digest_file_depends_on_the_results_alone(serial: Path, tmp_path: Path) -> None:
    for name, content in (("a", sweep()), ("b", sweep()), ("c", sweep(trajectories=1024))):
        carry_out(
            content, tmp_path / "s" / name, SERIAL, tmp_path / "d" / f"{name}.json", quiet=True
        )
    a, b, c = (json.loads((tmp_path / "d" / f"{name}.json").read_text()) for name in "abc")
    assert a["store"] == "../s/a"
    assert (a["points"], a["batches"], c["batches"]) == (4, 8, 16)
    for key in ("records_sha256", "merged_sha256"):
        assert a[key] == b[key] != c[key]


@pytest.mark.parametrize(
    ("name", "anew"), [("store/merge.py", True), ("paper/figures/fig1.py", False)]
)
def test_a_merge_is_made_anew_by_other_code_of_its_own(
    serial: Path, monkeypatch: pytest.MonkeyPatch, name: str, anew: bool
) -> None:
    """An edit of what draws or reports leaves the merged dataset as it is."""
    read = Path.read_bytes
    edited = Path(twoqs.__file__).parent / name
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + b"#" * (self == edited))
    code_digest.cache_clear()
    try:
        assert carry_out(sweep(), serial, SERIAL, quiet=True).merged == anew
    finally:
        code_digest.cache_clear()
