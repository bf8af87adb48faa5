"""Every name of the reference has an example in its docstring, and all examples run."""

from __future__ import annotations

import doctest
import inspect
import io
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pages import ROOT

import twoqs
import twoqs.look.select
import twoqs.theory

DIRECTIVE = re.compile(r"^\.\. auto(class|function|exception):: (\S+)\n((?:   :.*\n)*)", re.M)

OPTIONS = doctest.ELLIPSIS | doctest.REPORT_ONLY_FIRST_FAILURE


def named(name: str) -> Any:
    """What has this dotted name; whatever tests before have imported by earlier names."""
    _, first, *rest = name.split(".")
    found = twoqs.__getattr__(first) if first in twoqs.__all__ else getattr(twoqs, first)
    return reduce(getattr, rest, found)


def documented(text: str) -> Iterator[str]:
    """The names that a page of the reference documents, with the methods of its classes."""
    for kind, name, options in DIRECTIVE.findall(text):
        yield name
        members = re.search(r":members:(.*)", options)
        if kind != "class" or members is None:
            continue
        thing = named(name)
        inherited = vars(thing) if ":inherited-members:" not in options else dir(thing)
        chosen = re.findall(r"\w+", members[1]) or [one for one in inherited if one[0] != "_"]
        methods = [one for one in chosen if inspect.isroutine(getattr(thing, one))]
        yield from (f"{name}.{one}" for one in methods if callable(getattr(thing, one)))


NAMES = [
    name
    for path in sorted((ROOT / "docs" / "api").glob("*.md"))
    for name in documented(path.read_text(encoding="utf-8"))
]


def faults(name: str, text: str) -> str:
    """What is wrong with the examples of a docstring; nothing if they print what they say."""
    _, _, section = inspect.cleandoc(text).partition("\nExamples:\n")
    space = {"twoqs": twoqs, "np": np}
    test = doctest.DocTestParser().get_doctest(section, space, name, None, None)
    if not test.examples:
        return "no example"
    if any(example.options for example in test.examples):
        return "an example with options"
    told = io.StringIO()
    doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=told.write)
    return told.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert faults(name, named(name).__doc__ or "") == ""
    plt.close("all")


def test_the_reference_has_methods_of_users() -> None:
    public = {"Model.to_qutip", "Sweep.to_yaml", "Running.wait", "look.select.Selection.plot"}
    assert {f"twoqs.{name}" for name in public} <= set(NAMES)
    assert "twoqs.PDA.build_constants" not in NAMES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Of it.", "no example"),
        ("Of it.\n\n>>> 1\n1\n", "no example"),  # in no section of its own
        ("Of it.\n\nExamples:\n    >>> 1  # doctest: +SKIP\n    2\n", "an example with options"),
        ("Of it.\n\nExamples:\n    >>> 1 + 1\n    3\n", "Expected:\n    3\nGot:\n    2\n"),
        ("Of it.\n\nExamples:\n    >>> twoqs.Spin(2).spin\n    2.0\n", ""),
    ],
)
def test_a_wrong_example_is_seen(text: str, found: str) -> None:
    """Negative control."""
    assert faults("it", text).endswith(found) if found else faults("it", text) == ""
