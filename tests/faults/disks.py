"""Small file systems that fill up, and become read-only."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


class Disk:
    """A disk of its own, whose size and mode can be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self._mounted = False

    def set(self, options: str) -> None:
        """Mount it, at first, or change it: `size=64k`, `ro`, `rw`."""
        again = "remount," if self._mounted else ""
        command = ["mount", "-t", "tmpfs", "-o", again + options, "twoqs-tests", str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and not self._mounted:
            pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
        assert done.returncode == 0, done.stderr
        self._mounted = True

    def remove(self) -> None:
        """Unmount it."""
        if self._mounted:
            subprocess.run(["umount", self.path], check=True)
