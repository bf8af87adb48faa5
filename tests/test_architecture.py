"""The page on the architecture: it runs, quotes what is there, and its examples see mistakes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pages import ROOT, blocks, follow, lost, page, table

import twoqs
from twoqs.methods import METHODS
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


def test_a_new_example_touches_no_more_files_than_the_page_says() -> None:
    """Those of ours that the code of an example would be in, by what it imports and changes."""
    counts = {
        row[0]: int(row[1].split(":")[0]) for row in table(PAGE, "What it takes to add something")
    }
    assert counts == {
        "a coupling of your own": 0,
        "a jump operator of your own": 0,
        "an observable of your own": 0,
        "a method": 2,
    }
    examples = PAGE.split("## What it takes to add something")[1].split("## Why the tree")[0]
    code = {
        part.partition("\n")[0]: "".join(c for kind, c, _ in blocks(part) if kind == "python")
        for part in examples.split("\n### ")[1:]
    }
    assert list(code) == ["A coupling", "A jump operator", "An observable", "A method"]
    changed = {
        title: re.findall(r"^(?:METHODS\[|class )", text, re.M) for title, text in code.items()
    }
    assert changed == {
        "A coupling": [], "A jump operator": [], "An observable": [],
        "A method": ["class ", "METHODS["],
    }  # fmt: skip
    assert not any("twoqs._" in text or "import twoqs." in text for text in code.values())


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
