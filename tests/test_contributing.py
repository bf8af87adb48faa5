"""The map of the house is complete, its words are in use, and names in texts lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import twoqs

PACKAGE = Path(twoqs.__file__).parent
ROOT = PACKAGE.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = sorted(PACKAGE.rglob("*.py"))

WING = re.compile(r"- \*\*`(?P<folder>\w+/)`\*\*")
WORD = re.compile(r"- \*\*(?P<word>\w+)\*\*:? ")


def section(text: str, title: str) -> str:
    """What stands below a heading of the second level."""
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def mapped(text: str) -> list[str]:
    """The modules that the map names, by their paths in the package."""
    folder, found = "", []
    for line in section(text, "Where things are").splitlines():
        wing = WING.match(line)
        if wing is not None:
            folder = wing["folder"].removeprefix("twoqs/")
        elif line.startswith("  "):
            found += [folder + name for name in re.findall(r"`([\w/]+\.py)`", line)]
    return found


def holds_something(path: Path) -> bool:
    """Whether a file is more than a docstring, imports and what it passes on."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    passed_on = [
        node
        for node in body
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
    ]
    return path.name != "__init__.py" or len(passed_on) < len(body)


def words(text: str) -> list[str]:
    """The words of the glossary, in its order."""
    return [m["word"] for m in map(WORD.match, section(text, "Words").splitlines()) if m]


def test_the_map_names_every_module_once_and_no_other():
    there = {path.relative_to(PACKAGE).as_posix() for path in SOURCES if holds_something(path)}
    found = mapped(TEXT)
    assert sorted(found) == sorted(set(found)), "named twice"
    assert there - set(found) == set(), "not in the map"
    assert set(found) - there == set(), "in the map, but not there"


def test_the_map_goes_through_the_wings_in_the_order_of_imports():
    from test_layout import WINGS

    folders = [path.split("/")[0] for path in mapped(TEXT) if "/" in path]
    wings = [wing for wing in WINGS if (PACKAGE / wing).is_dir()]
    assert list(dict.fromkeys(folders)) == wings


def test_a_gap_in_the_map_is_seen():
    """Negative control."""
    assert "model/lattice.py" in mapped(TEXT)
    assert "model/lattice.py" not in mapped(TEXT.replace("`lattice.py`", "the lattice"))
    assert "execution/limits.py" in mapped(TEXT.replace("`plan.py`", "`plan.py`, `limits.py`"))


def test_words_are_sorted_and_in_use():
    glossary = words(TEXT)
    assert len(glossary) >= 30
    assert glossary == sorted(set(glossary))
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES).lower()
    # As a word of a sentence or of a name: `stage`, `stages`, `conserving_stages`, `Stage`.
    unused = [word for word in glossary if not re.search(rf"(?<![a-z]){word}(?![a-rt-z])", code)]
    assert unused == []


def paths_in(text: str) -> Iterator[str]:
    """Files of the repository that a text names."""
    yield from re.findall(r"`((?:twoqs|tests|verification|benchmarks)/[\w/]+\.\w+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_pages_name_are_there(page: Path):
    missing = [p for p in paths_in(page.read_text(encoding="utf-8")) if not (ROOT / p).is_file()]
    assert missing == []


def test_the_guide_names_every_file_of_a_flow():
    """A flow that is missing in one of them ends in a TypeError, or is drawn with other noise."""
    guide = TEXT.split("a new kind of flow, for any model?**")[1].split("\n- **")[0]
    named = set(paths_in(guide)) | {folder for folder in ("tests/flows/",) if folder in guide}
    there = [
        path.relative_to(ROOT).as_posix()
        for folder in (PACKAGE, ROOT / "tests")
        for path in folder.rglob("*.py")
        if re.search(r"import .*\bCommonTurn\b", path.read_text(encoding="utf-8"))
    ]
    assert len(there) > 5
    assert [path for path in there if not path.startswith(tuple(named))] == []


def leads_nowhere(name: str) -> bool:
    """Whether a dotted name is neither a module nor something in one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return True
            found = getattr(found, part)
        return False
    return True


def test_names_in_texts_exist():
    """Dotted names in comments, docstrings and pages, which no import and no type checker reads."""
    found = {
        (name, path.relative_to(ROOT).as_posix())
        for path in [*SOURCES, *PAGES]
        for name in re.findall(r"`(twoqs(?:\.\w+)+)", path.read_text(encoding="utf-8"))
    }
    lost = sorted({name for name, _ in found if leads_nowhere(name)})
    assert [place for place in sorted(found) if place[0] in lost] == []


@pytest.mark.parametrize("name", ["twoqs.nowhere", "twoqs.measure.statistics.jackknives"])
def test_a_name_that_leads_nowhere_is_seen(name: str):
    """Negative control."""
    assert leads_nowhere(name)
    assert not leads_nowhere("twoqs.measure.statistics.jackknife")
