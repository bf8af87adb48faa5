"""One thing, one name: no public name of a module is defined in two, nor one function by two names.

What imports, searches and readers find by a name is then one thing. Allowed by rule to be there
twice: a formula in plain NumPy (`flows`) and its kernel (`kernels`); what a command does and the
function of `cli/commands.py` that is called as the command; `figure` of the
paper's figures, and what each item of the gallery has.
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

OF_ITEMS = ("SWEEPS", "figure", "numbers")


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
        module = path.relative_to(root).with_suffix("").as_posix()
        for name, function in defined(ast.parse(path.read_text(encoding="utf-8")).body):
            command = module == "cli/commands" and function and name in commands
            figure = re.fullmatch(r"paper/figures/fig\d+", module) and function and name == "figure"
            item = module.startswith("gallery/items/") and name in OF_ITEMS
            if not command and not figure and not item:
                homes[name][module] = function
    return {
        name: list(modules)
        for name, modules in homes.items()
        if len(modules) > 1 and not pair(modules)
    }


def pair(modules: dict[str, bool]) -> bool:
    """Whether a name is that of a formula: one function in `flows`, and one kernel."""
    wings = sorted(module.split("/")[0] for module in modules)
    return wings == ["flows", "kernels"] and all(modules.values())


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


def bodies(root: Path) -> list[list[str]]:
    """Functions that do the same, whatever they and their arguments are called, by their places."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(root.rglob("*.py")):
        module = path.relative_to(root).with_suffix("").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found[body_of(node)].append(f"{module}.{node.name}")
    return [places for text, places in found.items() if len(text) > SHORT and len(places) > 1]


SHORT = 50
"""Characters that may be said twice."""


def body_of(function: ast.FunctionDef) -> str:
    """What a function does; nothing if that is to refuse, as overloads of kernels do."""
    body = function.body[ast.get_docstring(function) is not None :]
    if all(isinstance(node, ast.Raise) for node in body):
        return ""
    given = [one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)]
    places = {name: f"_{place}" for place, name in enumerate(given)}
    text = "\n".join(map(ast.unparse, body))
    return re.sub(r"\b[A-Za-z_]\w*", lambda word: places.get(word[0], word[0]), text)


def test_no_function_is_written_twice():
    assert bodies(ROOT) == []


TWIN = """
def {name}({given}):
    {docstring}
    total = [{given} * 2, {given} * 3]
    return total, sum(total), max(total), min(total)
"""


def test_a_function_that_is_written_twice_is_seen(tmp_path):
    """Negative control: other names and docstrings hide nothing, other work is no twin."""
    one = TWIN.format(name="one", given="x", docstring="pass")
    other = TWIN.format(name="_other", given="values", docstring='"Of values."')
    (tmp_path / "a.py").write_text(one.replace("    pass\n", ""))
    (tmp_path / "b.py").write_text(other)
    assert bodies(tmp_path) == [["a.one", "b._other"]]
    (tmp_path / "b.py").write_text(other.replace("* 3", "* 4"))
    assert bodies(tmp_path) == []
