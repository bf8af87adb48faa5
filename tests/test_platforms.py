"""macOS and Windows, emulated: names that they lack are taken away before we are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sweeps import small, write_spec

# What other libraries import is Linux's: only our own use of such names is under test.
PRELUDE = """\
import asyncio, dask.array, io, json, shutil
import multiprocessing.resource_tracker, os, pathlib, signal, ssl, sys
import concurrent.futures.process, tempfile
import matplotlib.figure, matplotlib.backends.backend_agg, matplotlib.mathtext, matplotlib.style
import numba, pandas, qutip, tqdm, xarray, zarr, jinja2, pydantic, ruamel.yaml
import scipy.linalg, scipy.optimize, scipy.sparse.linalg, scipy.special, scipy.stats


def without(module, *names):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

def not_there(path, *arguments, plain=io.open, **named):
    if str(path).startswith("/proc"):
        raise FileNotFoundError(2, "No such file or directory", path)
    return plain(path, *arguments, **named)

io.open = not_there
without(os, "sched_getaffinity", "process_cpu_count", "O_DIRECTORY")
"""

MACOS = PRELUDE + "sys.platform = 'darwin'\n"

WINDOWS = (
    PRELUDE
    + """\
def no_folders(path, *arguments, plain=os.open, **named):
    if not isinstance(path, int) and os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return plain(path, *arguments, **named)

os.open = no_folders
shutil._use_fd_functions = False
without(os, "fork", "forkpty", "getuid", "geteuid", "getgid", "uname", "fchmod", "O_NONBLOCK",
        "getpgid", "setsid", "killpg", "statvfs", "pwrite", "pread")
without(signal, "SIGHUP", "SIGKILL", "SIGALRM", "SIGUSR1", "pthread_sigmask", "setitimer")
for name in ("fcntl", "resource", "grp", "pwd", "termios", "_posixshmem", "_posixsubprocess"):
    sys.modules[name] = None
sys.platform = "win32"
"""
)

COMMANDS = """
from twoqs.cli import main

spec, store, folder = sys.argv[1:]
commands = [
    ["plan", spec], ["status", store], ["show", store], ["verify", store],
    ["plot", store, "--output", folder + "/a.png"], ["export", store, folder + "/a.nc"],
    ["predict", spec, "--workers", "0", "--output", folder + "/p.nc", "--quiet"],
    ["validate", store, "--predictions", folder + "/p.nc", "--csv", folder + "/v.csv"],
]
for words in commands:
    code = main(words)
    assert code == 0, (words, code)
try:
    main(["--version"])
except SystemExit as ended:
    assert not ended.code
import twoqs, twoqs.paper.report
assert twoqs.open(store).sz.notnull().all()
twoqs.simulate(twoqs.Model(spin=10, decay=1.0), times=[0, 1], trajectories=64)
sys.exit(main(["run", spec, "--store", folder + "/s", "--workers", "0", "--quiet"]))
"""


@pytest.mark.parametrize(("system", "runs"), [(MACOS, True), (WINDOWS, False)], ids=["mac", "win"])
def test_all_that_reads_works_there(system: str, runs: bool, serial: Path, tmp_path: Path) -> None:
    spec = write_spec(tmp_path / "small.yaml", small())
    words = [sys.executable, "-c", system + COMMANDS, str(spec), str(serial), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if runs:
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1:] == [
        "twoqs: Sweeps are run on Linux and macOS only; on Windows, run them in WSL."
    ], done.stderr
    assert not (tmp_path / "s").exists()
