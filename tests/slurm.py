"""A SLURM of one machine: `sbatch` and `scancel` that start and kill job scripts as processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dask_processes import family
from programs import write_program
from sweeps import write_spec

MINIMAL: dict[str, Any] = {
    "type": "slurm",
    "jobs": {"max": 2},
    "cores": 1,
    "memory": "1GB",
    "interface": "lo",
    "scheduler": {"host": "127.0.0.1"},
}


def described(folder: Path, **changes: Any) -> Path:
    """A cluster file; None takes a key away."""
    content = {key: value for key, value in (MINIMAL | changes).items() if value is not None}
    return write_spec(folder / "cluster.yaml", content)


SBATCH = """import os, pathlib, shutil, subprocess, sys
state = pathlib.Path({state!r})
script = pathlib.Path(sys.argv[1]).read_text()
number = 1
while True:
    try:  # jobs are submitted side by side, and each makes its number by making the file
        with open(state / f"{{number}}.sh", "x") as file:
            file.write(script)
        break
    except FileExistsError:
        number += 1
with open(state / f"{{number}}.txt", "wb") as output:
    job = subprocess.Popen(
        ["bash", str(state / f"{{number}}.sh")], stdout=output, stderr=output,
        stdin=subprocess.DEVNULL, start_new_session=True, cwd=state,
        env=os.environ | {{"HOME": str(state)}},
    )
(state / f"{{number}}.pid").write_text(str(job.pid))
print(f"Submitted batch job {{number}}")
"""

SCANCEL = """import os, pathlib, signal, sys
state = pathlib.Path({state!r})
(state / f"{{sys.argv[1]}}.cancelled").touch()
try:
    os.killpg(int((state / f"{{sys.argv[1]}}.pid").read_text()), signal.SIGTERM)
except ProcessLookupError:
    sys.exit("the job has ended")
"""


class Slurm:
    """The jobs so far, as files of a folder.

    Attributes:
        state: scripts, outputs and process numbers of jobs.
    """

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.bin = folder / "bin"
        for path in (self.state, self.bin):
            path.mkdir()
        for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
            write_program(self.bin / name, text.format(state=str(self.state)))

    def scripts(self) -> list[str]:
        """Scripts of all jobs that were submitted."""
        return [file.read_text() for file in sorted(self.state.glob("*.sh"))]

    def outputs(self) -> str:
        """What the jobs have said."""
        return "\n".join(file.read_text() for file in sorted(self.state.glob("*.txt")))

    def pids(self) -> list[int]:
        """Processes of jobs that run now."""
        found = []
        for file in self.state.glob("*.pid"):
            with suppress(Exception):
                found += [process.pid for process in family(int(file.read_text()))]
        return found


@contextmanager
def slurm(folder: Path, monkeypatch: Any) -> Iterator[Slurm]:
    """The commands on the PATH; no job is left at the end."""
    running = Slurm(folder)
    monkeypatch.setenv("PATH", os.pathsep.join([str(running.bin), os.environ["PATH"]]))
    try:
        yield running
    finally:
        for pid in running.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
