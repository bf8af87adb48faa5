"""Where commands run: home folders, terminals without letters, closed ones, lost folders."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from sweeps import command, receipts, small, write_spec

from twoqs.access import load
from twoqs.arguments import file_name
from twoqs.figures.save import save

ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

NO_HOME = "/dev/null/home"
"""What not even root can make a folder of."""


def called(
    *arguments: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command in a folder, with these variables of the environment."""
    path = os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command(*arguments), cwd=cwd, env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def test_tildes_are_home_folders(serial: Path, tmp_path: Path) -> None:
    """Also where no shell replaces them, as in `--store=~/s`."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    serial.rename(home / "s")
    write_spec(home / "small.yaml", small())
    for words in (
        ["run", "~/small.yaml", "--store=~/s", "--digest=~/d/small.json", "--workers=0"],
        ["status", "~/s"],
        ["export", "~/s", "~/out/s.nc"],
        ["plot", "~/s", "--output=~/out/s.png"],
        ["predict", "~/small.yaml", "--output=~/p/small.nc", "--cache=~/c", "--workers=0"],
        ["validate", "~/s", "--predictions=~/p/small.nc", "--csv=~/out/s.csv"],
        ["refine", "~/small.yaml", "--store=~/s", "--axis=omega", "--points=1",
         "--output=~/out/fine.yaml"],
    ):  # fmt: skip
        done = called(*words, cwd=here, HOME=str(home))
        assert done.returncode == 0, (words, done.stderr)
    assert not list(here.iterdir())
    made = sorted(path.name for path in (home / "out").iterdir())
    assert made == ["fine.yaml", "s.csv", "s.nc", "s.png"]
    assert (home / "d/small.json").is_file()
    assert (home / "c").is_dir()


def test_tildes_in_python(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    from twoqs.export import export
    from twoqs.predictions import Cache
    from twoqs.run import Workers, run
    from twoqs.sweep import Sweep

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(serial.parent)
    assert file_name("path", "~/a") == str(tmp_path / "a")
    assert file_name("path", "a~") == "a~"
    assert load("~/serial").sizes["omega"] == 2
    save(Figure, ["~/out/a.png"])
    export("~/serial", "~/out/a.nc")
    assert Cache("~/c").folder == tmp_path / "c"
    spec = write_spec(tmp_path / "small.yaml", small())
    run(Sweep.from_file("~/small.yaml"), "~/serial", Workers(0), "~/out/d.json", quiet=True)
    assert spec.exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.nc", "a.png", "d.json"]
    assert not Path("~").exists()


@pytest.mark.parametrize("environment", [ASCII, C_LOCALE], ids=["ascii", "C"])
def test_terminals_without_our_letters(
    environment: dict[str, str], serial: Path, tmp_path: Path
) -> None:
    done = called("show", serial, cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert " +- " in done.stdout
    assert done.stdout.isascii()
    store = serial.rename(tmp_path / "caf\u00e9 \u2211")
    for name in ("status", "verify", "show"):
        done = called(name, store, cwd=tmp_path, **environment)
        assert (done.returncode, done.stderr) == (0, ""), name
    done = called("status", tmp_path / "na\u00efve", cwd=tmp_path, **environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("twoqs: There is no sweep in ")


def test_a_folder_that_is_gone(serial: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    for words, code in ((["status", str(serial)], 2), (["--version"], 0)):
        done = subprocess.run(
            ["sh", "-c", script, "sh", str(gone), *command(*words)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        gone.mkdir()
        assert done.returncode == code, done.stderr
    assert not done.stderr
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(gone), *command("plot", serial)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == "twoqs: The working directory is gone; change to another folder.\n"


@pytest.mark.parametrize("environment", [{"MPLBACKEND": "nonsense"}, {"HOME": NO_HOME}])
def test_plots_need_no_backend_and_no_home(
    environment: dict[str, str], serial: Path, tmp_path: Path
) -> None:
    done = called("plot", serial, "--output", "a.png", cwd=tmp_path, **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a.png\n", "")


BACKEND = """
import os, matplotlib
from twoqs.figures import plot
assert os.environ["MPLBACKEND"] == "svg"
assert matplotlib.rcParams["backend"] == "svg"
"""


def test_a_backend_is_still_what_a_user_chose() -> None:
    """Negative control: loading our figures first changes nothing for those who show some."""
    for script in (BACKEND, BACKEND.replace("import os, matplotlib\n", "import os\n").replace(
            "import plot\n", "import plot\nimport matplotlib\n")):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"MPLBACKEND": "svg"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def _into_session(terminal: int) -> None:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "told"])
def test_a_closed_terminal_ends_a_run_in_order(closed: bool, tmp_path: Path) -> None:
    """By the kernel, or by a shell that passes it on, twice."""
    spec, store = write_spec(tmp_path / "l.yaml", small(trajectories=10**8)), tmp_path / "s"
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("run", spec, "--store", store, "--workers", "0"),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=os.environ,
    )  # fmt: skip
    os.close(theirs)
    journal = store / "batches/receipts.jsonl"
    end = time.monotonic() + 120
    from twoqs.store.batches import RECEIPTS

    journal = store / RECEIPTS
    while not (journal.is_file() and len(journal.read_bytes()) > 1000):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    if closed:
        os.close(ours)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 130
    if not closed:
        os.close(ours)
    assert receipts(store)
    done = called("status", store, cwd=tmp_path)
    assert done.returncode == 0
    assert "writer" not in done.stdout


def test_nohup_is_heeded() -> None:
    from twoqs.signals import ended_like_ctrl_c, interrupts_later

    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_like_ctrl_c(), interrupts_later():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, "a second one is not heard"
    finally:
        signal.signal(signal.SIGHUP, former)
