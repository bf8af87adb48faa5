"""The site has all pages, and its reference all public names."""

from __future__ import annotations

import re

from pages import ROOT

import twoqs
import twoqs.theory

DOCS = ROOT / "docs"


def test_every_page_is_in_the_contents() -> None:
    listed = []
    for path in (DOCS / "index.md", DOCS / "gallery" / "index.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text(), re.DOTALL):
            names = [line for line in block.split("\n") if line and line[0] != ":"]
            listed += [(path.parent / name).relative_to(DOCS).as_posix() for name in names]
    pages = [*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]
    names = {path.relative_to(DOCS).with_suffix("").as_posix() for path in pages}
    assert sorted([*listed, "index"]) == sorted(names)


def test_every_public_name_is_in_the_reference() -> None:
    text = "".join(path.read_text() for path in sorted((DOCS / "api").glob("*.md")))
    found = re.findall(
        r"^\.\. auto(?:class|function|exception|module):: (\S+)$", text, re.MULTILINE
    )
    public = {f"twoqs.{name}" for name in twoqs.__all__}
    public |= {f"twoqs.theory.{name}" for name in twoqs.theory.__all__}
    assert public <= set(found)
    assert len(found) == len(set(found)), "no name twice"
