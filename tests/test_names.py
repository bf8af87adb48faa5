"""One thing, one name: no public name of a module is defined in two of them.

What imports, searches and readers find by a name is then one thing. Allowed by rule to be there
twice: a formula in plain NumPy (`flows`) and its kernel (`kernels`); what a command does and the
function of `cli/commands.py` that is called as the command; and `figure` of the paper's figures.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import twoqs
from twoqs.cli.parser import parser_of_all

ROOT = Path(twoqs.__file__).parent


def command_names() -> frozenset[str]:
    """The commands of the command line."""
    (commands,) = (
        action for action in parser_of_all()._actions if isinstance(action.choices, dict)
    )
    return frozenset(commands.choices)


def defined(body: list[ast.stmt]) -> Iterator[tuple[str, bool]]:
    """(name, whether it is a function) of what these statements define, public names only."""
    for node in body:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            leaves = [leaf for target in targets for leaf in ast.walk(target)]
            stored = [leaf for leaf in leaves if isinstance(getattr(leaf, "ctx", None), ast.Store)]
            names = [leaf.id for leaf in stored if isinstance(leaf, ast.Name)]
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from defined([*node.body, *getattr(node, "orelse", [])])
        function = isinstance(node, ast.FunctionDef)
        yield from ((name, function) for name in names if not name.startswith("_"))


def twice(root: Path, commands: frozenset[str]) -> dict[str, list[str]]:
    """Names that modules below `root` define twice though no rule allows it, with the modules."""
    homes: dict[str, dict[str, bool]] = defaultdict(dict)
    for path in sorted(root.rglob("*.py")):
        room = path.relative_to(root).with_suffix("").as_posix()
        for name, function in defined(ast.parse(path.read_text(encoding="utf-8")).body):
            command = room == "cli/commands" and function and name in commands
            figure = re.fullmatch(r"paper/figures/fig\d+", room) and function and name == "figure"
            if not command and not figure:
                homes[name][room] = function
    return {
        name: list(rooms) for name, rooms in homes.items() if len(rooms) > 1 and not pair(rooms)
    }


def pair(rooms: dict[str, bool]) -> bool:
    """Whether a name is that of a formula: one function in `flows`, and one kernel."""
    wings = sorted(room.split("/")[0] for room in rooms)
    return wings == ["flows", "kernels"] and all(rooms.values())


def test_no_public_name_is_defined_twice():
    assert twice(ROOT, command_names()) == {}


ALLOWED = {
    "flows/pole.py": "def damp(): ...\n",
    "kernels/pole.py": "def damp(): ...\n",
    "cli/commands.py": "def verify(): ...\n",
    "store/verify.py": "def verify(): ...\n_PRIVATE = 1\n",
    "execution/run.py": "_PRIVATE = 2\n",
    "paper/figures/fig1.py": "def figure(): ...\n",
    "paper/figures/fig2.py": "def figure(): ...\n",
}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, []),
        ({"execution/plan.py": "def damp(): ..."}, ["damp"]),  # neither a flow nor its kernel
        ({"kernels/other.py": "def damp(): ..."}, ["damp"]),  # two kernels of one formula
        ({"kernels/pole.py": "damp = 0.5"}, ["damp"]),  # a number is no kernel
        ({"execution/check.py": "def verify(): ..."}, ["verify"]),  # which one is the command's?
        ({"cli/commands.py": "verify = 1"}, ["verify"]),  # a command is a function
        ({"cli/commands.py": "def join(): ...", "execution/join.py": "def join(): ..."}, ["join"]),
        ({"look/a.py": "def figure(): ...", "paper/figures/b.py": "def figure(): ..."}, ["figure"]),
        ({"look/a.py": "LIMIT: int = 3"}, ["LIMIT"]),
        ({"look/a.py": "if True:\n    LIMIT, REST = 1, 2"}, ["LIMIT"]),
        ({"look/a.py": "from execution.limits import LIMIT"}, []),  # an import defines nothing
    ],
)
def test_the_rule_can_fail(tmp_path, files, found):
    """Negative control: the rules allow what they say, and nothing else."""
    for path, text in (ALLOWED | {"run/limits.py": "LIMIT = 3"} | files).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert list(twice(tmp_path, frozenset({"verify"}))) == found
