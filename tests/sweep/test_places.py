"""Where commands run: home folders, terminals without letters, closed ones, lost folders."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from matplotlib.figure import Figure
from sweeps import command, receipts, small, write_spec

from twoqs.cli import main
from twoqs.execution.predict import PredictionCache
from twoqs.execution.run import Workers, carry_out
from twoqs.look.export import export
from twoqs.look.open import load
from twoqs.look.plot.save import save
from twoqs.model.arguments import file_name
from twoqs.store.lock import locked
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep
from twoqs.system.signals import ended_like_ctrl_c, interrupts_later

ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

NO_HOME = "/dev/null/home"
"""What not even root can make a folder of."""

ALL = """
import json, sys
from twoqs.cli import main
for words in json.loads(sys.argv[1]):
    code = main(words)
    if code:
        sys.exit(code)
"""


class Ended(NamedTuple):
    """How commands ended, and what they said."""

    code: int
    output: str
    error: str


def called(*commands: list[Any], cwd: Path, **environment: str) -> Ended:
    """Commands in one process, up to the first that fails, with these variables set."""
    words = json.dumps([[str(word) for word in words] for words in commands], ensure_ascii=False)
    done = subprocess.run(
        [sys.executable, "-c", ALL, words], cwd=cwd, env=os.environ | environment,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_tildes_are_home_folders(
    serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no shell replaces them, as in `--store=~/s`."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    serial.rename(home / "s")
    write_spec(home / "small.yaml", small())
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
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
        assert main(words) == 0, words
    assert not list(here.iterdir())
    made = sorted(path.name for path in (home / "out").iterdir())
    assert made == ["fine.yaml", "s.csv", "s.nc", "s.png"]
    assert (home / "d/small.json").is_file()
    assert (home / "c").is_dir()


def test_tildes_in_python(serial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert file_name("path", "~/a") == str(tmp_path / "a")
    assert file_name("path", "a~") == "a~"
    assert load("~/serial").sizes["omega"] == 2
    save(Figure, ["~/out/a.png"])
    export("~/serial", "~/out/a.nc")
    assert PredictionCache("~/c").folder == tmp_path / "c"
    write_spec(tmp_path / "small.yaml", small())
    carry_out(Sweep.from_file("~/small.yaml"), "~/serial", Workers(0), "~/out/d.json", quiet=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.nc", "a.png", "d.json"]
    assert not Path("~").exists()


@pytest.mark.parametrize("environment", [ASCII, C_LOCALE], ids=["ascii", "C"])
def test_terminals_without_our_letters(
    environment: dict[str, str], serial: Path, tmp_path: Path
) -> None:
    store = serial.rename(tmp_path / "caf\u00e9 \u2211")
    done = called(
        *([name, store] for name in ("show", "status", "verify")),
        ["status", tmp_path / "na\u00efve"],
        cwd=tmp_path, **environment,
    )  # fmt: skip
    assert " +- " in done.output
    assert "\u00b1" not in done.output
    assert "every record and the merged dataset are as they were written" in done.output
    assert (done.code, done.error.count("\n")) == (2, 1), done.error
    assert done.error.startswith("twoqs: There is no sweep in ")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--version"], 0, ""),
        (["plan", "a.yaml"], 2,
         "twoqs: The working directory is gone; change to another folder.\n"),
    ],
)  # fmt: skip
def test_a_folder_that_is_gone(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(gone), *command(*words)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, said)


def test_plots_need_no_backend_and_no_home(serial: Path, tmp_path: Path) -> None:
    """Nor do predictions, for which QuTiP imports matplotlib."""
    spec = write_spec(tmp_path / "small.yaml", small())
    done = called(
        ["predict", spec, "--workers", "0", "--quiet", "--output", "p.nc"],
        ["plot", serial, "--output", "a.png"],
        cwd=tmp_path, MPLBACKEND="nonsense", HOME=NO_HOME,
    )  # fmt: skip
    assert done == (0, "a.png\n", "")


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "told"])
def test_a_closed_terminal_ends_a_run_in_order(closed: bool, tmp_path: Path) -> None:
    """Told twice, as by a kernel and by a shell; with a terminal that fails, or still there."""
    spec, store = write_spec(tmp_path / "l.yaml", small(trajectories=10**8)), tmp_path / "s"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("run", spec, "--store", store, "--workers", "0"),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        try:
            end = time.monotonic() + 120
            while not ((store / RECEIPTS).is_file() and receipts(store)):
                assert time.monotonic() < end
                assert process.poll() is None
                time.sleep(0.02)
            if closed:
                os.close(ours)
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGHUP)
            assert process.wait(60) == 130
        finally:
            process.kill()
    if not closed:
        os.close(ours)
    assert not locked(store / "lock")


def test_nohup_is_heeded() -> None:
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
