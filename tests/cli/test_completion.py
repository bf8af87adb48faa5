"""`twoqs completion`: what a shell offers is what the parser takes."""

from __future__ import annotations

import re
import subprocess

import pytest

from twoqs.cli import main
from twoqs.cli.completion import SHELLS

TRIED = """
tried() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _twoqs; echo "${{COMPREPLY[@]}}"; }}
{lines}
"""


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def test_bash_completes(capsys: pytest.CaptureFixture[str]) -> None:
    """Files where there is no word of ours: bash does so by itself when there is no reply."""
    wanted = {
        "twoqs pl": "plan plot",
        "twoqs run --log": "--log-json",
        "twoqs completion ''": " ".join(SHELLS),
        "twoqs run results/": "",
        "twoqs plan --store ''": "",
    }
    lines = "\n".join(f"tried {words}" for words in wanted)
    program = script("bash", capsys) + TRIED.format(lines=lines)
    done = subprocess.run(["bash"], input=program, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(wanted.values())
    assert done.stderr == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_knows_all(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    for command, option in (("plot", "y-log"), ("run", "log-json"), ("completion", "help")):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"--{option}" in capsys.readouterr().out
        if shell == "fish":
            assert re.search(rf"seen_subcommand_from {command}' -l {option} ", text)
        else:
            assert re.search(rf'"{command} -".* --{option}\b', text)
