"""What the workflow makes again after a change of code, claims or sweeps, and what it does not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import write_program
from sweeps import small, write_spec

import twoqs

ROOT = Path(__file__).parents[2]

COMMANDS = """\
'''Stands for `twoqs`: notes that it was called, and writes the files that were asked for.'''
import sys
from pathlib import Path
with open("called", "a") as log:
    log.write(sys.argv[1] + "\\n")
options, files = ("--digest", "--output", "--csv", "--html"), []
writing = False
for word in sys.argv[2:]:
    writing = word in options or writing and not word.startswith("--")
    if writing and word not in options:
        files.append(word)
for file in files:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("the same as ever")
"""

ALL = {"run": 2, "predict": 2, "validate": 2, "figure": 2, "report": 1}


class Workflow:
    """The workflow with two figures, a copy of the package, and commands that only take notes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.package = folder / "workflow", folder / "code" / "twoqs"
        (self.folder / "config" / "sweeps").mkdir(parents=True)
        shutil.copytree(
            Path(twoqs.__file__).parent, self.package, ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("Snakefile", "workflow"):
            (self.folder / name).symlink_to(ROOT / name)
        for name in ("config.yaml", "claims.yaml"):
            shutil.copy(ROOT / "config" / name, self.folder / "config")
        for name in ("fig1", "fig2"):
            write_spec(self.folder / "config" / "sweeps" / f"{name}.yaml", small(name=name))
        self.programs = folder / "bin"
        self.programs.mkdir()
        write_program(self.programs / "twoqs", COMMANDS, "-IS")

    def run(self) -> dict[str, int]:
        """Let Snakemake make all: how often each command was called."""
        path = os.pathsep.join([str(self.programs), os.environ["PATH"]])
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(self.package.parent)}
        called = self.folder / "called"
        called.write_text("", encoding="utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "snakemake", "--cores", "2"),
                *("--snakefile", str(self.folder / "Snakefile")),
                *("--workflow-profile", str(ROOT / "profiles" / "default")),
                *("--config", "figures=[fig1,fig2]"),
            ],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        calls = Counter(called.read_text(encoding="utf-8").split())
        assert calls or "Nothing to be done" in done.stdout + done.stderr
        return dict(calls)


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """The workflow when all is made."""
    made = Workflow(tmp_path_factory.mktemp("workflow"))
    assert made.run() == ALL
    assert made.run() == {}
    return made


def replaced(old: str, new: str) -> Callable[[str], str]:
    """An edit of a text that has `old` once."""

    def edit(text: str) -> str:
        assert len(re.findall(old, text)) == 1
        return re.sub(old, new, text)

    return edit


def appended(text: str) -> str:
    """A comment at the end."""
    return text + "\n# Another thought.\n"


@pytest.mark.parametrize(
    ("file", "edit", "wanted"),
    [
        ("twoqs/paper/figures/fig1.py", appended, {"figure": 1, "report": 1}),
        ("twoqs/paper/report/page.html", appended, {"report": 1}),
        ("config/claims.yaml", replaced("percent: 0.8", "percent: 0.9"), {"report": 1}),
        # `twoqs run` finds that nothing is missing; the other figure is left alone.
        ("config/sweeps/fig1.yaml", appended, dict.fromkeys(ALL, 1)),
    ],
)
def test_what_an_edit_makes_again(
    workflow: Workflow, file: str, edit: Callable[[str], str], wanted: dict[str, int]
) -> None:
    root = workflow.folder if file.startswith("config") else workflow.package.parent
    path = root / file
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert workflow.run() == wanted


def test_after_another_stream_all_is_made_again(workflow: Workflow) -> None:
    path = workflow.package / "methods" / "numerics.py"
    text = path.read_text(encoding="utf-8")
    new = replaced(r"STREAM_VERSION = (\d+)", r"STREAM_VERSION = 1\1")(text)
    path.write_text(new, encoding="utf-8")
    assert workflow.run() == ALL
