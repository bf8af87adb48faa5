"""The page on the architecture: it runs, quotes what is there, and its examples see mistakes."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, blocks, follow, lost, page, table
from test_contributing import TEXT, holds_something, mapped
from test_layout import offences

import twoqs
from twoqs.methods import METHODS, Method
from twoqs.theory import evolve

PAGE = page("architecture.md")
QUOTES = [content for language, content, _ in blocks(PAGE) if language == "py"]
TIMES = [0.0, 1.0, 2.0, 4.0]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The names of its Python, after all of it was run."""
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        assert set(follow(PAGE, "architecture.md", space)) == {"python", "py", "text"}
    return space


@pytest.mark.parametrize("quote", QUOTES, ids=lambda quote: quote.partition("\n")[0])
def test_quotes_are_the_source(quote: str) -> None:
    assert lost(quote) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda q: q.replace("steps", "step").replace("(", "( ", 1),  # another letter
        lambda q: q + "    nothing_more()\n",
        lambda q: "\n".join([q.splitlines()[0], *reversed(q.splitlines()[1:]), ""]),
    ],
)
@pytest.mark.parametrize("quote", [q for q in QUOTES if "..." in q], ids=lambda q: q[:40])
def test_a_quote_that_is_not_the_source_is_seen(quote: str, change: Any) -> None:
    """Negative control."""
    assert lost(change(quote)) != []


def test_the_example_of_a_method_is_taken_away(followed: dict[str, Any]) -> None:
    careful = followed["Careful"]
    assert careful.name not in METHODS
    with pytest.raises(twoqs.ArgumentError, match="`scheme` must be one of"):
        twoqs.simulate(followed["model"], times=[0, 1], scheme=careful.name)
    assert followed["ds"].scheme == careful.name
    usual = twoqs.simulate(followed["model"], times=TIMES, trajectories=64)
    assert followed["ds"].step == pytest.approx(usual.step / 5)


EXAMPLES = PAGE.split("## What it takes to add something")[1].split("## Why the tree")[0]
CODE = {
    part.partition("\n")[0]: [text for kind, text, _ in blocks(part) if kind == "python"]
    for part in EXAMPLES.split("\n### ")[1:]
}


def test_examples_touch_as_many_files_as_the_page_says(tmp_path: Path) -> None:
    """A method as a file: what it needs beside itself is what complains without it."""
    count = {
        row[0]: int(row[1].split(":")[0]) for row in table(PAGE, "What it takes to add something")
    }
    own = {name: number for name, number in count.items() if name != "a method"}
    assert list(own.values()) == [0, 0, 0]
    assert list(CODE) == ["A coupling", "A jump operator", "An observable", "A method"]
    for title in list(CODE)[:3]:
        assert not re.search(r"METHODS|^class |import twoqs\.", "".join(CODE[title]), re.M)
    place = tmp_path / "careful.py"
    place.write_text(CODE["A method"][0].replace("twoqs.Conserving", "Conserving"))
    assert holds_something(place)
    complaints = [
        "methods/careful.py" not in mapped(TEXT),
        "careful" not in METHODS,
    ]
    assert count["a method"] == 1 + sum(complaints)
    place.write_text("from twoqs.methods.conserving import Conserving\n" + place.read_text())
    assert list(offences(place, "methods/careful")) == []


def compared_names(source: str) -> list[str]:
    """Names of methods that a source compares something with."""
    found = []
    for node in ast.walk(ast.parse(source)):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        sides += [node.value] if isinstance(node, ast.MatchValue) else []
        for side in sides:
            found += [
                one.value
                for one in ast.walk(side)
                if isinstance(one, ast.Constant) and one.value in METHODS
            ]
    return found


def test_names_of_methods_are_compared_in_their_wing_alone() -> None:
    """But for figure 3, as the page says."""
    package = ROOT / "twoqs"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != "methods"
        and compared_names(path.read_text(encoding="utf-8"))
    }
    assert found == {"paper/figures/fig3.py"}


def test_attributes_of_methods_that_the_page_lists_are_all_there_are() -> None:
    listed = {name for row in table(PAGE, "A method") for name in re.findall(r"\w+", row[0])}
    open_ = {name for name in Method.__annotations__ if not hasattr(Method, name)}
    assert listed == open_ | Method.__abstractmethods__


@pytest.mark.parametrize(
    ("name", "spin", "tolerance"), [("spiral", 4, 0.014), ("squeezed", 10, 0.012)]
)
def test_what_an_example_adds_is_seen(
    name: str, spin: float, tolerance: float, followed: dict[str, Any]
) -> None:
    """Negative control of the page's comparisons: theory without it."""
    model, own = followed[name], twoqs.Spin(10)
    plain = {
        "spiral": twoqs.Model(jumps=model.jumps, members=model.members, initial=model.initial),
        "squeezed": twoqs.Model(jumps=[twoqs.jump(own.minus, rate=1 / 20)], initial="up"),
    }[name]
    found = twoqs.simulate(model, times=TIMES, trajectories=4096, seed=1)
    assert followed["off"](found, evolve(model, TIMES), spin) < tolerance
    assert followed["off"](found, evolve(plain, TIMES), spin) > 3 * tolerance


def test_the_paths_of_a_model_are_told_apart(followed: dict[str, Any]) -> None:
    """The page compares the special path and the machine, and not one with itself."""
    method = twoqs.Conserving()
    special, machine = (
        method.kernels_for(method.structure(followed[name])) for name in ("model", "general")
    )
    assert special.samples is not machine.samples


def test_wings_are_folders() -> None:
    (wings,) = (quote for quote in QUOTES if quote.startswith("# tests/test_layout.py"))
    folders = [name for name in re.findall(r'"(\w+)"', wings) if (ROOT / "twoqs" / name).is_dir()]
    there = sorted(path.parent.name for path in (ROOT / "twoqs").glob("*/__init__.py"))
    assert sorted(folders) == there
