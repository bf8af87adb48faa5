"""`twoqs.run`: what the command line computes, from Python, on whatever workers there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from distributed import Client, LocalCluster
from sweeps import DRIFTING, merged_bytes, small, sweep, write_spec

import twoqs
from twoqs.errors import ArgumentError, StoreError
from twoqs.execution.dask.same_code import CodeCheck

pytestmark = pytest.mark.filterwarnings(DRIFTING)


@pytest.fixture
def first(serial: Path) -> xr.Dataset:
    """The results of SMALL, computed by the command line's run."""
    return twoqs.open(serial)


@pytest.mark.parametrize("form", ["sweep", "mapping", "file"])
def test_equals_the_command_line(
    form: str, first: xr.Dataset, serial: Path, tmp_path: Path
) -> None:
    given: Any = {
        "sweep": sweep(),
        "mapping": small(),
        "file": write_spec(tmp_path / "small.yaml", small()),
    }[form]
    data = twoqs.run(given, workers=0, store=tmp_path / "store", progress=False)
    xr.testing.assert_equal(data, first)
    assert merged_bytes(tmp_path / "store") == merged_bytes(serial)


def test_on_a_cluster_of_ones_own(
    first: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Client and a cluster serve alike, and are left as they were; other versions are refused."""
    begin = CodeCheck.__init__

    def of_another_version(self: CodeCheck, client: Client) -> None:
        begin(self, client)
        self.expected = self.expected | {"twoqs": "0.0"}

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as own,
        Client(own) as client,
    ):
        for name, workers in {"cluster": own, "client": client}.items():
            data = twoqs.run(sweep(), workers=workers, store=tmp_path / name, progress=False)
            xr.testing.assert_equal(data, first)
        monkeypatch.setattr(CodeCheck, "__init__", of_another_version)
        with pytest.raises(twoqs.ClusterError, match=r"it has twoqs [\d.]+, but needs twoqs 0.0\."):
            twoqs.run(sweep(), workers=client, store=tmp_path / "other", progress=False)
        assert client.status == "running"


def test_nothing_to_do_opens(serial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = merged_bytes(serial)
    data = twoqs.run(sweep(), workers=0, store=serial)
    assert "Nothing to do." in capsys.readouterr().err
    assert merged_bytes(serial) == before
    assert bool(data.complete.all())


def test_targets_are_those_of_the_call(tmp_path: Path) -> None:
    """More batches run until the standard errors are met; where they cannot be, it is told."""
    target = {"sz": 0.05}
    data = twoqs.run(sweep(), workers=0, store=tmp_path / "a", progress=False, target_se=target)
    assert float(data.sz_se.max()) <= 0.05
    with pytest.warns(UserWarning, match="Targets of errors were missed"):
        twoqs.run(
            sweep(),
            workers=0,
            store=tmp_path / "b",
            progress=False,
            target_se={"sz": 1e-9},
            max_trajectories=512,
        )


def test_finer_where_it_changes(serial: Path) -> None:
    """New values of an axis go on with the same store; those that are there stay."""
    before = twoqs.open(serial)
    finer = before.twoqs.refined(2, axis="omega", variables="sz")
    after = twoqs.run(finer, workers=0, store=serial, progress=False)
    assert after.sizes["omega"] == before.sizes["omega"] + 2
    xr.testing.assert_equal(after.sel(omega=before.omega), before)
    with pytest.raises(
        ArgumentError, match="`axis` must name one of the axes omega, case, but got None"
    ):
        before.twoqs.refined(2)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"sweep": 3}, "`sweep` must be a twoqs.Sweep, the path of a sweep file, or a mapping"),
        ({"sweep": "no.yaml"}, "no.yaml"),
        ({"workers": -1}, "workers"),
        ({"workers": object()}, "`workers` must be a number of processes, a Client or a cluster"),
        ({"workers": "tcp://x"}, "`scheduler` must be tcp://host:port"),
        ({"workers": "no.yaml"}, "no.yaml"),
        ({"tls": {"ca": "ca.pem"}}, "`tls` must be left out but for an address"),
        ({"size": "preview"}, "`size` must be left out where a Sweep is given"),
        ({"target_se": 3}, "`target_se` must be a mapping"),
        ({"target_se": {"sz": -1}}, "target_se"),
        ({"store": 3}, "store"),
        ({"progress": "yes"}, "`progress` must be"),
    ],
)
def test_what_cannot_be_run_is_told(given: dict[str, Any], text: str, tmp_path: Path) -> None:
    arguments = {"sweep": sweep(), "store": tmp_path / "store", "workers": 0} | given
    with pytest.raises(ArgumentError, match=text):
        twoqs.run(arguments.pop("sweep"), **arguments)
    assert not (tmp_path / "store").exists()


def test_a_store_of_another_sweep_is_left_alone(serial: Path) -> None:
    before = merged_bytes(serial)
    with pytest.raises(StoreError, match="belongs to another sweep: seed was 7"):
        twoqs.run(sweep(seed=8), workers=0, store=serial, progress=False)
    assert merged_bytes(serial) == before
