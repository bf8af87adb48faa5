"""Fixtures that several files share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sweeps import small, sweep, write_spec

from twoqs.run import Workers, run

# A shell without job control starts `make test &` with Ctrl-C ignored, `nohup make test` with the
# end of its terminal, and processes inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def serial(tmp_path: Path) -> Path:
    """The store of an undisturbed serial run of the small sweep."""
    run(sweep(), tmp_path / "serial", Workers(count=0), quiet=True)
    return tmp_path / "serial"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the workflow makes it, with small sweeps; to read only."""
    from paper import make_results  # imports matplotlib, which few tests need

    folder = tmp_path_factory.mktemp("results")
    make_results(folder)
    return folder


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small sweep as a file, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    sizes = {"preview": {"trajectories": 100}}
    return write_spec(tmp_path / "small.yaml", small(sizes=sizes))
