"""How `make docs` builds the site: Sphinx, MyST for Markdown, notebooks that run, no network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
from sphinx.application import Sphinx

import twoqs

project = "twoqs"
author = "The twoqs developers"
project_copyright = author
version = release = twoqs.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinxarg.ext",
    "sphinx_copybutton",
    "sphinx_design",
]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

nb_execution_mode = "cache"
nb_execution_cache_path = "../build/notebooks"
nb_execution_in_temp = nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_output_stderr = "remove"  # bars, and that kernels are compiled

# Docstrings are Google's sections around plain text; types are in the signatures.
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_use_ivar = True
autodoc_typehints = "signature"
autodoc_member_order = "bysource"

copybutton_prompt_text, copybutton_prompt_is_regexp = r">>> |\.\.\. ", True

html_theme = "furo"
html_title = "twoqs"
html_copy_source = False

_OUTSIDE = {"../CONTRIBUTING.md": "contributing.md", "../CHANGELOG.md": "changelog.md"}


def _as_restructured(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Docstrings have code in single backticks or indented, and formulas with | and * in text."""
    literal, session = None, False
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        session = bool(line) and (session or line[indent:].startswith(">>>"))
        if session or (literal is not None and (not line or indent > literal)):
            continue
        after = [*lines[i + 1 : i + 3], "", ""]
        code = line.endswith(":") and not after[0] and after[1].startswith(" " * (indent + 4))
        literal = indent if code else None
        bullet = "* " if line.lstrip().startswith("* ") else ""
        parts = line[indent + len(bullet) :].split("`")
        parts[::2] = [re.sub(r"([*|\\]|_\b)", r"\\\1", text) for text in parts[::2]]
        parts[1::2] = [_reference(name) for name in parts[1::2]]
        lines[i] = " " * indent + bullet + "".join(parts) + (":" if code else "")


def _reference(code: str) -> str:
    """Code, as a link if it is a public name."""
    public = code.startswith("twoqs.") and code.removeprefix("twoqs.") in twoqs.__all__
    return f":py:obj:`{code}`" if public else f"``{code}``"


def _within_the_site(app: Sphinx, name: str, source: list[str]) -> None:
    """Pages link to files of the checkout that are pages of the site, too; tables of numbers."""
    for path, page in _OUTSIDE.items():
        source[0] = source[0].replace(f"]({path}", f"]({page}")
    if "{{numbers}}" in source[0]:
        source[0] = source[0].replace("{{numbers}}", _numbers(Path(app.srcdir, f"{name}.csv")))


def _numbers(table: Path) -> str:
    """What `twoqs gallery` has written, as a table: ours, what was published, and its source."""
    lines = ["|  | here | published | may differ by |  |", "|---|---|---|---|---|"]
    notes = {}
    for row in pd.read_csv(table).itertuples():
        note = f"{row.source}. May differ by that much: {row.because}."
        number = notes.setdefault(note, len(notes) + 1)
        word = "agrees" if row.holds else "differs"
        ours = f"{row.value:.4g} +- {row.se:.2g}"
        text = f"{row.says} [{number}]"
        lines.append(f"| {text} | {ours} | {row.published:g} | {row.within:g} | {word} |")
    return "\n".join([*lines, "", *(f"{number}. {note}" for note, number in notes.items())])


def setup(app: Sphinx) -> None:
    """Called by Sphinx; docstrings are changed before their sections are read."""
    app.connect("autodoc-process-docstring", _as_restructured, priority=400)
    app.connect("source-read", _within_the_site)
