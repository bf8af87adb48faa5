"""Scripts of XMDS2, the field's C++ generator: built for one set of numbers, run, and read."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SCRIPTS = Path(__file__).parent / "xmds2"


class Xmds2Run(NamedTuple):
    """What one run gave: seconds of its own clock, and averages of shape (sample, quantity)."""

    seconds: float
    means: NDArray[np.float64]


class Xmds2Code:
    """A compiled script.

    Args:
        name: of the file in `xmds2/`; it builds a program `twoqs_<name>`.
        numbers: what its capital letters stand for.
    """

    def __init__(self, name: str, **numbers: float) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._program = f"twoqs_{name}"
        text = (SCRIPTS / f"{name}.xmds").read_text()
        for key, value in numbers.items():
            text = re.sub(rf"\b{key}\b", repr(value), text)
        (Path(self._folder.name) / "script.xmds").write_text(text)
        done = self._call("xmds2", "script.xmds")
        if not (Path(self._folder.name) / self._program).exists():
            raise SystemExit(f"XMDS2 did not build {name}: {done[-600:]}")

    def _call(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self._folder.name, capture_output=True, text=True)
        return done.stdout + done.stderr

    def run(self) -> Xmds2Run:
        """Run it."""
        said = self._call(f"./{self._program}")
        found = re.search(r"Time elapsed for simulation is: ([0-9.]+)", said)
        if found is None:
            raise SystemExit(f"XMDS2 did not run: {said}")
        output = (Path(self._folder.name) / f"{self._program}.xsil").read_text()
        # A run with too long a step ends in nan.
        table = re.findall(r"^(?:[-+.\deinfa]+ )+[-+.\deinfa]+\s*$", output, re.MULTILINE)
        rows = np.array([[float(word) for word in line.split()] for line in table])
        columns = (rows.shape[1] - 1) // 2  # time, means, standard errors
        return Xmds2Run(float(found[1]), rows[:, 1 : 1 + columns])


def available() -> bool:
    """Whether XMDS2 is installed; says so if not."""
    if shutil.which("xmds2") is None:
        print("XMDS2 is not installed (Debian package xmds2): its rows are left out.")
        return False
    return True
