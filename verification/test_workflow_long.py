"""Figures and tables of two sweeps in a folder whose name needs quotes. Half a minute."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sweeps import small, write_spec

ROOT = Path(__file__).parents[1]


def environment_in(folder: Path) -> dict[str, str]:
    """An environment with this Python and its packages in `folder`, with twoqs as a command."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    python = Path(sys.executable).resolve()
    (programs / "python").symlink_to(python)
    (folder / ".venv" / "lib").symlink_to(Path(sys.prefix) / "lib")
    (folder / ".venv" / "pyvenv.cfg").write_text(f"home = {python.parent}\n")
    (programs / "twoqs").write_text('#!/bin/sh\nexec "${0%/*}/python" -m twoqs "$@"\n')
    (programs / "twoqs").chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}


def made_in_a_folder_of_any_name(folder: Path, *wanted: str) -> list[bytes]:
    """Files that the workflow makes in a folder whose name reaches a shell, as does Python's."""
    folder = folder / "a b'c"
    environment = environment_in(folder)
    for name in ("workflow", "profiles", "config"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    axes = {
        "spin": {"sets": "model.spin", "values": [4]},
        "case": {"cases": {"conserving": {}}},
    }
    spec = small(name="fig1", trajectories=256, axes=axes)
    write_spec(folder / "config" / "sweeps" / "fig1.yaml", spec)
    write_spec(folder / "config" / "sweeps" / "mine.yaml", small(name="mine"))
    done = subprocess.run(
        ["python", "-m", "snakemake", "--cores", "1", *wanted],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(folder / name).read_bytes() for name in wanted]


def test_a_folder_of_any_name(tmp_path: Path) -> None:
    wanted = [
        f"results/{kind}/{name}.{ending}"
        for name in ("fig1", "mine")
        for kind, ending in (("figures", "png"), ("validation", "csv"))
    ]
    found = made_in_a_folder_of_any_name(tmp_path, *wanted)
    assert found[0].startswith(b"\x89PNG")
    assert found[1].startswith(b"spin,case,time")
    assert found[2].startswith(b"\x89PNG")
    assert found[3].startswith(b"omega,case,time")
